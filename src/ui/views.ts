/** What the server tells the page: the types that both know. @module */
import type { Json, JsonObject, KeyParts } from "../core/mod.ts";
import type { RunRecord } from "../records/mod.ts";
import type { RunStep } from "../records/steps.ts";

/** A step of a run. */
export interface StepView extends RunStep {
  /** Without iterations and values of axes, such as `meta.students`: steps of one name make a chart. */
  readonly name: string;
  /** In the plan; steps begin and end in another order. */
  readonly place: number;
  /** Of the loops around it, the outermost first. */
  readonly iterations: readonly number[];
  /** Seconds that it will still take, where it runs and that can be told. */
  readonly left?: number;
  /** Bytes of its tables, by name: a table that has grown has more. */
  readonly tables: Readonly<Record<string, number>>;
}

/** A line of a run's log. */
export interface LogLine {
  /** Its place in the log, counted from 0. */
  readonly at: number;
  /** As in ISO 8601. */
  readonly time: string;
  /** Of the event. */
  readonly kind: string;
  /** Empty where it is of no step. */
  readonly step: string;
  readonly text: string;
}

/** A run as it stands. */
export interface RunView {
  readonly record: RunRecord;
  readonly steps: readonly StepView[];
  /** How many lines its log has. */
  readonly lines: number;
}

/** What has changed of a run. */
export interface RunChange {
  readonly record?: RunRecord;
  /** Those that are new or not as they were. */
  readonly steps: readonly StepView[];
  /** New lines. */
  readonly log: readonly LogLine[];
}

/** The runs of a store. */
export interface RunsView {
  /** Absolute path of the store. */
  readonly store: string;
  /** The latest first. */
  readonly runs: readonly RunRecord[];
}

/** Lines of a run's log. */
export interface LogView {
  /** The last of those that match. */
  readonly lines: readonly LogLine[];
  /** How many match. */
  readonly matched: number;
  /** How many there are. */
  readonly total: number;
}

/** Why a step's key is what it is. */
export interface ExplainView {
  readonly key: string;
  /** What the key is made of; not there where the step has no result, which it is kept with. */
  readonly parts?: KeyParts;
  /** The run that it is compared with, and what differs; not there where no other has the step. */
  readonly before?: {
    readonly run: string;
    readonly key: string;
    readonly lines?: readonly string[];
  };
}

/** Rows of a table, from one on. */
export interface PointsView {
  readonly rows: readonly JsonObject[];
}

/** Which rows of a table are wanted. */
export interface RowFilter {
  /** Outcome of the verdict. */
  readonly verdict?: string;
  /** Bounds of the reward. */
  readonly min?: number;
  readonly max?: number;
  /** The first and the last step. */
  readonly from?: number;
  readonly to?: number;
  /** What any of their texts has, upper case or lower. */
  readonly text?: string;
}

/** A row in a list: texts are cut. */
export interface RowBrief {
  /** Its place in the table, counted from 0. */
  readonly row: number;
  readonly verdict?: string;
  readonly reward?: number;
  readonly step?: number;
  /** How what was written begins. */
  readonly text: string;
}

/** A page of the rows that match. */
export interface RowsView {
  /** Rows of the table. */
  readonly total: number;
  /** Rows that match. */
  readonly matched: number;
  /** Rows that had no room, and are not in the table. */
  readonly leftOut: number;
  /** How many of all rows have each verdict. */
  readonly verdicts: Readonly<Record<string, number>>;
  readonly rows: readonly RowBrief[];
}

/** A row, whole. */
export interface RowView {
  readonly row: number;
  readonly value: Readonly<Record<string, Json>>;
}
