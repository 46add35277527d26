import type { Artifact } from "../src/core/stage.ts";
import { Random } from "../src/random/random.ts";
import { loadTrainable, savePolicy } from "../src/policy/mod.ts";
import { isFlat, type ProposedProblem, updateTeacher } from "../src/rl/mod.ts";
import { readJson, readProblems } from "./artifacts.ts";
import { checkTeacher, madeByTeacher } from "./checks.ts";
import { linksOf, TRAINING_INPUTS } from "./optimizer.ts";
import type { Rewards } from "./reward.ts";
import { POLICY_GRADIENT, TRAINING, TRAINING_TEMPERATURE } from "./settings.ts";
import { defineStage, engineOf } from "./stage.ts";

/** Updates the teacher with the rewards of its datasets (SOAR, step 4 of the loop). */
export const update_teacher = defineStage({
  name: "update_teacher",
  version: 2,
  summary: "One policy-gradient step on the teacher's rollouts, each with its dataset's reward.",
  config: {
    type: "object",
    properties: {
      ...POLICY_GRADIENT,
      ...TRAINING,
      estimator: { ...POLICY_GRADIENT.estimator, default: "rloo_normalized" },
      learning_rate: { ...POLICY_GRADIENT.learning_rate, default: 2e-4 },
      schedule: {
        ...POLICY_GRADIENT.schedule,
        description: "How the learning rate goes over the outer steps, after the warm-up.",
      },
      warmup: { ...POLICY_GRADIENT.warmup, description: "Outer steps of linear warm-up." },
      kl: {
        ...POLICY_GRADIENT.kl,
        default: 0,
        description: "Coefficient of the KL penalty to the policy at input reference; 0 is none.",
      },
      keep_optimizer: { ...TRAINING.keep_optimizer, default: true },
      temperature: TRAINING_TEMPERATURE,
    },
    additionalProperties: false,
  },
  inputs: { policy: "policy", datasets: "problems[]", rewards: "rewards", ...TRAINING_INPUTS },
  outputs: { policy: "policy", optimizer: "optimizer" },
  check: checkTeacher,
  made: madeByTeacher,
  footprint: "training",
  async run({ config, inputs, outputs, seed, services, signal, log }) {
    using stack = new DisposableStack();
    const { directory } = inputs.policy, random = new Random(seed).derive("adapter");
    const teacher = stack.use(loadTrainable(directory, config.adapter, random));
    const datasets = inputs.datasets.map(readProposals);
    const { rewards } = readJson<Rewards>(inputs.rewards, "rewards");
    const engine = engineOf({ services, signal });
    const links = linksOf(teacher, inputs, outputs.optimizer, config, stack);
    const step = await updateTeacher(teacher, engine, datasets, rewards, config, links);
    savePolicy(teacher, outputs.policy.directory, outputs.policy.place);
    const { loss, gradNorm, kl, learningRate } = step;
    if (config.kl === 0 && isFlat(rewards)) {
      log("the rewards of all datasets agree: the teacher stays as it is");
    }
    if (learningRate === 0) log("the learning rate is 0 here: see warmup and schedule_steps");
    return { loss, grad_norm: gradNorm, kl, learning_rate: learningRate };
  },
});

/** @throws {Error} when they are problems that nobody sampled from a teacher */
function readProposals(dataset: Artifact, index: number): ProposedProblem[] {
  const problems = readProblems<ProposedProblem>(dataset);
  const other = problems.find(({ rollout }) => rollout === undefined);
  if (other === undefined) return problems;
  throw new Error(
    `Cannot update the teacher: problem ${other.id} of dataset ${index} was not written by one; ` +
      "connect the datasets of sample_problems",
  );
}
