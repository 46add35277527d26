import { agree, mean } from "./statistics.ts";

/** Decides whether and what to promote (SOAR, arXiv 2601.18778, step 3 of the loop). */
export interface PromotionRule {
  /** Least mean reward over the window. */
  readonly tau: number;
  /** How many outer steps the mean is taken over. */
  readonly window: number;
  /** Whether promotion needs `window` values, or may come earlier. */
  readonly full_window: boolean;
  /** Whether the window starts anew at a promotion, unless false. */
  readonly clear_window?: boolean;
}

/** What a promotion decision says. */
export interface PromotionDecision {
  readonly promoted: boolean;
  /** Mean over the window of the mean reward of a step. */
  readonly average: number;
  /** The dataset with the largest reward. */
  readonly dataset: number;
  /** Of its repeats, the one with the median reward (the lower median, the earlier of equals). */
  readonly repeat: number;
  /** The window to carry on; empty after a promotion unless kept, so that one good step is not counted twice. */
  readonly history: readonly number[];
}

/**
 * A mean that is tau but for rounding is not above it, and of rewards that agree but for rounding the first is the largest.
 *
 * @param history mean rewards of the outer steps before this one, since the last promotion
 * @param rewards R_k of each dataset
 * @param repeats R_kj of each dataset's students
 */
export function decidePromotion(
  rule: PromotionRule,
  history: readonly number[],
  rewards: readonly number[],
  repeats: readonly (readonly number[])[],
): PromotionDecision {
  const window = [...history, mean(rewards)].slice(-rule.window);
  const average = mean(window);
  const enough = !rule.full_window || window.length === rule.window;
  const scale = Math.max(...[...window, ...rewards].map(Math.abs));
  const promoted = enough && average > rule.tau && !agree(average, rule.tau, scale);
  const best = Math.max(...rewards), dataset = rewards.findIndex((reward) => agree(reward, best));
  const repeat = medianIndex(repeats[dataset]!);
  const clear = promoted && rule.clear_window !== false;
  return { promoted, average, dataset, repeat, history: clear ? [] : window };
}

function medianIndex(values: readonly number[]): number {
  const order = values.map((_, i) => i).toSorted((a, b) => values[a]! - values[b]! || a - b);
  return order[Math.floor((order.length - 1) / 2)]!;
}
