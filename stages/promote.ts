import { copyArtifact } from "../src/core/artifact.ts";
import { decidePromotion, type PromotionDecision } from "../src/rl/mod.ts";
import type { Problem } from "../src/graders/grader.ts";
import { readJson, readProblems, writeJson, writeProblems } from "../src/stage/artifact_files.ts";
import { checkPromotion } from "../src/stage/checks/check_promotion.ts";
import { partsOf, type Rewards } from "../src/stage/reward_ports.ts";
import { defineStage } from "../src/stage/define_stage.ts";

/** Contents of a `promotion` artifact. */
export interface Promotion extends PromotionDecision {
  /** Promotions so far, this one included. */
  readonly count: number;
  /** The datasets promoted so far (the paper's PQ). */
  readonly questions: readonly Problem[];
}

/** Makes the median student of the best dataset the new baseline, when rewards are high enough. */
export const promote = defineStage({
  name: "promote",
  version: 2,
  summary: "Promotes a student when the mean reward over a window is above tau.",
  config: {
    type: "object",
    properties: {
      tau: { type: "number", default: 0.01, description: "Least mean reward over the window." },
      window: { type: "integer", minimum: 1, default: 3, description: "Steps averaged over." },
      full_window: {
        type: "boolean",
        default: false,
        description: "Whether promotion waits until the window is full.",
      },
      clear_window: {
        type: "boolean",
        default: true,
        description: "Whether the window starts anew at a promotion.",
      },
    },
    additionalProperties: false,
  },
  resources: { cpu: 0 },
  inputs: {
    rewards: "rewards",
    baseline: "policy",
    students: "policy[]",
    datasets: "problems[]",
    previous: "promotion?",
  },
  outputs: { policy: "policy", promotion: "promotion", questions: "problems" },
  follows: { students: "datasets" },
  check: checkPromotion,
  run({ config, inputs, outputs }) {
    const { rewards, repeats } = readJson<Rewards>(inputs.rewards, "rewards");
    const students = partsOf(inputs.students, rewards.length, "students");
    const counts = [inputs.datasets.length, repeats.length, ...repeats.map((r) => r.length)];
    const expected = [rewards.length, rewards.length, ...students.map((s) => s.length)];
    if (counts.join() !== expected.join()) {
      throw new Error(
        `Cannot promote: rewards are of ${repeats.flat().length} students on ${rewards.length} ` +
          `datasets; connected are ${inputs.students.length} on ${inputs.datasets.length}`,
      );
    }
    const before = inputs.previous === undefined
      ? undefined
      : readJson<Promotion>(inputs.previous, "promotion");
    const decision = decidePromotion(config, before?.history ?? [], rewards, repeats);
    const { promoted, dataset, repeat } = decision;
    const chosen = promoted ? students[dataset]![repeat]! : inputs.baseline;
    const count = (before?.count ?? 0) + Number(promoted);
    // Datasets of all iterations count from p0 on.
    const named = ({ id, problem, answer }: Problem): Problem => ({
      id: `q${count}.${id}`,
      problem,
      answer,
    });
    const questions = [
      ...before?.questions ?? [],
      ...promoted ? readProblems(inputs.datasets[dataset]!).map(named) : [],
    ];
    copyArtifact(chosen, outputs.policy.directory, outputs.policy.place);
    writeJson(outputs.promotion, "promotion", { ...decision, count, questions });
    writeProblems(outputs.questions, questions);
    return { promoted, average: decision.average, dataset, repeat, count };
  },
});
