import type { Action, Lookup, Machine } from "./action.ts";
import { DiagnosticError, formatPlace } from "./diagnostic.ts";
import { Ends } from "./ends.ts";
import { execute, InputDamage } from "./execute.ts";
import { keyOf, randomRoot } from "./key.ts";
import type { Lock } from "./lock.ts";
import type { EndingLoop, Plan, PlannedStep } from "./planned.ts";
import { keyParts, readyStep, valueAt } from "./ready.ts";
import type { RunOptions } from "./run_options.ts";
import { describeUntil } from "./until.ts";

/** How a run ended. */
export interface RunResult {
  /** `stopped` is by the signal. */
  readonly status: "done" | "failed" | "stopped";
  /** Results by step id. */
  readonly actions: ReadonlyMap<string, Action>;
}

/** How often a step is tried whose inputs are damaged each time it runs. */
const ATTEMPTS = 3;

/**
 * Runs the steps of a plan in order, taking from the store what is there. Running the same plan again goes on
 * where the last run ended, however it ended.
 */
export async function runPlan<S>(plan: Plan<S>, options: RunOptions<S>): Promise<RunResult> {
  const { store, listen, signal } = options;
  const started = performance.now();
  let services: Promise<S> | undefined;
  const actions = new Map<string, Action>();
  const run: Running<S> = {
    options: { ...options, services: () => services ??= options.services() },
    steps: new Map(plan.steps.map((step) => [step.id, step])),
    actions,
    made: new Set(),
    ends: new Ends((step) => actions.get(step)?.metrics),
    loops: new Map(plan.loops.flatMap((loop) => loop.deciders.map((step) => [step, loop]))),
  };
  let skipped = 0;
  let status: RunResult["status"] = "done";
  store.sweep();
  listen({
    kind: "run-started",
    pipeline: plan.name,
    steps: plan.steps.length,
    device: plan.device,
  });
  try {
    for (const step of plan.steps) {
      try {
        signal.throwIfAborted();
        if (run.ends.reaches(step.when) === "no") {
          skipped++;
          continue;
        }
        await settle(step, run);
        followLoop(step, run);
      } catch (error) {
        status = signal.aborted ? "stopped" : "failed";
        if (status === "failed") listen({ kind: "step-failed", step: step.id, ...told(error) });
        break;
      }
    }
  } finally {
    store.release();
  }
  tellOtherMachines(run);
  const seconds = (performance.now() - started) / 1000, ran = run.made.size;
  const cached = run.actions.size - ran;
  listen({ kind: "run-finished", status, ran, cached, skipped, seconds });
  return { status, actions: run.actions };
}

/** A run at work. */
interface Running<S> {
  readonly options: RunOptions<S>;
  readonly steps: ReadonlyMap<string, PlannedStep<S>>;
  /** Results so far. */
  readonly actions: Map<string, Action>;
  /** The steps among them that were made, not found. */
  readonly made: Set<string>;
  /** Which iterations of loops run. */
  readonly ends: Ends;
  /** The loops that may end early, by the steps that tell. */
  readonly loops: ReadonlyMap<string, EndingLoop>;
}

/** Runs a step; where its inputs turn out to be damaged, the steps that gave them first, and it again. */
async function settle<S>(step: PlannedStep<S>, run: Running<S>): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await runStep(step, run);
    } catch (error) {
      if (!(error instanceof InputDamage) || attempt === ATTEMPTS) throw error;
      run.options.listen({ kind: "damaged", step: step.id, ...error.damage });
      await settle(run.steps.get(error.source)!, run);
    }
  }
}

