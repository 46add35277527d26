import type { Machine } from "./action.ts";
import type { CheckpointTimes } from "./checkpoints.ts";
import type { Listener } from "./event.ts";
import type { Store } from "./store.ts";

/** What a run needs besides the plan. */
export interface RunOptions<S> {
  /** Where results are. */
  readonly store: Store;
  /** Opens what stages are given, when the first one runs; see {@linkcode StageContext.services}. */
  readonly services: () => Promise<S>;
  /** Digest of the code of a stage or another definition, by its module. */
  readonly code: (url: string) => string;
  /** Takes the events. */
  readonly listen: Listener;
  /** Bytes that each table of a step may take; 64 MiB unless given. */
  readonly tableBytes?: number;
  /** When steps keep checkpoints; every 10 minutes unless given. */
  readonly checkpointTimes?: CheckpointTimes;
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
  /** Passes the time before a step is tried again; it ends early, and throws, when its signal does. */
  readonly pause?: (seconds: number, signal: AbortSignal) => Promise<void>;
  /** Whether a failed step stops only what needs it. */
  readonly keepGoing?: boolean;
}
