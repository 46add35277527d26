import { Random } from "../src/random/random.ts";
import { loadTrainable, mean, savePolicy, type StudentStep, trainStudent } from "../src/rl/mod.ts";
import { WORLDS } from "../src/worlds/mod.ts";
import { readProblems, writeLines } from "./artifacts.ts";
import {
  MAX_NEW_TOKENS,
  POLICY_GRADIENT,
  TRAINING,
  TRAINING_TEMPERATURE,
  WORLD,
} from "./settings.ts";
import { defineStage, engineOf } from "./stage.ts";

const reward = (value: number, description: string) =>
  ({ type: "number", default: value, description }) as const;

/** Trains a student by RL on a dataset (soar.md 1, step 2). */
export const train_student = defineStage({
  name: "train_student",
  version: 1,
  summary: "Trains a copy of the policy by RL on problems, against the answers they claim to have.",
  config: {
    type: "object",
    properties: {
      world: WORLD,
      ...POLICY_GRADIENT,
      ...TRAINING,
      steps: { type: "integer", minimum: 1, default: 15, description: "Optimizer steps." },
      batch: { type: "integer", minimum: 1, default: 16, description: "Problems in a step." },
      group: { type: "integer", minimum: 2, default: 16, description: "Rollouts of each problem." },
      temperature: TRAINING_TEMPERATURE,
      max_new_tokens: MAX_NEW_TOKENS,
      kl: {
        type: "number",
        minimum: 0,
        default: 0.001,
        description: "Coefficient of the KL penalty to the policy at the start.",
      },
      epochs: {
        type: "integer",
        minimum: 1,
        default: 1,
        description: "Optimizer steps on a batch.",
      },
      reward: {
        type: "object",
        default: {},
        properties: {
          correct: reward(1, "Of an answer equal to the problem's."),
          mentioned: reward(0, "Of a wrong answer where the right one occurs in the text."),
          formatted: reward(0, "Of any other answer in the right form."),
        },
        additionalProperties: false,
      },
      keep_rollouts: {
        type: "boolean",
        default: false,
        description: "Keep every rollout with ids, log-probabilities, verdict and reward.",
      },
    },
    additionalProperties: false,
  },
  inputs: { policy: "policy", problems: "problems" },
  outputs: { policy: "policy", rollouts: "rollouts" },
  async run({ config, inputs, outputs, seed, services, signal, progress }) {
    const random = new Random(seed);
    const { directory } = inputs.policy;
    using policy = loadTrainable(directory, config.adapter, random.derive("adapter"));
    const problems = readProblems(inputs.problems);
    const steps: StudentStep[] = [], kept: unknown[] = [];
    await trainStudent(
      policy,
      engineOf({ services, signal }),
      WORLDS[config.world],
      problems,
      config,
      random,
      (step, rollouts) => {
        steps.push(step);
        if (config.keep_rollouts) {
          kept.push(
            ...rollouts.map(({ problem, ...rollout }) => ({
              step: step.step,
              id: problem.id,
              ...rollout,
            })),
          );
        }
        const { reward, correct } = step;
        progress(steps.length, config.steps, {
          reward,
          correct,
          rollouts: steps.length * rollouts.length,
        });
      },
    );
    savePolicy(policy, outputs.policy.directory, outputs.policy.place);
    writeLines(outputs.rollouts.directory, "steps.jsonl", steps);
    writeLines(outputs.rollouts.directory, "rollouts.jsonl", kept);
    return {
      rollouts: config.steps * config.batch * config.group,
      reward_first: steps[0]!.reward,
      reward_last: steps.at(-1)!.reward,
      flat_groups: mean(steps.map((step) => step.flat_groups)) / config.batch,
    };
  },
});
