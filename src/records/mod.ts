/**
 * What runs leave to be looked into: records and events. What only some commands need (`compare.ts`, `causes.ts`, …) they
 * import from its file, so that a run does not load it.
 *
 * @module
 */
export type { Modules } from "./code_record.ts";
export { Durations, lastKeys } from "./history.ts";
export type { GitState, RunFacts, RunRecord, RunStatus, SweepPlace } from "./run_record.ts";
export { DOCUMENT_FILE, EVENTS_FILE, RECORD_FILE, runsDirectory } from "./run_files.ts";
export { findRun, listRuns, readDocument, readEvents, readRecord } from "./runs.ts";
export {
  compareOutcomes,
  outcomesOf,
  type StepComparison,
  type StepOutcome,
} from "./reproduction.ts";
export {
  clean,
  type Cleaning,
  type HeldRun,
  heldRuns,
  keysOf,
  planCleaning,
  type Retention,
  total,
} from "./retention.ts";
export { axesOfMap, type Axis, type Member, membersOf, parseAxes } from "./sweep_axes.ts";
export { type MemberResult, type Spread, type SweepRow, sweepTable } from "./sweep_table.ts";
export { RunWriter } from "./run_writer.ts";
