/** Steps whose keys are known, and the jobs that make their results. @module */
import type { Ends } from "./ends.ts";
import type { Job, JobInputs } from "./job.ts";
import { keyOf, type KeyParts } from "./key.ts";
import type { Plan, PlannedStep } from "./planned.ts";
import { inputsOf, keyParts, readyStep, type ResultsByStep } from "./ready.ts";
import type { RunOptions } from "./run_options.ts";

/** A step whose key is known. */
export interface Prepared<S> {
  readonly step: PlannedStep<S>;
  readonly inputs: JobInputs;
  readonly parts: KeyParts;
  readonly key: string;
}

/** Finds the key of a step. What it needs has come to its end. @throws {DiagnosticError} for an item that is not there */
export function prepare<S>(
  step: PlannedStep<S>,
  ends: Ends,
  results: ResultsByStep,
  { code, store }: Pick<RunOptions<S>, "code" | "store">,
): Prepared<S> {
  const ready = readyStep(step, ends)!; // the loops that it reads have ended
  const inputs = inputsOf(ready, results), parts = keyParts(step, inputs, code, store);
  return { step, inputs, parts, key: keyOf(parts) };
}

/** The job that makes a step's result. @param again whether it is made though it is stored */
export function jobOf<S>(
  { step, inputs, parts, key }: Prepared<S>,
  { tableBytes, checkpointTimes }: Plan<S>,
  again: boolean,
  sameMachine: boolean,
): Job {
  const { id, stage: { name, version }, url, config, files, unkeyed, seed } = step;
  return {
    ...{ step: id, key, parts, stage: { name, version }, url, config, files, unkeyed, seed },
    uses: step.uses.map(({ kind, path, name, url }) => ({ kind, path, name, url })),
    inputs,
    ...step.allowance.limit === undefined ? {} : { limit: step.allowance.limit.seconds },
    ...step.permissions === undefined ? {} : { permissions: step.permissions },
    ...again ? { again } : {},
    ...sameMachine ? { sameMachine } : {},
    ...tableBytes === undefined ? {} : { tableBytes },
    ...checkpointTimes === undefined ? {} : { checkpointTimes },
  };
}
