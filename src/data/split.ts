/** Shares of a set of problems. @module */
import type { Problem } from "../graders/grader.ts";
import type { Random } from "../random/random.ts";
import { normal } from "./duplicates.ts";

/** What became of a set. */
export interface Split {
  /** By share, in the order of the sizes. */
  readonly shares: readonly (readonly Problem[])[];
  /** Problems that repeat others, and went where these went. */
  readonly together: number;
  /** Problems that no share had room for. */
  readonly left: number;
}

/**
 * Sizes of shares that are given as numbers of problems or, below 1, as shares of all. Those that are shares add up
 * without a gap: halves of 719 are 359 and 360.
 */
export function sizesOf(shares: readonly number[], total: number): number[] {
  let before = 0;
  return shares.map((share) => {
    if (share >= 1) return share;
    const start = roundDown(before * total);
    before += share;
    return roundDown(before * total) - start;
  });
}

/** Sums of decimals fall a little short. */
function roundDown(value: number): number {
  return Math.floor(value + 1e-6);
}

/** Divides problems at random. Those that ask for the same stay together, so that no share has what is held out. */
export function splitProblems(
  problems: readonly Problem[],
  sizes: readonly number[],
  random: Random,
): Split {
  const groups = [...Map.groupBy(problems, ({ problem }) => normal(problem)).values()];
  const shares: Problem[][] = sizes.map(() => []);
  let left = 0;
  for (const group of random.shuffle(groups)) {
    const share = shares.find((one, i) => one.length + group.length <= sizes[i]!);
    if (share === undefined) left += group.length;
    else share.push(...group);
  }
  return { shares, together: problems.length - groups.length, left };
}
