/** A run as far as it is known by its events: what the live view shows. @module */
import type { Event, Json, Plan } from "../../core/mod.ts";

/** Points of a curve that are kept: more than a line has room for. */
const POINTS = 200;
/** What a curve shows of a row of metrics, the first that it has. */
const SHOWN = ["reward", "loss"] as const;

/** A step that runs. */
export interface RunningStep {
  readonly step: string;
  /** Milliseconds, when it began. */
  readonly started: number;
  readonly done: number;
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

/** What is known of a run. Any number of steps may run at a time. */
export class RunState {
  /** Steps in their order, those of iterations that are not reached left out. */
  steps: readonly StepName[];
  /** Milliseconds, when it began. */
  readonly started: number;
  readonly #running = new Map<string, RunningStep>();
  readonly #ended = new Set<string>();
  readonly #rewards: number[] = [];

  /** @param now milliseconds */
  constructor(plan: Plan<unknown>, now: number) {
    this.steps = plan.steps.map(({ id, stage }) => ({ id, stage: stage.name }));
    this.started = now;
  }

  /** Takes an event. @param now milliseconds */
  take(event: Event, now: number): void {
    switch (event.kind) {
      case "step-started": {
        const fresh = { step: event.step, done: 0, total: 0, numbers: {}, points: [], shown: "" };
        this.#running.set(event.step, { ...fresh, started: now });
        return;
      }
      case "step-progress": {
        const { done, total, numbers } = event;
        return this.#change(event.step, { done, total, numbers });
      }
      case "step-metrics": {
        const shown = SHOWN.find((name) => typeof event.row[name] === "number");
        const running = this.#running.get(event.step);
        if (shown === undefined || running === undefined) return;
        const points = [...running.points, Number(event.row[shown])].slice(-POINTS);
        return this.#change(event.step, { points, shown });
      }
      case "step-finished":
        this.#end(event.step);
        if (event.stage.startsWith("reward_")) this.#addReward(event.metrics.mean);
        return;
      case "step-failed":
        this.#running.delete(event.step);
        if (event.again !== true) this.#end(event.step);
        return;
      case "step-blocked":
        return this.#end(event.step);
      case "loop-ended": {
        const { loop, iterations, times } = event;
        const left = Array.from(
          { length: times - iterations },
          (_, i) => `${loop}[${iterations + i}].`,
        );
        const isLeft = (id: string) => left.some((prefix) => id.startsWith(prefix));
        this.steps = this.steps.filter(({ id }) => !isLeft(id));
        return;
      }
    }
  }

  /** Steps that run, in the order in which they began. */
  get running(): readonly RunningStep[] {
    return [...this.#running.values()];
  }

  /** How many steps have come to their end. */
  get ended(): number {
    return this.#ended.size;
  }

  /** Mean rewards of iterations, in their order. */
  get rewards(): readonly number[] {
    return this.#rewards;
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

  #end(step: string): void {
    this.#running.delete(step);
    this.#ended.add(step);
  }

  #addReward(mean: Json | undefined): void {
    if (typeof mean === "number") this.#rewards.push(mean);
  }
}

/** Seconds that a running step still takes, by how far it is; undefined before it told. */
export function secondsLeft(
  { started, done, total }: RunningStep,
  now: number,
): number | undefined {
  if (done === 0 || total === 0) return undefined;
  return (now - started) / 1000 * (total / done - 1);
}
