import type { Sample } from "../rewards/reward.ts";
import type { Reward } from "./advantages.ts";

/** A reward that a student is paid by. */
export interface WeightedReward {
  /** What it is called in metrics. */
  readonly name: string;
  readonly weight: number;
  /** What a sample earns before the weight; null where the reward does not apply. */
  score(sample: Sample): number | null | Promise<number | null>;
}

/** What a sample earns, in all and by reward. */
export interface Earned {
  /** The weighted sum; null where no reward applies. */
  readonly reward: Reward;
  /** Before weights, by name. */
  readonly rewards: Readonly<Record<string, number | null>>;
}

/**
 * The weighted sum of what a sample earns, without the rewards that do not apply.
 *
 * @throws {TypeError} when a reward is neither a finite number nor null
 * @throws {RangeError} when the sum is no number any more
 */
export async function earn(rewards: readonly WeightedReward[], sample: Sample): Promise<Earned> {
  const parts: Record<string, number | null> = {};
  let total: Reward = null;
  for (const { name, weight, score } of rewards) {
    const value = await score(sample);
    if (value !== null && !Number.isFinite(value)) {
      throw new TypeError(`Cannot take ${value} as reward ${name}: give a finite number, or null`);
    }
    parts[name] = value;
    if (value !== null) total = (total ?? 0) + weight * value;
  }
  if (total !== null && !Number.isFinite(total)) {
    throw new RangeError(`Cannot add rewards up to ${total}: lower their weights`);
  }
  return { reward: total, rewards: parts };
}

/**
 * Grounded reward of a dataset: what its students gained on the hard problems, averaged over repeats
 * (SOAR, arXiv 2601.18778, step 2 of the loop: R_k = mean_j Acc(θ'_kj, Q) - Acc(θ, Q)).
 *
 * Given as counts, gains are added up as whole numbers: students that gained as much in another order have exactly the same
 * reward, and those that gained nothing exactly 0, whatever the accuracies are. Differences of shares would be rounding,
 * which is a direction to Adam.
 *
 * @param before right answers before training
 * @param after those of each dataset's students
 * @param samples answers of each; 1 where accuracies are given
 */
export function groundedRewards(
  before: number,
  after: readonly (readonly number[])[],
  samples = 1,
): number[] {
  return after.map((repeats) =>
    (repeats.reduce((sum, right) => sum + right, 0) - repeats.length * before) /
    (repeats.length * samples)
  );
}

/** Learnability of a problem: 1 - s where s, the student's success rate against the teacher's answer, is not 0; else 0. */
export function problemLearnability(successRate: number): number {
  return successRate === 0 ? 0 : 1 - successRate;
}

/**
 * Learnability of a dataset, the intrinsic reward (Intrinsic-T of the paper, section 4): the mean over its
 * problems of theirs.
 */
export function learnability(successRates: readonly number[]): number {
  const sum = successRates.reduce((total, s) => total + problemLearnability(s), 0);
  return successRates.length === 0 ? 0 : sum / successRates.length;
}
