import type { Action } from "./action.ts";
import { DiagnosticError } from "./diagnostic.ts";
import { Ends } from "./ends.ts";
import { InputDamage } from "./execute.ts";
import { Lost } from "./lost.ts";
import { tellOtherMachines } from "./machines.ts";
import type { Plan, PlannedStep } from "./planned.ts";
import { readyStep } from "./ready.ts";
import type { RunOptions } from "./run_options.ts";
import { runStep } from "./run_step.ts";
import type { Running } from "./running.ts";
import { told } from "./told.ts";
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
  const ends = new Ends((step) => actions.get(step)?.metrics);
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
    madeKeys: new Set(options.madeBefore),
    attempts: new Map(),
    ends,
    lost: new Lost(ends),
    loops: new Map(plan.loops.flatMap((loop) => loop.deciders.map((step) => [step, loop]))),
  };
  let skipped = 0, blocked = 0;
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
    for (let pause = PAUSE.first, ended = false; left.length > 0 && !ended;) {
      const later: PlannedStep<S>[] = [];
      let settled = 0;
      for (const [i, step] of left.entries()) {
        try {
          signal.throwIfAborted();
          const reached = ends.reaches(step.when);
          const failed = reached === "no" ? undefined : run.lost.causeFor(step);
          if (reached === "no") skipped++;
          else if (failed !== undefined) {
            blocked++;
            run.lost.add(step.id, failed);
            listen({ kind: "step-blocked", step: step.id, failed });
          } else if (later.length > 0 && !isReady(step, run)) later.push(step);
          else if (await settle(step, run)) {
            settled++;
            followLoop(step, run);
            if (later.length === 0 || !run.made.has(step.id)) continue;
            later.push(...left.slice(i + 1)); // that took its time: those before may be there now
            break;
          } else later.push(step);
        } catch (error) {
          status = signal.aborted ? "stopped" : "failed";
          if (status === "failed") tellFailure(step, error, run);
          ended = status === "stopped" || options.keepGoing !== true;
          if (ended) break;
          settled++;
          run.lost.add(step.id);
        }
      }
      left = later;
      if (!ended) pause = settled > 0 ? PAUSE.first : await rest(pause, left, run);
    }
  } finally {
    store.release();
  }
  tellOtherMachines(options, actions);
  const seconds = (performance.now() - started) / 1000, ran = run.made.size;
  const cached = run.actions.size - ran;
  const unreached = { skipped, ...blocked > 0 ? { blocked } : {} };
  listen({ kind: "run-finished", status, ran, cached, ...unreached, seconds });
  return { status, actions: run.actions };
}

/** Tells that a step failed for good. */
function tellFailure<S>(
  { id }: PlannedStep<S>,
  error: unknown,
  { options, attempts }: Running<S>,
): void {
  const attempt = attempts.get(id);
  const tried = attempt === undefined ? {} : { attempt };
  options.listen({ kind: "step-failed", step: id, ...told(error), ...tried });
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
