/** A run as far as it is known by its events: what the live view shows. @module */
import type { Event, Json, Plan } from "../../core/mod.ts";
import { Concurrency } from "../../records/concurrency.ts";
import { type Curve, Curves, type Place, placesOf, timesOf } from "./loops.ts";

/** Points of a curve that are kept: more than a line has room for. */
const POINTS = 200;
/** What a curve shows of a row of metrics, the first that it has. */
const SHOWN = ["reward", "loss"] as const;

/** How far a step is, and when it told. */
interface Mark {
  readonly done: number;
  /** Milliseconds. */
  readonly time: number;
}

/** A step that runs. */
export interface RunningStep {
  readonly step: string;
  readonly stage: string;
  /** How often it has begun. */
  readonly attempt: number;
  /** Milliseconds, when it began. */
  readonly started: number;
  /** What it told first and last of how far it is; undefined before it told. */
  readonly first: Mark | undefined;
  readonly last: Mark | undefined;
  /** 0 before it told. */
  readonly total: number;
  readonly numbers: Readonly<Record<string, number>>;
  /** Its curve so far, and what it shows. */
  readonly points: readonly number[];
  readonly shown: string;
}

/** A step that is to be run. */
export interface StepName {
  readonly id: string;
  readonly stage: string;
}

/** A step that failed, and is tried again. */
export interface RestingStep {
  readonly step: string;
  /** Milliseconds, when that is. */
  readonly until: number;
}

/** An iteration that is being run. */
export interface Iteration extends Place {
  /** How many the loop has. */
  readonly times: number;
  /** Whether it may have fewer. */
  readonly mayEnd: boolean;
}

/** What is known of a run. Any number of steps may run at a time. */
export class RunState {
  /** Steps in their order, those of iterations that are not reached left out. */
  steps: readonly StepName[];
  /** Milliseconds, when it began. */
  readonly started: number;
  readonly #running = new Map<string, RunningStep>();
  readonly #ended = new Set<string>();
  readonly #rewards = new Curves();
  readonly #times: Map<string, number>;
  readonly #mayEnd: Set<string>;
  /** Of all that has run. */
  readonly concurrency = new Concurrency();
  readonly #begun = new Map<string, number>();
  readonly #resting = new Map<string, RestingStep>();
  /** Steps that another process is making. */
  readonly #elsewhere = new Set<string>();
  #latest: string | undefined;

  /** @param now milliseconds */
  constructor(plan: Plan<unknown>, now: number) {
    this.steps = plan.steps.map(({ id, stage }) => ({ id, stage: stage.name }));
    this.started = now;
    this.#times = timesOf(this.steps.map(({ id }) => id));
    this.#mayEnd = new Set(plan.loops.map(({ id }) => id));
  }

  /** Takes an event. @param now milliseconds */
  take(event: Event, now: number): void {
    switch (event.kind) {
      case "step-started": {
        const { step, stage } = event, attempt = (this.#begun.get(step) ?? 0) + 1;
        const fresh = { first: undefined, last: undefined, total: 0, points: [], shown: "" };
        this.#leave(step, now);
        this.#running.set(step, { step, stage, attempt, started: now, numbers: {}, ...fresh });
        this.#begun.set(step, attempt);
        this.concurrency.change(1, now);
        this.#latest = step;
        return;
      }
      case "step-waiting":
        this.#elsewhere.add(event.step);
        return;
      case "step-progress": {
        const { step, done, total, numbers } = event, last = { done, time: now };
        const first = this.#running.get(step)?.first ?? last;
        return this.#change(step, { first, last, total, numbers });
      }
      case "step-metrics": {
        const shown = SHOWN.find((name) => typeof event.row[name] === "number");
        const running = this.#running.get(event.step);
        if (shown === undefined || running === undefined) return;
        const points = [...running.points, Number(event.row[shown])].slice(-POINTS);
        return this.#change(event.step, { points, shown });
      }
      case "step-finished":
        this.#end(event.step, now);
        if (event.stage.startsWith("reward_")) this.#addReward(event.step, event.metrics.mean);
        return;
      case "step-failed": {
        const { step, again, pause = 0 } = event;
        if (again !== true) return this.#end(step, now);
        this.#leave(step, now);
        this.#resting.set(step, { step, until: now + 1000 * pause });
        return;
      }
      case "step-blocked":
        return this.#end(event.step, now);
      case "loop-ended": {
        const { loop, iterations } = event;
        const isLeft = (id: string) =>
          placesOf(id).some((place) => place.loop === loop && place.index >= iterations);
        this.steps = this.steps.filter(({ id }) => !isLeft(id));
        this.#times.set(loop, iterations);
        this.#mayEnd.delete(loop);
        return;
      }
    }
  }

  /** Steps that run, in the order in which they began. */
  get running(): readonly RunningStep[] {
    return [...this.#running.values()];
  }

  /** Steps that failed, and are tried again. */
  get resting(): readonly RestingStep[] {
    return [...this.#resting.values()];
  }

  /** Steps that another process is making. */
  get elsewhere(): readonly string[] {
    return [...this.#elsewhere];
  }

  /** How many steps have come to their end. */
  get ended(): number {
    return this.#ended.size;
  }

  /** Mean rewards of the iterations of a loop. */
  get rewards(): Curve | undefined {
    return this.#rewards.latest;
  }

  /** The iterations that the first of the steps that run in any is in, the outermost first; else those of the last that ran. */
  get iterations(): readonly Iteration[] {
    const isInside = (id: string) => placesOf(id).length > 0;
    const step = this.#running.size > 0 ? this.#running.keys().find(isInside) : this.#latest;
    if (step === undefined) return [];
    return placesOf(step).map((place) => ({
      ...place,
      times: this.#times.get(place.loop) ?? place.index + 1,
      mayEnd: this.#mayEnd.has(place.loop),
    }));
  }

  /** Stages of the steps that have not begun. */
  get waiting(): string[] {
    return this.steps.filter(({ id }) => !this.#ended.has(id) && !this.#running.has(id))
      .map(({ stage }) => stage);
  }

  #change(step: string, change: Partial<RunningStep>): void {
    const running = this.#running.get(step);
    if (running !== undefined) this.#running.set(step, { ...running, ...change });
  }

  /** Takes that a step does not run, or wait, any more. */
  #leave(step: string, now: number): void {
    if (this.#running.delete(step)) this.concurrency.change(-1, now);
    this.#resting.delete(step);
    this.#elsewhere.delete(step);
  }

  #end(step: string, now: number): void {
    this.#leave(step, now);
    this.#ended.add(step);
    this.#latest = step;
  }

  #addReward(step: string, mean: Json | undefined): void {
    if (typeof mean === "number") this.#rewards.add(step, mean);
  }
}
