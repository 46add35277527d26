import { Random } from "../src/random/random.ts";
import { loadTrainable, savePolicy } from "../src/policy/mod.ts";
import { type ProposedProblem, updateTeacher } from "../src/rl/mod.ts";
import { readJson, readProblems } from "./artifacts.ts";
import { checkTeacher } from "./checks.ts";
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
  footprint: "training",
  async run({ config, inputs, outputs, seed, services, signal }) {
    using stack = new DisposableStack();
    const { directory } = inputs.policy, random = new Random(seed).derive("adapter");
    const teacher = stack.use(loadTrainable(directory, config.adapter, random));
    const datasets = inputs.datasets.map((dataset) => readProblems<ProposedProblem>(dataset));
    const { rewards } = readJson<Rewards>(inputs.rewards, "rewards");
    const engine = engineOf({ services, signal });
    const links = linksOf(teacher, inputs, outputs.optimizer, config, stack);
    const step = await updateTeacher(teacher, engine, datasets, rewards, config, links);
    savePolicy(teacher, outputs.policy.directory, outputs.policy.place);
    const { loss, gradNorm, kl, learningRate } = step;
    return { loss, grad_norm: gradNorm, kl, learning_rate: learningRate };
  },
});
