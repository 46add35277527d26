/** Which step of a training run is reported (SOAR, arXiv 2601.18778, evaluation). @module */
import { agree, mean } from "./statistics.ts";

/** When the training reward has flattened, and what is reported then. */
export interface CheckpointRule {
  /** Steps that the reward is averaged over, centred: an odd number. */
  readonly window: number;
  /** The reward has flattened where its slope is under this share of the largest. */
  readonly share: number;
  /** Steps after that one whose checkpoints are reported, as a mean. */
  readonly after: number;
}

/** The paper's. */
export const CHECKPOINT_RULE: CheckpointRule = { window: 25, share: 0.15, after: 200 };

/** What the rule says about a run; steps are counted from 1, as many as were taken. */
export interface CheckpointChoice {
  /** The step at which the reward has flattened; the last that has an average, where it did not. */
  readonly step: number;
  readonly flattened: boolean;
  /** The largest slope of the average, in reward per step. */
  readonly largest_slope: number;
  /** Checkpoints of the steps after `step` up to this one are reported. */
  readonly until: number;
}

/**
 * The mean of the `window` values around each one that has as many on both sides.
 *
 * @returns values of the steps from (window - 1) / 2 on, window - 1 fewer than were given
 * @throws {RangeError} when the window is even, or longer than the run
 */
export function centredAverage(values: readonly number[], window: number): number[] {
  if (window % 2 !== 1 || window > values.length) {
    throw new RangeError(
      `Cannot average ${values.length} steps over ${window} centred ones: ` +
        (window % 2 === 1 ? "train longer, or lower window" : "window has to be odd"),
    );
  }
  return Array.from(
    { length: values.length - window + 1 },
    (_, i) => mean(values.slice(i, i + window)),
  );
}

/**
 * Finds the first step, from the steepest on, at which the slope of the averaged reward is under a share of the largest
 * (docs/decisions/0020: a reward that has not begun to rise has not flattened). Where it never rises, that is the first.
 *
 * @param rewards training reward of each step
 * @throws {RangeError} as {@linkcode centredAverage}
 */
export function applyCheckpointRule(
  rewards: readonly number[],
  { window, share, after }: CheckpointRule,
): CheckpointChoice {
  const average = centredAverage(rewards, window);
  const scale = Math.max(...rewards.map(Math.abs));
  // A mean that stays the same moves by rounding.
  const slopes = average.slice(1).map((value, i) =>
    agree(value, average[i]!, scale) ? 0 : value - average[i]!
  );
  const largest = Math.max(0, ...slopes);
  const steepest = largest === 0 ? 0 : slopes.indexOf(largest);
  const found = largest === 0
    ? 0
    : slopes.findIndex((slope, i) => i > steepest && slope < share * largest);
  const index = found === -1 ? average.length - 1 : found;
  const step = index + (window - 1) / 2 + 1;
  return {
    step,
    flattened: found !== -1,
    largest_slope: largest,
    until: Math.min(rewards.length, step + after),
  };
}
