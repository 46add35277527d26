import type { Action } from "./action.ts";
import type { Ends } from "./ends.ts";
import type { Lost } from "./lost.ts";
import type { EndingLoop, PlannedStep } from "./planned.ts";
import type { RunOptions } from "./run_options.ts";

/** A run at work. */
export interface Running<S> {
  readonly options: RunOptions<S>;
  readonly steps: ReadonlyMap<string, PlannedStep<S>>;
  /** Results so far. */
  readonly actions: Map<string, Action>;
  /** Keys of steps that another process was seen to be making. */
  readonly busy: Map<string, string>;
  /** The steps among them that were made, not found. */
  readonly made: Set<string>;
  /** Keys of these, and of runs that it goes on with: steps that compute the same are made again once. */
  readonly madeKeys: Set<string>;
  /** The attempt at steps that may have several. */
  readonly attempts: Map<string, number>;
  /** Steps that failed, and those that need them. */
  readonly lost: Lost;
  /** Which iterations of loops run. */
  readonly ends: Ends;
  /** The loops that may end early, by the steps that tell. */
  readonly loops: ReadonlyMap<string, EndingLoop>;
}
