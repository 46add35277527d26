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
 * - `rloo_normalized`: the same, then whitened over the batch
 * - `grpo`: (r - mean) / (std + 1e-4) (Shao et al. 2024, arXiv 2402.03300, eq. 10), Bessel-corrected
 * - `dr_grpo`: without the division (Liu et al. 2025, arXiv 2503.20783)
 *
 * Unscorable rows are left out of the baseline and get 0, and so does a group with fewer than two others.
 *
 * @throws {RangeError} when the rewards do not fill whole groups
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
  const raw: number[] = [];
  for (let start = 0; start < rewards.length; start += groupSize) {
    raw.push(...groupAdvantages(rewards.slice(start, start + groupSize), estimator));
  }
  return estimator === "rloo_normalized" ? whiten(raw) : raw;
}

function groupAdvantages(rewards: readonly Reward[], estimator: AdvantageEstimator): number[] {
  const scorable = rewards.filter((reward) => reward !== null);
  const n = scorable.length;
  if (n < 2) return rewards.map(() => 0);
  const mean = scorable.reduce((sum, reward) => sum + reward, 0) / n;
  const factor = groupFactor(estimator, scorable, mean);
  return rewards.map((reward) => reward === null ? 0 : factor * (reward - mean));
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

function deviation(values: readonly number[], mean: number): number {
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

function whiten(values: readonly number[]): number[] {
  if (values.length < 2) return [...values];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const scale = 1 / (deviation(values, mean) + EPSILON);
  return values.map((value) => (value - mean) * scale);
}
