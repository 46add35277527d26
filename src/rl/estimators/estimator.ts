/** What an estimator of advantages is. @module */

/** How the rewards of a group become advantages, and those of a batch are brought to one scale. */
export interface Estimator {
  /** What it does, in a sentence. */
  readonly summary: string;
  /**
   * What a group's rewards are multiplied by, less their mean.
   *
   * @param rewards of the group, at least two, which do not agree
   */
  groupFactor(rewards: readonly number[], mean: number): number;
  /**
   * What the advantages of a batch are multiplied by afterwards; 1 unless given. Their mean is 0, group by group.
   *
   * @param values of all rows that have one, at least two
   */
  batchFactor?(values: readonly number[]): number;
}

/** Added to standard deviations, as in TRL. */
export const EPSILON = 1e-4;