/** Tells when a step's metrics show that a loop has come to its end. @throws {DiagnosticError} when they cannot */
function followLoop<S>(step: PlannedStep<S>, { loops, ends, options }: Running<S>): void {
  const loop = loops.get(step.id);
  if (loop === undefined) return;
  const end = ends.of(loop), { until: { location }, deciders } = loop;
  if (end.kind === "wrong") {
    throw new DiagnosticError([{ message: end.message, hint: end.hint, location }]);
  }
  if (end.kind === "unknown") return;
  const { last, met, value } = end, until = describeUntil(loop.until);
  const iterations = last + 1, times = deciders.length;
  options.listen({ kind: "loop-ended", loop: loop.id, iterations, times, until, met, value });
}

async function runStep<S>(planned: PlannedStep<S>, run: Running<S>): Promise<void> {
  const { options: { store, listen, code, machine }, actions } = run;
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
  if (take(store.find(key, step.stage.outputs))) return;
  using _lock = await lockKey(step, key, run.options);
  const lookup = store.find(key, step.stage.outputs); // another process may have made it meanwhile
  if (take(lookup)) return;
  if (lookup.kind === "damaged") listen({ kind: "damaged", step: step.id, ...lookup.damage });
  listen({ kind: "step-started", ...identity });
  const started = performance.now();
  const { outputs, metrics } = await execute(step, randomRoot(parts), actions, run.options);
  const seconds = (performance.now() - started) / 1000;
  // A file of the user's may have been changed while the stage read it.
  if (step.files.length > 0 && keyOf(keyParts(step, actions, code, store)) !== key) {
    const message = `its files changed while it read them: ${
      step.files.map((path) => valueAt(step.config, path)).join(", ")
    }`;
    throw new DiagnosticError([{ message, hint: "run it again when they are complete" }]);
  }
  const action: Action = { key, parts, outputs, metrics, seconds, machine: machine?.() ?? {} };
  store.addAction(action);
  actions.set(step.id, action);
  run.made.add(step.id);
  listen({ kind: "step-finished", ...identity, cached: false, seconds, metrics, outputs });
}

/** Waits until no other process makes the result of a key. */
async function lockKey<S>(
  step: PlannedStep<S>,
  key: string,
  { store, listen, signal }: RunOptions<S>,
): Promise<Lock> {
  for (let wait = 10;; wait = Math.min(2 * wait, 500)) {
    const lock = store.tryLock(key);
    if (lock !== undefined) return lock;
    // A sweep holds a lock for a moment: not worth a line.
    if (wait === 160) listen({ kind: "step-waiting", step: step.id, stage: step.stage.name, key });
    await new Promise((resolve) => setTimeout(resolve, wait));
    signal.throwIfAborted();
  }
}

function isRefused<S>(action: Action, { machine, sameMachine }: RunOptions<S>): boolean {
  return sameMachine === true && machine !== undefined && isOther(action.machine, machine());
}

/** Whether a result was made on another machine, by what is known of this one. */
function isOther(made: Machine, here: Machine): boolean {
  return Object.entries(here).some(([name, value]) => made[name] !== value);
}

/** One event for all results that were made on other machines than this. */
function tellOtherMachines<S>({ options: { machine, listen }, actions }: Running<S>): void {
  if (machine === undefined) return;
  const here = machine();
  const others = [...actions.values()].map((action) => action.machine)
    .filter((made) => isOther(made, here));
  if (others.length === 0) return;
  const machines = [...new Map(others.map((made) => [JSON.stringify(made), made])).values()];
  listen({ kind: "other-machines", results: others.length, machines, here });
}

/** What an event tells of an error; a user's mistake has no stack. */
function told(error: unknown): { readonly message: string; readonly stack?: string } {
  if (error instanceof DiagnosticError) {
    const lines = error.diagnostics.map(({ message, hint, location }) => {
      const place = location === undefined ? "" : `${formatPlace(location)}: `;
      return `${place}${message}${hint === undefined ? "" : ` (${hint})`}`;
    });
    return { message: lines.join("\n") };
  }
  if (!(error instanceof Error)) return { message: String(error) };
  return { message: error.message, ...error.stack === undefined ? {} : { stack: error.stack } };
}
