import type { Machine } from "./action.ts";
import type { Json, JsonObject } from "./document.ts";

/** Numbers a step tells, by name. */
export type Metrics = Readonly<Record<string, Json>>;

/** What happens in a run. Every face of the program (terminal, NDJSON, log) is drawn from these. */
export type Event =
  | {
    readonly kind: "run-started";
    readonly pipeline: string;
    readonly steps: number;
    readonly device: string;
  }
  /** Which device `auto` means, found out when the first step runs. */
  | { readonly kind: "device-found"; readonly device: string }
  | {
    readonly kind: "step-started";
    readonly step: string;
    readonly stage: string;
    readonly key: string;
    /** Counted from 1, where it may be tried again. */
    readonly attempt?: number;
  }
  | {
    readonly kind: "step-progress";
    readonly step: string;
    readonly done: number;
    readonly total: number;
    readonly numbers: Readonly<Record<string, number>>;
  }
  /** A row of the step's table `metrics`, as it is recorded. */
  | { readonly kind: "step-metrics"; readonly step: string; readonly row: JsonObject }
  | { readonly kind: "step-log"; readonly step: string; readonly message: string }
  /** Rows of a step that had no room; see `records` of the pipeline. */
  | {
    readonly kind: "rows-left-out";
    readonly step: string;
    readonly table: string;
    readonly rows: number;
    /** What kept them from being written, where it was not that the table was full. */
    readonly why?: string;
  }
  | {
    readonly kind: "step-finished";
    readonly step: string;
    readonly stage: string;
    readonly key: string;
    /** Whether the result was in the store. */
    readonly cached: boolean;
    readonly seconds: number;
    readonly metrics: Metrics;
    readonly outputs: Readonly<Record<string, string | readonly string[]>>;
  }
  /** What a process took in which a step ran, told when the step has ended there. */
  | {
    readonly kind: "step-used";
    readonly step: string;
    /** Which process, of those of the run. */
    readonly process: number;
    /** Of processors, since the step before. */
    readonly cpuSeconds: number;
    /** Most memory that the process has had so far, in bytes; not there where that is not known. */
    readonly peakBytes?: number;
  }
  | {
    readonly kind: "step-failed";
    readonly step: string;
    readonly message: string;
    /** Where in the program, unless the mistake is the user's. */
    readonly stack?: string;
    /** Counted from 1, where it may be tried again. */
    readonly attempt?: number;
    /** That it is tried again. */
    readonly again?: true;
    /** After how many seconds. */
    readonly pause?: number;
  }
  /** It does not run, since a step that it needs failed, and the run goes on. */
  | { readonly kind: "step-blocked"; readonly step: string; readonly failed: string }
  /** It was made again, and came out otherwise than what was stored under the same key. */
  | {
    readonly kind: "step-differs";
    readonly step: string;
    readonly key: string;
    /** Outputs, and metrics as `metrics.name`. */
    readonly what: readonly string[];
    /** Whether what was stored was made on another machine. */
    readonly elsewhere: boolean;
  }
  /** Another process is making the step's result. */
  | {
    readonly kind: "step-waiting";
    readonly step: string;
    readonly stage: string;
    readonly key: string;
  }
  | {
    readonly kind: "damaged";
    readonly step: string;
    readonly what: string;
    readonly problem: string;
  }
  | {
    readonly kind: "other-machines";
    /** How many results of the run were made on other machines than this. */
    readonly results: number;
    readonly machines: readonly Machine[];
    readonly here: Machine;
  }
  | { readonly kind: "warning"; readonly message: string }
  /** Which iteration of a loop with `until` is the last, told when the step that decides it is done. */
  | {
    readonly kind: "loop-ended";
    /** Such as `meta`. */
    readonly loop: string;
    /** How many iterations it has. */
    readonly iterations: number;
    /** How many it may have. */
    readonly times: number;
    /** The condition. */
    readonly until: string;
    /** Whether it holds. */
    readonly met: boolean;
    /** The metric in the last iteration. */
    readonly value: Json;
  }
  | {
    readonly kind: "run-finished";
    readonly status: "done" | "failed" | "stopped";
    readonly ran: number;
    readonly cached: number;
    /** Steps of iterations that were not reached. */
    readonly skipped: number;
    /** Steps that need one that failed, where there are any. */
    readonly blocked?: number;
    readonly seconds: number;
  };

/** An event of a run that is recorded. */
export type Stamped = Event & {
  /** When, as in ISO 8601. */
  readonly time: string;
  /** Id of the run. */
  readonly run: string;
};

/** Takes events as they happen. */
export type Listener = (event: Event) => void;
