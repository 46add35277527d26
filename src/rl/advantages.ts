import type { Estimator } from "./estimators/estimator.ts";
import { type EstimatorName, ESTIMATORS } from "./estimators/mod.ts";
import { agree } from "./statistics.ts";

/** A reward, or null where every grader declined: such a row is *unscorable*. */
export type Reward = number | null;

/**
 * Advantages of rows that lie group by group.
 *
 * Unscorable rows are left out of baselines and deviations and get 0, as does a group with fewer than two others. Where
 * a group's rewards agree, each gets exactly 0: rounding would be enough for Adam to move every weight.
 *
 * @throws {RangeError} when the rewards do not fill whole groups, or one is not finite
 */
export function advantages(
  rewards: readonly Reward[],
  groupSize: number,
  estimator: EstimatorName = "rloo",
): number[] {
  if (groupSize < 1 || rewards.length % groupSize !== 0) {
    throw new RangeError(
      `Cannot group ${rewards.length} rewards by ${groupSize}: the last group would be short`,
    );
  }
  const wrong = rewards.findIndex((reward) => reward !== null && !Number.isFinite(reward));
  if (wrong !== -1) {
    throw new RangeError(
      `Cannot take ${rewards[wrong]} as the reward of row ${wrong}: give a finite number, or null`,
    );
  }
  const rule: Estimator = ESTIMATORS[estimator], raw: Reward[] = [];
  for (let start = 0; start < rewards.length; start += groupSize) {
    raw.push(...groupAdvantages(rewards.slice(start, start + groupSize), rule));
  }
  const counted = raw.filter((value) => value !== null);
  const scale = counted.length < 2 ? undefined : rule.batchFactor?.(counted);
  return raw.map((value) => value === null ? 0 : scale === undefined ? value : value * scale);
}

/** Whether the rewards of a group agree, up to rounding; unscorable rows have none. */
export function isFlat(rewards: readonly Reward[]): boolean {
  const scorable = rewards.filter((reward) => reward !== null);
  if (scorable.length < 2) return true;
  return agree(Math.min(...scorable), Math.max(...scorable));
}

/** Null where there is nothing to compare with. */
function groupAdvantages(rewards: readonly Reward[], rule: Estimator): Reward[] {
  const scorable = rewards.filter((reward) => reward !== null);
  const n = scorable.length;
  if (n < 2) return rewards.map(() => null);
  if (isFlat(rewards)) return rewards.map((reward) => reward === null ? null : 0);
  const mean = scorable.reduce((sum, reward) => sum + reward, 0) / n;
  const factor = rule.groupFactor(scorable, mean);
  return rewards.map((reward) => reward === null ? null : factor * (reward - mean));
}
