import type { Json, JsonObject, Machine } from "../core/mod.ts";

/** How a run stands: `running` as long as its process lives, `killed` when it ended without a word. */
export type RunStatus = "running" | "done" | "failed" | "stopped" | "killed";

/** The place of a run in a sweep. */
export interface SweepPlace {
  /** Such as `sweep-3c1f`. */
  readonly id: string;
  /** `path=value` of what the sweep varies. */
  readonly overrides: readonly string[];
}

/** What is known of a run when it begins. */
export interface RunFacts {
  /** Of the pipeline. */
  readonly pipeline: string;
  /** Absolute path of its file. */
  readonly file: string;
  /** What the user calls the run. */
  readonly name?: string;
  /** A shell command that does the same again, in `folder`. */
  readonly command?: string;
  /** Folder that it was started in. */
  readonly folder: string;
  /** `path=value`, as they were given. */
  readonly overrides: readonly string[];
  /** Of the pipeline. */
  readonly seed: number;
  /** Versions of this program, Deno, ONNX Runtime, and packages by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** The sweep that it belongs to. */
  readonly sweep?: SweepPlace;
}

/** What is known of the version control that a pipeline's file is under. */
export interface GitState {
  /** Of HEAD. */
  readonly commit: string;
  /** Whether anything tracked differs from it, or is not tracked. */
  readonly dirty: boolean;
}

/** What is known of a run: `runs/ID/record.json`. */
export interface RunRecord extends RunFacts {
  /** Such as `soar-7f3a`. */
  readonly id: string;
  /** As in ISO 8601. */
  readonly started: string;
  /** As in ISO 8601; not there while it runs, and where it was killed. */
  readonly finished?: string;
  readonly status: RunStatus;
  /** How many steps it has, in all. */
  readonly steps: number;
  /** How many were made, found, not reached, and failed. */
  readonly ran: number;
  readonly cached: number;
  readonly skipped: number;
  readonly failed: number;
  /** What graphs ran on, where that is known. */
  readonly device: string;
  /** What it ran on; see {@linkcode Machine}. */
  readonly machine: Machine;
  readonly git?: GitState;
  /** Of the clock. */
  readonly seconds?: number;
  /** Of processors. */
  readonly cpuSeconds?: number;
  /** Most memory that the process had at a time, in bytes. */
  readonly peakBytes?: number;
}

/** What a record has that an earlier version wrote without it. */
const UNTOLD = {
  ...{ file: "", folder: "", overrides: [], seed: 0, versions: {}, device: "", machine: {} },
  ...{ steps: 0, ran: 0, cached: 0, skipped: 0, failed: 0 },
} as const;

/** A record in JSON as a record; undefined when it is none. */
export function asRecord(value: Json): RunRecord | undefined {
  const { id, pipeline, started, status, overrides = [] } = (value ?? {}) as JsonObject;
  const whole = [id, pipeline, started, status].every((one) => typeof one === "string") &&
    Array.isArray(overrides);
  return whole ? { ...UNTOLD, ...value as unknown as RunRecord } : undefined;
}
