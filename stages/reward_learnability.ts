import type { Artifact } from "../src/core/stage.ts";
import { Random } from "../src/random/random.ts";
import { loadPolicy } from "../src/policy/mod.ts";
import { evaluate, learnability, mean, problemLearnability, SAMPLING } from "../src/rl/mod.ts";
import { readLines, readProblems, REJECTED_FILE, writeJson } from "../src/stage/artifact_files.ts";
import { checkSampling } from "../src/stage/checks/check_sampling.ts";
import {
  partsOf,
  REWARD_INPUTS,
  REWARD_ORDER,
  REWARD_OUTPUTS,
  type Rewards,
} from "../src/stage/reward_ports.ts";
import { TASK } from "../src/stage/shared_settings.ts";
import { defineStage, engineOf } from "../src/stage/define_stage.ts";

/** Rewards a dataset with how learnable it looks to the student: the paper's intrinsic baseline. */
export const reward_learnability = defineStage({
  name: "reward_learnability",
  version: 1,
  summary: "Rewards a dataset with 1 - success of the student, 0 for problems it never solves.",
  config: {
    type: "object",
    properties: {
      task: TASK,
      ...SAMPLING,
      per: {
        enum: ["dataset", "problem"],
        default: "dataset",
        description:
          "Whether the teacher is paid for a dataset (Intrinsic-T) or for each problem " +
          "(Absolute Zero, arXiv 2505.03335).",
      },
    },
    required: ["task"],
    additionalProperties: false,
  },
  resources: { cpu: 0 },
  inputs: REWARD_INPUTS,
  outputs: REWARD_OUTPUTS,
  follows: REWARD_ORDER,
  check: checkSampling,
  footprint: "sampling",
  async run({ config, inputs, outputs, seed, services, signal, progress }) {
    using policy = loadPolicy(inputs.policy.directory);
    const engine = engineOf({ services, signal });
    const task = await services.library.task(config.task), rewards: number[] = [];
    const items: number[][] = [];
    for (const [k, dataset] of inputs.datasets.entries()) {
      const problems = readProblems(dataset);
      const random = new Random(seed, k);
      const { results } = await evaluate(policy, engine, task, problems, config, random);
      const rates = results.map(({ correct, samples }) => correct / samples);
      rewards.push(learnability(rates));
      items.push(rates.map(problemLearnability));
      progress(k + 1, inputs.datasets.length, { reward: rewards.at(-1)! });
    }
    const result: Rewards = {
      rewards,
      repeats: partsOf(inputs.after, rewards.length, "evaluations").map((students, k) =>
        students.map(() => rewards[k]!)
      ),
      ...config.per === "problem" ? { items, ...rejectedOf(inputs.proposals) } : {},
    };
    writeJson(outputs.rewards, "rewards", result);
    return { rewards, mean: mean(rewards) };
  },
});

/** What poses no problem earns nothing, and is compared with what does, where it is connected. */
function rejectedOf(proposals: Artifact | undefined): Pick<Rewards, "rejected"> {
  if (proposals === undefined) return {};
  return { rejected: readLines(proposals, REJECTED_FILE).map(() => 0) };
}
