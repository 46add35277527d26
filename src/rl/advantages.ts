import { agree, deviation } from "./statistics.ts";

/** How rewards of a group become advantages. */
export type AdvantageEstimator = "rloo" | "rloo_normalized" | "grpo" | "dr_grpo";

/** A reward, or null where every grader declined: such a row is *unscorable*. */
export type Reward = number | null;

/** Added to standard deviations, as in TRL. */
const EPSILON = 1e-4;

/**
 * Advantages of rows that lie group by group.
 *
 * - `rloo`: r_i minus the mean of the others (Ahmadian et al. 2024, arXiv 2402.14740, eq. 5)
 * - `rloo_normalized`: the same, divided by (std + 1e-4) of the batch (TRL's `normalize_advantages`)
 * - `grpo`: (r - mean) / (std + 1e-4) (Shao et al. 2024, arXiv 2402.03300, eq. 10), Bessel-corrected
 * - `dr_grpo`: without the division (Liu et al. 2025, arXiv 2503.20783)
 *
 * Unscorable rows are left out of baselines and deviations and get 0, as does a group with fewer than two others. Where
 * a group's rewards agree, each gets exactly 0: rounding would be enough for Adam to move every weight.
 *
 * @throws {RangeError} when the rewards do not fill whole groups, or one is not finite
 */
export function advantages(
  rewards: readonly Reward[],
  groupSize: number,
  estimator: AdvantageEstimator = "rloo",
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
  const raw: Reward[] = [];
  for (let start = 0; start < rewards.length; start += groupSize) {
    raw.push(...groupAdvantages(rewards.slice(start, start + groupSize), estimator));
  }
  return (estimator === "rloo_normalized" ? normalize(raw) : raw).map((value) => value ?? 0);
}

/** Whether the rewards of a group agree, up to rounding; unscorable rows have none. */
export function isFlat(rewards: readonly Reward[]): boolean {
  const scorable = rewards.filter((reward) => reward !== null);
  if (scorable.length < 2) return true;
  return agree(Math.min(...scorable), Math.max(...scorable));
}

/** Null where there is nothing to compare with. */
function groupAdvantages(rewards: readonly Reward[], estimator: AdvantageEstimator): Reward[] {
  const scorable = rewards.filter((reward) => reward !== null);
  const n = scorable.length;
  if (n < 2) return rewards.map(() => null);
  if (isFlat(rewards)) return rewards.map((reward) => reward === null ? null : 0);
  const mean = scorable.reduce((sum, reward) => sum + reward, 0) / n;
  const factor = groupFactor(estimator, scorable, mean);
  return rewards.map((reward) => reward === null ? null : factor * (reward - mean));
}

function groupFactor(
  estimator: AdvantageEstimator,
  scorable: readonly number[],
  mean: number,
): number {
  const n = scorable.length;
  switch (estimator) {
    case "rloo":
    case "rloo_normalized":
      return n / (n - 1);
    case "grpo":
      return 1 / (deviation(scorable, mean) + EPSILON);
    case "dr_grpo":
      return 1;
    default:
      return estimator satisfies never;
  }
}

/** Divides by the deviation over the batch. The mean is 0, group by group, so that none is taken off: it would be rounding. */
function normalize(values: readonly Reward[]): Reward[] {
  const counted = values.filter((value) => value !== null);
  if (counted.length < 2) return [...values];
  const scale = 1 / (deviation(counted, 0) + EPSILON);
  return values.map((value) => value === null ? null : value * scale);
}
