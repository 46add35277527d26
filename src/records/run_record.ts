import type { Json, JsonObject, Machine } from "../core/mod.ts";

/** How a run stands: `running` as long as its process lives, `killed` when it ended without a word. */
export type RunStatus = typeof STATUSES[number];

const STATUSES = ["running", "done", "failed", "stopped", "killed"] as const;

/** The place of a run in a sweep. */
export interface SweepPlace {
  /** Such as `sweep-3c1f`. */
  readonly id: string;
  /** What the user calls the sweep. */
  readonly name?: string;
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
  /** Of processors, with what its other processes took. */
  readonly cpuSeconds?: number;
  /** Most memory that the process itself had at a time, in bytes. */
  readonly peakBytes?: number;
  /** Other processes that ran steps of it, where there were any; what one took that was killed is not known. */
  readonly workers?: {
    readonly processes: number;
    readonly cpuSeconds: number;
    /** Most memory that one of them had at a time, in bytes. */
    readonly peakBytes: number;
  };
}

/** What a record has that an earlier version wrote without it, or that is damaged. */
const UNTOLD = {
  ...{ file: "", folder: "", overrides: [], seed: 0, versions: {}, device: "", machine: {} },
  ...{ steps: 0, ran: 0, cached: 0, skipped: 0, failed: 0 },
} as const;

const isText = (value: Json) => typeof value === "string";
const isNumber = (value: Json) => typeof value === "number";
const isTexts = (value: Json) => Array.isArray(value) && value.every(isText);
const isMap = (value: Json): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isFlat = (value: Json) =>
  isMap(value) && Object.values(value).every((one) => isText(one) || isNumber(one));

/** What each value of a record is; one that is something else is as good as none. */
const SHAPES: { readonly [name in keyof RunRecord]-?: (value: Json) => boolean } = {
  ...{ id: isText, pipeline: isText, file: isText, folder: isText, started: isText },
  ...{ name: isText, command: isText, finished: isText, device: isText },
  ...{ seed: isNumber, steps: isNumber, ran: isNumber, cached: isNumber, skipped: isNumber },
  ...{ failed: isNumber, seconds: isNumber, cpuSeconds: isNumber, peakBytes: isNumber },
  status: (value) => STATUSES.some((status) => status === value),
  overrides: isTexts,
  versions: isFlat,
  machine: isFlat,
  workers: (value) =>
    isMap(value) &&
    ["processes", "cpuSeconds", "peakBytes"].every((one) => isNumber(value[one] ?? null)),
  git: (value) => isMap(value) && isText(value.commit ?? null) && typeof value.dirty === "boolean",
  sweep: (value) =>
    isMap(value) && isText(value.id ?? null) && isText(value.name ?? "") &&
    isTexts(value.overrides ?? null),
};

/** A record in JSON as a record; undefined when it is none. What else is damaged in it is left out. */
export function asRecord(value: Json): RunRecord | undefined {
  if (!isMap(value)) return undefined;
  const shapes = new Map<string, (value: Json) => boolean>(Object.entries(SHAPES));
  const sound = Object.entries(value).filter(([name, one]) => shapes.get(name)?.(one) ?? true);
  const record = Object.fromEntries(sound);
  const { overrides = [] } = value;
  if (!isTexts(overrides)) return undefined; // the same again would be another run
  const whole = ["id", "pipeline", "started", "status"].every((name) =>
    Object.hasOwn(record, name)
  );
  return whole ? { ...UNTOLD, ...record as unknown as RunRecord } : undefined;
}
