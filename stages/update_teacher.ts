import type { Artifact } from "../src/core/stage.ts";
import { Random } from "../src/random/random.ts";
import { loadTrainable, savePolicy } from "../src/policy/mod.ts";
import {
  isFlat,
  needsReference,
  POLICY_GRADIENT,
  type ProposedProblem,
  updateTeacher,
} from "../src/rl/mod.ts";
import { readJson, readProblems } from "./artifacts.ts";
import type { Rewards } from "./reward.ts";
import { checkTeacher } from "./training_checks.ts";
import { madeByTraining } from "./made.ts";
import { defineStage, engineOf } from "./stage.ts";
import { adapterOf, linksOf, RL_INPUTS, TRAINED } from "./training.ts";

/** Updates the teacher with the rewards of its datasets (SOAR, step 4 of the loop). */
export const update_teacher = defineStage({
  name: "update_teacher",
  version: 2,
  summary: "One policy-gradient step on the teacher's rollouts, each with its dataset's reward.",
  config: {
    type: "object",
    properties: {
      ...POLICY_GRADIENT,
      ...TRAINED,
      estimator: { ...POLICY_GRADIENT.estimator, default: "rloo_normalized" },
      learning_rate: { ...POLICY_GRADIENT.learning_rate, default: 2e-4 },
      lr_scheduler_type: {
        ...POLICY_GRADIENT.lr_scheduler_type,
        description: "How the learning rate goes over the outer steps, after the warm-up.",
      },
      warmup_steps: {
        ...POLICY_GRADIENT.warmup_steps,
        description: "Outer steps of linear warm-up.",
      },
      beta: {
        ...POLICY_GRADIENT.beta,
        default: 0,
        description:
          "Coefficient of the KL penalty in the reward (k1) to the policy at input reference; 0 is none.",
      },
      keep_optimizer: { ...TRAINED.keep_optimizer, default: true },
    },
    additionalProperties: false,
  },
  inputs: { policy: "policy", datasets: "problems[]", rewards: "rewards", ...RL_INPUTS },
  outputs: { policy: "policy", optimizer: "optimizer" },
  check: checkTeacher,
  made: madeByTraining,
  footprint: "training",
  async run({ config, inputs, outputs, seed, services, signal, log }) {
    using stack = new DisposableStack();
    const { directory } = inputs.policy, random = new Random(seed).derive("adapter");
    const teacher = stack.use(loadTrainable(directory, adapterOf(config.adapter), random));
    const datasets = inputs.datasets.map(readProposals);
    const { rewards } = readJson<Rewards>(inputs.rewards, "rewards");
    const engine = engineOf({ services, signal });
    const settings = { ...config, loss: await services.library.loss(config.loss) };
    const links = linksOf(teacher, inputs, outputs.optimizer, settings, stack);
    const step = await updateTeacher(teacher, engine, datasets, rewards, settings, links);
    savePolicy(teacher, outputs.policy.directory, outputs.policy.place);
    const { loss, gradNorm, kl, learningRate } = step;
    if (config.beta === 0 && !needsReference(settings.loss) && isFlat(rewards)) {
      log("the rewards of all datasets agree: the teacher stays as it is");
    }
    if (learningRate === 0) log("the learning rate is 0 here: see warmup_steps and schedule_steps");
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
