import type { Store } from "../core/mod.ts";
import { readRecord, type RunRecord } from "../records/mod.ts";
import { stepLeft } from "../records/left.ts";
import { placesIn } from "../records/run_steps.ts";
import { parseStepName } from "../records/step_names.ts";
import { type Failure, type RunStep, StepFold } from "../records/steps.ts";
import { EventTail } from "../records/tail.ts";
import { cutText, logLines } from "./log_lines.ts";
import type { RunChange, RunView, StepView } from "./views.ts";

/** Reads what a run leaves as it comes. */
export class RunFollower {
  /** Of the run. */
  readonly id: string;
  readonly #store: Store;
  readonly #tail: EventTail;
  readonly #fold = new StepFold();
  readonly #steps = new Map<string, { readonly from: RunStep; readonly view: StepView }>();
  #places: ReadonlyMap<string, number> = new Map();
  #record: RunRecord | undefined;
  #text = "";
  #lines = 0;

  /** @param id of a run that is there */
  constructor(store: Store, id: string) {
    this.#store = store;
    this.id = id;
    this.#tail = new EventTail(store, id);
  }

  /** Whether more is to come. */
  get runs(): boolean {
    return this.#record?.status === "running";
  }

  /** All that is known after the last {@linkcode RunFollower.next}; undefined where the record was removed. */
  get view(): RunView | undefined {
    const record = this.#record,
      steps = [...this.#steps.values()].map(({ view }) => view)
        .toSorted((a, b) => a.place - b.place);
    return record && { record, steps, lines: this.#lines };
  }

  /** What has changed since the last time; undefined when nothing has. */
  next(): RunChange | undefined {
    // Asked before the events are read, so that none is missed that was written meanwhile.
    const record = readRecord(this.#store, this.id), text = JSON.stringify(record);
    const events = this.#tail.next();
    for (const event of events) this.#fold.take(event);
    const isNews = text !== this.#text;
    this.#record = record;
    this.#text = text;
    if (this.#places.size === 0) this.#places = placesIn(this.#store, this.id);
    const steps = this.#fold.steps(this.runs).flatMap((step) => this.#change(step));
    const log = logLines(events, this.#lines);
    this.#lines += log.length;
    if (!isNews && steps.length === 0 && log.length === 0) return undefined;
    return { ...isNews && record !== undefined ? { record } : {}, steps, log };
  }

  #change(step: RunStep): StepView[] {
    const known = this.#steps.get(step.step);
    // Tables grow while their step runs, and nothing tells of it.
    if (known?.from === step && step.state !== "running") return [];
    const tables = step.key === undefined ? {} : this.#tables(step.key);
    const isSame = known?.from === step &&
      JSON.stringify(tables) === JSON.stringify(known.view.tables);
    if (isSame) return [];
    const { name = step.step, loops = {} } = parseStepName(step.step) ?? {};
    const place = this.#places.get(step.step) ?? this.#steps.size;
    const left = step.state === "running" ? stepLeft(step, Date.now()) : undefined;
    const view = {
      ...{ ...step, name, place, iterations: Object.values(loops), tables },
      ...step.message === undefined ? {} : { message: cutText(step.message) },
      ...step.stack === undefined ? {} : { stack: cutText(step.stack) },
      ...step.failures === undefined ? {} : { failures: step.failures.map(cutFailure) },
      ...left === undefined ? {} : { left },
    };
    this.#steps.set(step.step, { from: step, view });
    return [view];
  }

  #tables(key: string): Record<string, number> {
    const { tables } = this.#store;
    return Object.fromEntries(tables.names(key).map((name) => [name, tables.size(key, name)]));
  }
}

function cutFailure({ message, stack, ...failure }: Failure): Failure {
  const where = stack === undefined ? {} : { stack: cutText(stack) };
  return { ...failure, message: cutText(message), ...where };
}
