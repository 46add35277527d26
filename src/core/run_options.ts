import type { Machine } from "./action.ts";
import type { Listener } from "./event.ts";
import type { Executors } from "./executor.ts";
import type { Store } from "./store.ts";

/** What a run needs besides the plan. */
export interface RunOptions<S> {
  /** Where results are. */
  readonly store: Store;
  /** Opens what stages are given that run in this process; see {@linkcode StageContext.services}. */
  readonly services?: () => Promise<S>;
  /** Digest of the code of a stage or another definition, by its module. */
  readonly code: (url: string) => string;
  /** Takes the events. */
  readonly listen: Listener;
  /** Stops the run when aborted. */
  readonly signal: AbortSignal;
  /** What results are made on, as far as it is known by now; kept beside them, outside their keys. */
  readonly machine?: () => Machine;
  /** Whether results made on another machine are made again. */
  readonly sameMachine?: boolean;
  /** Steps that are made again though they are stored. */
  readonly remade?: ReadonlySet<string>;
  /** Keys that were made again before, by runs that this one goes on with: they are not made once more. */
  readonly madeBefore?: Iterable<string>;
  /** Steps that are taken from the store, and not made. */
  readonly kept?: ReadonlySet<string>;
  /** Whether a failed step stops only what needs it. */
  readonly keepGoing?: boolean;
  /** Opens where jobs run, for the first of them; in this process unless given, one at a time. */
  readonly executors?: () => Promise<Executors>;
  /** How many jobs run at a time at most. */
  readonly jobs?: number;
  /** Waits for so many milliseconds, not longer than until the signal. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Which of the steps that are ready goes first, by its place in the plan: the one of the least number. */
  readonly priority?: (place: number) => number;
}
