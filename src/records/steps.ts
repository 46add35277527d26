/** What the events of a run tell of its steps. @module */
import type { Metrics, Stamped } from "../core/mod.ts";

/** How a step stands; `unfinished` when its run ended, or was killed, before it did, `blocked` by one that failed. */
export type StepState =
  | "running"
  | "waiting"
  | "unfinished"
  | "ran"
  | "cached"
  | "failed"
  | "blocked";

/** How far a step is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly numbers: Readonly<Record<string, number>>;
  /** When it was told, as in ISO 8601. */
  readonly time: string;
}

/** An attempt that failed before another. */
export interface Failure {
  /** Counted from 1. */
  readonly attempt: number;
  readonly message: string;
  /** Where in the program, unless the mistake is the user's. */
  readonly stack?: string;
  /** When, as in ISO 8601. */
  readonly time: string;
}

/** A step of a run, as far as the run came with it. */
export interface RunStep {
  readonly step: string;
  /** Not known of a step that failed before it began. */
  readonly stage?: string;
  readonly key?: string;
  readonly state: StepState;
  /** How often it has begun, where that is more than once. */
  readonly attempt?: number;
  /** How it failed before, where it was tried again. */
  readonly failures?: readonly Failure[];
  /** As in ISO 8601; not there for what was found in the store. */
  readonly started?: string;
  readonly finished?: string;
  /** What it took, of a step that ran. */
  readonly seconds?: number;
  /** What its processes took of processors, where it ran in such. */
  readonly cpuSeconds?: number;
  /** The numbers that it gave back. */
  readonly metrics: Metrics;
  /** Digests of its outputs. */
  readonly outputs: Readonly<Record<string, string | readonly string[]>>;
  /** The last that was told. */
  readonly progress?: Progress;
  /** Why it failed, and where in the program; or why it did not run. */
  readonly message?: string;
  readonly stack?: string;
}

/** Counts how often steps have begun. */
export class Attempts {
  readonly #begun = new Map<string, number>();

  /** Takes the next event of a step. @returns the attempt that it is of, counted from 1 */
  count({ kind, step }: { readonly kind: Stamped["kind"]; readonly step: string }): number {
    const before = this.#begun.get(step) ?? 0;
    if (kind !== "step-started") return Math.max(1, before);
    this.#begun.set(step, before + 1);
    return before + 1;
  }
}

/** A step of which nothing is known. */
function fresh(step: string): RunStep {
  return { step, state: "running", metrics: {}, outputs: {} };
}

/** Follows a run event by event. */
export class StepFold {
  readonly #steps = new Map<string, RunStep>();
  readonly #attempts = new Attempts();

  /** Takes the next event. */
  take(event: Stamped): void {
    switch (event.kind) {
      case "step-started":
      case "step-waiting": {
        const { step, stage, key, time } = event;
        const isRunning = event.kind === "step-started";
        const state = isRunning ? "running" : "waiting", attempt = this.#attempts.count(event);
        const { failures, cpuSeconds } = this.#steps.get(step) ?? {};
        this.#steps.set(step, {
          ...{ step, stage, key, state, started: time, metrics: {}, outputs: {} },
          ...isRunning && attempt > 1 ? { attempt } : {},
          ...failures === undefined ? {} : { failures },
          ...cpuSeconds === undefined ? {} : { cpuSeconds },
        });
        return;
      }
      case "step-progress": {
        const { step, done, total, numbers, time } = event;
        return this.#change(step, { progress: { done, total, numbers, time } });
      }
      case "step-finished": {
        const { step, stage, key, cached, seconds, metrics, outputs, time } = event;
        const state = cached ? "cached" : "ran";
        const took = cached ? {} : { seconds };
        return this.#change(step, {
          ...{ stage, key, state, finished: time, ...took },
          ...{ metrics, outputs },
        });
      }
      case "step-used": {
        const { cpuSeconds = 0 } = this.#steps.get(event.step) ?? {};
        return this.#change(event.step, { cpuSeconds: cpuSeconds + event.cpuSeconds });
      }
      case "step-failed": {
        const { step, message, stack, time, again } = event;
        const where = stack === undefined ? {} : { stack };
        if (again === true) {
          const failed = { attempt: this.#attempts.count(event), message, ...where, time };
          const { failures = [] } = this.#steps.get(step) ?? {};
          const { progress: _, ...before } = this.#steps.get(step) ?? fresh(step);
          this.#steps.set(step, { ...before, state: "waiting", failures: [...failures, failed] });
          return;
        }
        return this.#change(step, { state: "failed", finished: time, message, ...where });
      }
      case "step-blocked":
        return this.#change(event.step, {
          state: "blocked",
          message: `it needs ${event.failed}, which failed`,
        });
    }
  }

  /** The steps so far, in the order in which they were first told. @param lives whether the run goes on */
  steps(lives: boolean): RunStep[] {
    const isOpen = ({ state }: RunStep) => state === "running" || state === "waiting";
    return [...this.#steps.values()].map((one) =>
      !lives && isOpen(one) ? { ...one, state: "unfinished" } : one
    );
  }

  #change(step: string, change: Partial<RunStep>): void {
    const before = this.#steps.get(step) ?? fresh(step);
    this.#steps.set(step, { ...before, ...change });
  }
}

/** The steps that the events of a run tell of. @param lives whether it goes on */
export function stepsOf(events: Iterable<Stamped>, lives: boolean): RunStep[] {
  const fold = new StepFold();
  for (const event of events) fold.take(event);
  return fold.steps(lives);
}
