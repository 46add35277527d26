import { Random } from "../src/random/random.ts";
import { loadTrainable, type ProposedProblem, savePolicy, updateTeacher } from "../src/rl/mod.ts";
import { readJson, readProblems } from "./artifacts.ts";
import type { Rewards } from "./reward.ts";
import { POLICY_GRADIENT, TRAINING, TRAINING_TEMPERATURE } from "./settings.ts";
import { defineStage, engineOf } from "./stage.ts";

/** Updates the teacher with the rewards of its datasets (soar.md 1, step 4). */
export const update_teacher = defineStage({
  name: "update_teacher",
  version: 1,
  summary: "One policy-gradient step on the teacher's rollouts, each with its dataset's reward.",
  config: {
    type: "object",
    properties: {
      ...POLICY_GRADIENT,
      ...TRAINING,
      estimator: { ...POLICY_GRADIENT.estimator, default: "rloo_normalized" },
      learning_rate: { ...POLICY_GRADIENT.learning_rate, default: 2e-4 },
      temperature: TRAINING_TEMPERATURE,
    },
    additionalProperties: false,
  },
  inputs: { policy: "policy", datasets: "problems[]", rewards: "rewards" },
  outputs: { policy: "policy" },
  async run({ config, inputs, outputs, seed, services, signal }) {
    const { directory } = inputs.policy, random = new Random(seed).derive("adapter");
    using teacher = loadTrainable(directory, config.adapter, random);
    const datasets = inputs.datasets.map((dataset) => readProblems<ProposedProblem>(dataset));
    const { rewards } = readJson<Rewards>(inputs.rewards, "rewards");
    const engine = engineOf({ services, signal });
    const { loss, gradNorm } = await updateTeacher(teacher, engine, datasets, rewards, config);
    savePolicy(teacher, outputs.policy.directory, outputs.policy.place);
    return { loss, grad_norm: gradNorm };
  },
});
