import type { Listener } from "./event.ts";
import type { Executor } from "./executor.ts";
import type { Job, Outcome } from "./job.ts";
import { makeJob, type Workshop } from "./make.ts";
import { demandOn, type Resources } from "./resources.ts";
import type { Stage } from "./stage.ts";

/** What one has that nobody counts. */
const UNCOUNTED: Resources = {};

/** Runs jobs in this process, one at a time. */
export class Inline<S> implements Executor {
  readonly capacity: Resources;
  readonly jobs = 1;
  readonly #workshop: Omit<Workshop<S>, "listen" | "signal">;
  readonly #stageOf: (job: Job) => Stage<S>;

  /**
   * @param stageOf the stage of a job
   * @param capacity what there is; as much as jobs take unless given
   */
  constructor(
    workshop: Omit<Workshop<S>, "listen" | "signal">,
    stageOf: (job: Job) => Stage<S>,
    capacity: Resources = UNCOUNTED,
  ) {
    this.#workshop = workshop;
    this.#stageOf = stageOf;
    this.capacity = capacity;
  }

  demand(declared: Resources): Resources {
    return this.capacity === UNCOUNTED ? {} : demandOn(this.capacity, declared);
  }

  run(job: Job, _: Resources, listen: Listener, signal: AbortSignal): Promise<Outcome> {
    return makeJob(job, this.#stageOf(job), { ...this.#workshop, listen, signal });
  }

  /** Nothing is held. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
