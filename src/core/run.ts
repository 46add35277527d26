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

/** Milliseconds between looks at what another process is making: doubled from the first on. */
const PAUSE = { first: 160, longest: 500 };
/** Milliseconds that a lock is waited for: a sweep holds one for a moment, which is no reason to go on elsewhere. */
const PATIENCE = 80;

/** How often a step is tried whose inputs are damaged each time it runs. */
const ATTEMPTS = 3;

/**
 * Runs the steps of a plan in order, taking from the store what is there. What another process is making is left for later,
 * and steps that do not need it go on meanwhile. Running the same plan again goes on where the last run ended, however it
 * ended.
 */
export async function runPlan<S>(plan: Plan<S>, options: RunOptions<S>): Promise<RunResult> {
  const { store, listen, signal } = options, { tableBytes, checkpointTimes } = plan;
  const started = performance.now();
  let services: Promise<S> | undefined;
  const actions = new Map<string, Action>();
  const run: Running<S> = {
    options: {
      ...options,
      ...tableBytes === undefined ? {} : { tableBytes },
      ...checkpointTimes === undefined ? {} : { checkpointTimes },
      services: () => services ??= options.services(),
    },
    steps: new Map(plan.steps.map((step) => [step.id, step])),
    actions,
    busy: new Map(),
    made: new Set(),
    ends: new Ends((step) => actions.get(step)?.metrics),
    loops: new Map(plan.loops.flatMap((loop) => loop.deciders.map((step) => [step, loop]))),
  };
  let skipped = 0;
  let status: RunResult["status"] = "done";
  using _presence = await store.enter();
  store.sweep();
  listen({
    kind: "run-started",
    pipeline: plan.name,
    steps: plan.steps.length,
    device: plan.device,
  });
  try {
    let left: readonly PlannedStep<S>[] = plan.steps;
    for (let pause = PAUSE.first; left.length > 0 && status === "done";) {
      const later: PlannedStep<S>[] = [];
      let settled = 0;
      for (const [i, step] of left.entries()) {
        try {
          signal.throwIfAborted();
          const reached = run.ends.reaches(step.when);
          if (reached === "no") skipped++;
          else if (later.length > 0 && !isReady(step, run)) later.push(step);
          else if (await settle(step, run)) {
            settled++;
            followLoop(step, run);
            if (later.length === 0 || !run.made.has(step.id)) continue;
            later.push(...left.slice(i + 1)); // that took its time: those before may be there now
            break;
          } else later.push(step);
        } catch (error) {
          status = signal.aborted ? "stopped" : "failed";
          if (status === "failed") listen({ kind: "step-failed", step: step.id, ...told(error) });
          break;
        }
      }
      left = later;
      pause = settled > 0 ? PAUSE.first : await rest(pause, left, run);
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
  /** Keys of steps that another process was seen to be making. */
  readonly busy: Map<string, string>;
  /** The steps among them that were made, not found. */
  readonly made: Set<string>;
  /** Which iterations of loops run. */
  readonly ends: Ends;
  /** The loops that may end early, by the steps that tell. */
  readonly loops: ReadonlyMap<string, EndingLoop>;
}

/** Whether everything that a step reads is there, where steps before it were left for later. */
function isReady<S>(step: PlannedStep<S>, { ends, actions }: Running<S>): boolean {
  if (ends.reaches(step.when) !== "yes") return false;
  const ready = readyStep(step, ends);
  return ready !== undefined &&
    Object.values(ready.inputs).every(({ sources }) =>
      sources.every((one) => actions.has(one.step))
    );
}

/** Waits for other processes, where nothing else is to be done. @returns how long to wait the next time */
async function rest<S>(
  pause: number,
  [step]: readonly PlannedStep<S>[],
  { options: { listen, signal }, busy }: Running<S>,
): Promise<number> {
  const key = step && busy.get(step.id);
  if (step === undefined || key === undefined || signal.aborted) return pause;
  if (pause === PAUSE.first) {
    listen({ kind: "step-waiting", step: step.id, stage: step.stage.name, key });
  }
  await new Promise((resolve) => setTimeout(resolve, pause));
  return Math.min(2 * pause, PAUSE.longest);
}

/**
 * Runs a step; where its inputs turn out to be damaged, the steps that gave them first, and it again.
 *
 * @returns whether it has a result: another process may be making it
 */
async function settle<S>(step: PlannedStep<S>, run: Running<S>): Promise<boolean> {
  for (let attempt = 1;; attempt++) {
    try {
      return await runStep(step, run);
    } catch (error) {
      if (!(error instanceof InputDamage) || attempt === ATTEMPTS) throw error;
      run.options.listen({ kind: "damaged", step: step.id, ...error.damage });
      const source = run.steps.get(error.source)!;
      for (let pause = PAUSE.first; !await settle(source, run);) {
        run.options.signal.throwIfAborted();
        pause = await rest(pause, [source], run);
      }
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

/** @returns whether it has a result */
async function runStep<S>(planned: PlannedStep<S>, run: Running<S>): Promise<boolean> {
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
  if (take(store.find(key, step.stage.outputs))) return true;
  using lock = await lockKey(key, run.options);
  if (lock === undefined) {
    busy.set(step.id, key);
    return false;
  }
  const lookup = store.find(key, step.stage.outputs); // another process may have made it meanwhile
  if (take(lookup)) return true;
  if (lookup.kind === "damaged") listen({ kind: "damaged", step: step.id, ...lookup.damage });
  listen({ kind: "step-started", ...identity });
  const started = performance.now();
  const { outputs, metrics } = await execute(step, key, randomRoot(parts), actions, run.options);
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
  store.checkpoints.remove(key);
  actions.set(step.id, action);
  run.made.add(step.id);
  listen({ kind: "step-finished", ...identity, cached: false, seconds, metrics, outputs });
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
