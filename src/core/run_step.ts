import { type Action, differingParts, type Lookup } from "./action.ts";
import { attempt } from "./attempts.ts";
import { DiagnosticError } from "./diagnostic.ts";
import { execute } from "./execute.ts";
import { keyOf, randomRoot } from "./key.ts";
import type { Lock } from "./lock.ts";
import { isOther, isRefused } from "./machines.ts";
import type { PlannedStep } from "./planned.ts";
import { keyParts, readyStep, valueAt } from "./ready.ts";
import type { RunOptions } from "./run_options.ts";
import type { Running } from "./running.ts";

/** Milliseconds that a lock is waited for: a sweep holds one for a moment, which is no reason to go on elsewhere. */
const PATIENCE = 80;

/**
 * Takes a step's result from the store, or runs its stage. What it reads is there.
 *
 * @returns whether it has a result: another process may be making it
 */
export async function runStep<S>(planned: PlannedStep<S>, run: Running<S>): Promise<boolean> {
  const { options: { store, listen, code, machine }, actions, busy } = run;
  const step = readyStep(planned, run.ends)!; // the loops that it reads have ended
  const parts = keyParts(step, actions, code, store);
  const key = keyOf(parts);
  const identity = { step: step.id, stage: step.stage.name, key };
  const take = (lookup: Lookup): boolean => {
    if (lookup.kind !== "hit" || isRefused(lookup.action, run.options)) return false;
    const { metrics, outputs } = lookup.action;
    actions.set(step.id, lookup.action);
    listen({ kind: "step-finished", ...identity, cached: true, seconds: 0, metrics, outputs });
    return true;
  };
  const again = run.options.remade?.has(step.id) === true && !run.madeKeys.has(key);
  if (!again && take(store.find(key, step.stage.outputs))) return true;
  if (run.options.kept?.has(step.id) === true) {
    const message = "its result is not in the store, and it is not among the steps to be made";
    throw new DiagnosticError([{ message, hint: "let it be made too" }]);
  }
  using lock = await lockKey(key, run.options);
  if (lock === undefined) {
    busy.set(step.id, key);
    return false;
  }
  const over = store.resultOf(key);
  const lookup = store.find(key, step.stage.outputs); // another process may have made it meanwhile
  if (!again && take(lookup)) return true;
  if (lookup.kind === "damaged") listen({ kind: "damaged", step: step.id, ...lookup.damage });
  let started = 0;
  const count = (attempt: number) => {
    const tried = step.allowance.retries === 0 ? {} : { attempt };
    if (step.allowance.retries > 0) run.attempts.set(step.id, attempt);
    listen({ kind: "step-started", ...identity, ...tried });
    started = performance.now();
  };
  const root = randomRoot(parts);
  const { outputs, metrics } = await attempt(
    step,
    run.options,
    count,
    (signal) => execute(step, key, root, actions, { ...run.options, signal }),
  );
  const seconds = (performance.now() - started) / 1000;
  // A file of the user's may have been changed while the stage read it.
  if (step.files.length > 0 && keyOf(keyParts(step, actions, code, store)) !== key) {
    const message = `its files changed while it read them: ${
      step.files.map((path) => valueAt(step.config, path)).join(", ")
    }`;
    throw new DiagnosticError([{ message, hint: "run it again when they are complete" }]);
  }
  const action: Action = { key, parts, outputs, metrics, seconds, machine: machine?.() ?? {} };
  if (over !== undefined) store.tables.settle(key);
  store.addAction(action);
  store.checkpoints.remove(key);
  actions.set(step.id, action);
  run.made.add(step.id);
  run.madeKeys.add(key);
  listen({ kind: "step-finished", ...identity, cached: false, seconds, metrics, outputs });
  const what = again && lookup.kind === "hit" ? differingParts(lookup.action, action) : [];
  if (lookup.kind === "hit" && what.length > 0) {
    const elsewhere = isOther(lookup.action.machine, action.machine);
    listen({ kind: "step-differs", step: step.id, key, what, elsewhere });
  }
  return true;
}

/** The lock of a key; undefined while another process makes its result. */
async function lockKey<S>(
  key: string,
  { store, signal }: RunOptions<S>,
): Promise<Lock | undefined> {
  for (let wait = 10;; wait *= 2) {
    const lock = store.tryLock(key);
    if (lock !== undefined || wait > PATIENCE) return lock;
    await new Promise((resolve) => setTimeout(resolve, wait));
    signal.throwIfAborted();
  }
}
