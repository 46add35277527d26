import type { Records } from "../graders/grader.ts";
import type { Sessions } from "../onnx/mod.ts";

/** What running a policy needs besides the policy. */
export interface Engine {
  /** Sessions of the run, shared. */
  readonly sessions: Sessions;
  /** Rows decoded together. */
  readonly decodeBatch: number;
  /** Rows in one training run; more are accumulated. */
  readonly microBatch: number;
  /** Aborted when the run is stopped. */
  readonly signal?: AbortSignal;
  /** Told how many completions of a draw have ended, when some have. */
  readonly onCompleted?: (completions: number) => void;
  /** What graders keep that ask others. */
  readonly records?: Records;
}

/** Sizes that suit small models on a CPU, measured by bench/mod.ts. */
export const ENGINE_DEFAULTS = { decodeBatch: 512, microBatch: 128 } as const;
