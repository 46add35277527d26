import { type Evaluation, groundedRewards, mean } from "../src/rl/mod.ts";
import { readJson, writeJson } from "./artifacts.ts";
import { partsOf, REWARD_INPUTS, REWARD_OUTPUTS, type Rewards } from "./reward.ts";
import { defineStage } from "./stage.ts";

/** Rewards a dataset with what its students gained on the hard problems. */
export const reward_grounded = defineStage({
  name: "reward_grounded",
  version: 1,
  summary: "Rewards a dataset with the measured improvement of the students trained on it.",
  config: { type: "object", properties: {}, additionalProperties: false },
  inputs: REWARD_INPUTS,
  outputs: REWARD_OUTPUTS,
  run({ inputs, outputs }) {
    const accuracy = (evaluation: Evaluation) => evaluation.accuracy;
    const before = accuracy(readJson<Evaluation>(inputs.before, "evaluation"));
    const after = partsOf(inputs.after, inputs.datasets.length)
      .map((repeats) => repeats.map((e) => accuracy(readJson<Evaluation>(e, "evaluation"))));
    const rewards = groundedRewards(before, after);
    const result: Rewards = {
      rewards,
      repeats: after.map((repeats) => repeats.map((value) => value - before)),
    };
    writeJson(outputs.rewards, "rewards", result);
    return { rewards, mean: mean(rewards), before };
  },
});
