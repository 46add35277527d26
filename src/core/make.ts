/** How a job's result comes about: once, whoever else is about to make it. @module */
import { type Action, differingParts } from "./action.ts";
import { DiagnosticError } from "./diagnostic.ts";
import { execute, type Executing } from "./execute.ts";
import type { Job, Outcome } from "./job.ts";
import { describeDifference, keyOf, randomRoot } from "./key.ts";
import type { Lock } from "./lock.ts";
import { isOther, isRefused } from "./machines.ts";
import { keyParts, valueAt } from "./ready.ts";
import type { RunOptions } from "./run_options.ts";
import type { Stage } from "./stage.ts";

/** Milliseconds that a lock is waited for: a sweep holds one for a moment, which is no reason to go on elsewhere. */
const PATIENCE = 80;

/** What making a job's result needs. */
export type Workshop<S> =
  & Executing<S>
  & Pick<RunOptions<S>, "code" | "machine">;

/**
 * Makes a job's result, unless another process does.
 *
 * @throws {InputDamage} when it did not read what its key says
 * @throws {DiagnosticError} when the key is another by now: its code is, or files that it reads
 */
export async function makeJob<S>(
  job: Job,
  stage: Stage<S>,
  workshop: Workshop<S>,
): Promise<Outcome> {
  const { store, listen, code, machine } = workshop;
  const { step, key, again = false, sameMachine = false } = job;
  using lock = await lockKey(key, workshop);
  if (lock === undefined) return { kind: "busy" };
  const over = store.resultOf(key), lookup = store.find(key, stage.outputs);
  if (!again && lookup.kind === "hit") {
    const { action } = lookup, refusal = { sameMachine, ...machine && { machine } };
    if (!isRefused(action, refusal)) return { kind: "found", action };
  }
  if (lookup.kind === "damaged") listen({ kind: "damaged", step, ...lookup.damage });
  const parts = keyParts(job, job.inputs, code, store);
  if (keyOf(parts) !== key) throw changedBefore(job, describeDifference(job.parts, parts));
  const tried = job.attempt === undefined ? {} : { attempt: job.attempt };
  listen({ kind: "step-started", step, stage: stage.name, key, ...tried });
  const started = performance.now();
  const made = await execute(job, stage, randomRoot(parts), workshop);
  const seconds = (performance.now() - started) / 1000;
  // A file of the user's may have been changed while the stage read it.
  if (job.files.length > 0 && keyOf(keyParts(job, job.inputs, code, store)) !== key) {
    const message = `its files changed while it read them: ${
      job.files.map((path) => valueAt(job.config, path)).join(", ")
    }`;
    throw new DiagnosticError([{ message, hint: "run it again when they are complete" }]);
  }
  const action: Action = { key, parts, ...made, seconds, machine: machine?.() ?? {} };
  if (over !== undefined) store.tables.settle(key);
  store.addAction(action);
  store.checkpoints.remove(key);
  const what = again && lookup.kind === "hit" ? differingParts(lookup.action, action) : [];
  if (lookup.kind !== "hit" || what.length === 0) return { kind: "made", action };
  const elsewhere = isOther(lookup.action.machine, action.machine);
  return { kind: "made", action, differs: { what, elsewhere } };
}

function changedBefore(job: Job, differences: readonly string[]): DiagnosticError {
  const message = `${job.step} is another computation by now: ${differences.join("; ")}`;
  return new DiagnosticError([{ message, hint: "run the pipeline again" }]);
}

/** The lock of a key; undefined while another process makes its result. */
async function lockKey(
  key: string,
  { store, signal }: Pick<Executing<unknown>, "store" | "signal">,
): Promise<Lock | undefined> {
  for (let wait = 10;; wait *= 2) {
    const lock = store.tryLock(key);
    if (lock !== undefined || wait > PATIENCE) return lock;
    await new Promise((resolve) => setTimeout(resolve, wait));
    signal.throwIfAborted();
  }
}
