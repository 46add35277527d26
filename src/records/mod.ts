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
export { findRun, keysMade, listRuns, readDocument, readEvents, readRecord } from "./runs.ts";
export { RunWriter } from "./run_writer.ts";
