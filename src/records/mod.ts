/** What runs leave to be looked into: records and events. @module */
export { Durations, lastKeys } from "./history.ts";
export type { GitState, RunFacts, RunRecord, RunStatus } from "./run_record.ts";
export { DOCUMENT_FILE, EVENTS_FILE, RECORD_FILE, runsDirectory } from "./run_files.ts";
export { findRun, listRuns, readDocument, readEvents, readRecord } from "./runs.ts";
export { RunWriter } from "./run_writer.ts";
