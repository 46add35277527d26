import type { Action } from "./action.ts";
import { Inline } from "./inline.ts";
import type { Plan } from "./planned.ts";
import type { RunOptions } from "./run_options.ts";
import { Scheduler } from "./scheduler.ts";

/** How a run ended. */
export interface RunResult {
  /** `stopped` is by the signal. */
  readonly status: "done" | "failed" | "stopped";
  /** Results by step id. */
  readonly actions: ReadonlyMap<string, Action>;
}

/**
 * Runs the steps of a plan, taking from the store what is there, each as soon as what it needs is there. What another
 * process is making is left for later. Running the same plan again goes on where the last run ended, however it ended.
 */
export async function runPlan<S>(plan: Plan<S>, options: RunOptions<S>): Promise<RunResult> {
  const { store, listen } = options, started = performance.now();
  using _presence = await store.enter();
  store.sweep();
  listen({
    kind: "run-started",
    pipeline: plan.name,
    steps: plan.steps.length,
    device: plan.device,
  });
  const scheduler = new Scheduler(plan, { ...options, executors: openerOf(plan, options) });
  try {
    await scheduler.run();
  } finally {
    store.release();
  }
  const seconds = (performance.now() - started) / 1000;
  const { status, results, tally: { ran, cached, skipped, blocked } } = scheduler;
  const unreached = { skipped, ...blocked > 0 ? { blocked } : {} };
  listen({ kind: "run-finished", status, ran, cached, ...unreached, seconds });
  return { status, actions: results };
}

/** What opens where jobs run: in this process, unless the options say otherwise. */
function openerOf<S>({ steps }: Plan<S>, options: RunOptions<S>) {
  if (options.executors !== undefined) return options.executors;
  const { services: open } = options;
  if (open === undefined) {
    throw new TypeError("Cannot run jobs: there are neither executors nor services");
  }
  let services: Promise<S> | undefined;
  const stages = new Map(steps.map(({ id, stage }) => [id, stage]));
  const shop = { ...options, services: () => services ??= open() };
  const here = new Inline(shop, ({ step }) => stages.get(step)!);
  return () => Promise.resolve({ here, main: here });
}
