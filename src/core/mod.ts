export type { Action, Damage, Lookup, Machine } from "./action.ts";
export { copyArtifact } from "./artifact.ts";
export type { Manifest } from "./artifacts.ts";
export { CodeDigests, type PackedCode } from "./code.ts";
export { ifThere, writeAll } from "./files.ts";
export { combinations, parseRange, rangeValues } from "./matrix.ts";
export { Holdings, type Things } from "./holdings.ts";
export { Lock } from "./lock.ts";
export { Presence } from "./presence.ts";
export {
  clip,
  closest,
  type Diagnostic,
  DiagnosticError,
  formatDiagnostic,
  formatPlace,
  type Location,
  suggest,
} from "./diagnostic.ts";
export { Document, type Json, type JsonObject, type Path, type PipelineText } from "./document.ts";
export type { Source, Span } from "./source.ts";
export type { Event, Listener, Metrics, Stamped } from "./event.ts";
export {
  brief,
  canonicalJson,
  describeDifference,
  digestJson,
  type KeyDifference,
  keyOf,
  type KeyParts,
  listDifferences,
  type Seed,
} from "./key.ts";
export { freeOld, oldBytes } from "./store_layout.ts";
export { discard, entryIfThere } from "./files.ts";
export { isOsError, osReason, withReason } from "./os_error.ts";
export { applyOverrides } from "./override.ts";
export {
  type Definition,
  isModule,
  type Library,
  type Located,
  type ModuleUse,
  type Use,
} from "./library.ts";
export { makePlan, type Planning } from "./plan.ts";
export { Misplaced } from "./misplaced.ts";
export { counted } from "./counted.ts";
export type {
  Binding,
  Choice,
  EndingLoop,
  Guard,
  OutputRef,
  Plan,
  PlannedStep,
  Source as InputSource,
} from "./planned.ts";
export { isMistake } from "./attempts.ts";
export { firstOutput, isChoice, possibleOutputs } from "./choice.ts";
export { type Forecast, forecast, type Prospect } from "./forecast.ts";
export { keyParts } from "./ready.ts";
export {
  demandOn,
  formatAmount,
  parseAmount,
  parseSize,
  type Resources,
  shortOf,
  tooMuch,
} from "./resources.ts";
export { Dependencies } from "./dependencies.ts";
export { type Executor, type Executors, JobLost } from "./executor.ts";
export { Inline } from "./inline.ts";
export type { Job, Outcome } from "./job.ts";
export type { Permissions } from "./permissions.ts";
export { InputDamage, itemNamed, keptMetrics } from "./execute.ts";
export { told } from "./told.ts";
export { makeJob, type Workshop } from "./make.ts";
export { runPlan, type RunResult } from "./run.ts";
export {
  missingSteps,
  nearestStep,
  select,
  type Selection,
  stepsNamed,
  type Wanted,
} from "./selection.ts";
export { describeUntil, type Until } from "./until.ts";
export type { RunOptions } from "./run_options.ts";
export {
  type Artifact,
  type Input,
  type Output,
  parsePort,
  type PortSpec,
  type Stage,
  type StageContext,
  type StageDefinition,
} from "./stage.ts";
export { Store } from "./store.ts";
export { Tables, TableWriter } from "./tables.ts";
