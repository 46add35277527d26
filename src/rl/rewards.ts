import type { Problem, World } from "../worlds/mod.ts";
import type { Reward } from "./advantages.ts";

/** What the student earns; the paper's numbers are 120, 20, 10 (section 3.1 of arXiv 2601.18778). */
export interface StudentReward {
  /** An answer equal to the problem's. */
  readonly correct: number;
  /** A wrong answer, while the right one occurs in the text. */
  readonly mentioned: number;
  /** Any other answer in the right form. */
  readonly formatted: number;
}

/** What was made of a completion. */
export interface Verdict {
  readonly reward: Reward;
  readonly correct: boolean;
  readonly answer: string | null;
}

/** Grades a student's completion against the answer the problem claims to have. */
export function grade(
  world: World,
  problem: Problem,
  completion: string,
  rewards: StudentReward,
): Verdict {
  const answer = world.parseAnswer(completion) ?? null;
  if (answer === null) return { reward: 0, correct: false, answer };
  if (answer === problem.answer) return { reward: rewards.correct, correct: true, answer };
  const mentioned = completion.includes(problem.answer);
  return { reward: mentioned ? rewards.mentioned : rewards.formatted, correct: false, answer };
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

/**
 * Learnability of a dataset, the intrinsic reward (Intrinsic-T of the paper, section 4): the mean over its
 * problems of 1 - s where s, the student's success rate against the teacher's answer, is not 0; else 0.
 */
export function learnability(successRates: readonly number[]): number {
  const sum = successRates.reduce((total, s) => total + (s === 0 ? 0 : 1 - s), 0);
  return successRates.length === 0 ? 0 : sum / successRates.length;
}
