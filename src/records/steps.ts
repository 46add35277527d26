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

/** A step of a run, as far as the run came with it. */
export interface RunStep {
  readonly step: string;
  /** Not known of a step that failed before it began. */
  readonly stage?: string;
  readonly key?: string;
  readonly state: StepState;
  /** As in ISO 8601; not there for what was found in the store. */
  readonly started?: string;
  readonly finished?: string;
  /** What it took, of a step that ran. */
  readonly seconds?: number;
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

/** Follows a run event by event. */
export class StepFold {
  readonly #steps = new Map<string, RunStep>();

  /** Takes the next event. */
  take(event: Stamped): void {
    switch (event.kind) {
      case "step-started":
      case "step-waiting": {
        const { step, stage, key, time } = event;
        const state = event.kind === "step-started" ? "running" : "waiting";
        this.#steps.set(step, { step, stage, key, state, started: time, metrics: {}, outputs: {} });
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
      case "step-failed": {
        const { step, message, stack, time } = event;
        const where = stack === undefined ? {} : { stack };
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
    const before = this.#steps.get(step) ?? { step, state: "running", metrics: {}, outputs: {} };
    this.#steps.set(step, { ...before, ...change });
  }
}

/** The steps that the events of a run tell of. @param lives whether it goes on */
export function stepsOf(events: Iterable<Stamped>, lives: boolean): RunStep[] {
  const fold = new StepFold();
  for (const event of events) fold.take(event);
  return fold.steps(lives);
}
