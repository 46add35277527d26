/** What a step's rollouts tell, for curves: rows of tables `metrics`, and nothing of a result. @module */
import type { StepMetrics } from "../train/mod.ts";
import { isFlat, type Reward } from "./advantages.ts";
import type { Rollout } from "./rollouts.ts";
import { mean } from "./statistics.ts";

/** Numbers of a step by name; those of a reward function are `rewards.NAME`. */
export type Numbers = Readonly<Record<string, number>>;

/** Lengths of completions, and how sure the policy was of them. */
export function lengthNumbers(rollouts: readonly Rollout[]): Numbers {
  const lengths = rollouts.map(({ ids }) => ids.length);
  const logps = rollouts.flatMap((rollout) => rollout.logps);
  return {
    length: mean(lengths),
    length_max: lengths.reduce((most, length) => Math.max(most, length), 0),
    cut_off: mean(rollouts.map(({ finished }) => Number(!finished))),
    // An estimate by what was drawn: the entropy itself would need a sum over the vocabulary for each token.
    entropy_mc: -mean(logps),
  };
}

/** How rewards spread. @param groups those of rollouts that are compared with each other */
export function rewardNumbers(groups: readonly (readonly Reward[])[]): Numbers {
  const scored = groups.flat().filter((reward) => reward !== null), centre = mean(scored);
  return {
    reward: centre,
    reward_std: Math.sqrt(mean(scored.map((reward) => (reward - centre) ** 2))),
    flat_groups: groups.filter(isFlat).length,
    flat_share: mean(groups.map((group) => Number(isFlat(group)))),
  };
}

/** Share of ratios whose gradient clipping cuts off, where the loss clips. */
export function clipNumbers({ reported }: StepMetrics): Numbers {
  const share = reported?.clipped; // as src/losses/clipping.ts calls it
  return share === undefined ? {} : { clip_share: share };
}
