import type { Artifact } from "../src/core/stage.ts";
import {
  countAnswers,
  differenceOf,
  type Evaluation,
  groundedRewards,
  mean,
} from "../src/rl/mod.ts";
import { readJson, writeJson } from "../src/stage/artifact_files.ts";
import {
  partsOf,
  REWARD_INPUTS,
  REWARD_ORDER,
  REWARD_OUTPUTS,
  type Rewards,
} from "../src/stage/reward_ports.ts";
import { defineStage } from "../src/stage/define_stage.ts";

/** Rewards a dataset with what its students gained on the hard problems. */
export const reward_grounded = defineStage({
  name: "reward_grounded",
  version: 1,
  summary: "Rewards a dataset with the measured improvement of the students trained on it.",
  config: { type: "object", properties: {}, additionalProperties: false },
  resources: { cpu: 0 },
  inputs: REWARD_INPUTS,
  outputs: REWARD_OUTPUTS,
  follows: REWARD_ORDER,
  run({ inputs, outputs }) {
    const read = (artifact: Artifact) => readJson<Evaluation>(artifact, "evaluation");
    const before = read(inputs.before), after = inputs.after.map(read);
    after.forEach((evaluation) => checkAlike(before, evaluation, after[0]!));
    const answers = after.map(({ results }) => countAnswers(results));
    const start = countAnswers(before.results), { samples } = answers[0] ?? start;
    // Whole numbers over one denominator, also where the policy before was sampled more often.
    const right = partsOf(
      answers.map(({ correct }) => correct * start.samples),
      inputs.datasets.length,
      "evaluations",
    );
    const gains = (groups: readonly (readonly number[])[]) =>
      groundedRewards(start.correct * samples, groups, samples * start.samples);
    const result: Rewards = {
      rewards: gains(right),
      repeats: right.map((repeats) => gains(repeats.map((one) => [one]))),
    };
    writeJson(outputs.rewards, "rewards", result);
    return { rewards: result.rewards, mean: mean(result.rewards), before: before.accuracy };
  },
});

/** @throws {Error} when a gain would be of other problems, or of another way of sampling */
function checkAlike(before: Evaluation, after: Evaluation, first: Evaluation): void {
  const [a, b] = [first, after].map(({ results }) => countAnswers(results).samples);
  const difference = differenceOf(before, after) ??
    (a === b ? undefined : `of students with ${a} and ${b} samples`);
  if (difference === undefined) return;
  throw new Error(
    `Cannot take the gain of a student: before and after are evaluations ${difference}; ` +
      "evaluate both on the same problems with the same settings",
  );
}
