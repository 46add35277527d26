/** What earlier runs left in the store: logs of events and durations. @module */
import { join } from "node:path";
import type { Event, Listener, Store } from "../core/mod.ts";

/** Appends every event of a run to a log of its own; progress is left out. */
export function openLog(store: Store): Listener & Disposable {
  const name = `${new Date().toISOString().replaceAll(":", "-")}-${Deno.pid}.ndjson`;
  const file = Deno.openSync(join(store.directory, "runs", name), { append: true, create: true });
  const encoder = new TextEncoder();
  const listener = (event: Event) => {
    if (event.kind !== "step-progress") {
      file.writeSync(encoder.encode(JSON.stringify(event) + "\n"));
    }
  };
  return Object.assign(listener, { [Symbol.dispose]: () => file.close() });
}

/** The events of each run of the store, latest first; a torn last line is left out. */
export function* readLogs(store: Store): Generator<Event[]> {
  const directory = join(store.directory, "runs");
  const names = [...Deno.readDirSync(directory)].map(({ name }) => name).toSorted().reverse();
  for (const name of names) {
    yield Deno.readTextFileSync(join(directory, name)).split("\n").flatMap((line) => {
      try {
        return [JSON.parse(line) as Event];
      } catch {
        return [];
      }
    });
  }
}

/** The keys under which the steps of a pipeline last had a result, by step. */
export function lastKeys(store: Store, pipeline: string): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const events of readLogs(store)) {
    const [first] = events;
    if (first?.kind !== "run-started" || first.pipeline !== pipeline) continue;
    for (const event of events) {
      const isNews = event.kind === "step-finished" && !keys.has(event.step);
      if (isNews) keys.set(event.step, event.key);
    }
  }
  return keys;
}

/** Mean seconds that steps took, by stage name. */
export class Durations {
  readonly #sums = new Map<string, { seconds: number; count: number }>();

  /** Durations of everything that ever ran in a store. */
  static of(store: Store): Durations {
    const durations = new Durations();
    for (const events of readLogs(store)) {
      for (const event of events) {
        if (event.kind === "step-finished" && !event.cached) {
          durations.add(event.stage, event.seconds);
        }
      }
    }
    return durations;
  }

  /** Counts a step. */
  add(stage: string, seconds: number): void {
    const sum = this.#sums.get(stage) ?? { seconds: 0, count: 0 };
    this.#sums.set(stage, { seconds: sum.seconds + seconds, count: sum.count + 1 });
  }

  /** Seconds that steps of these stages will take; undefined where nothing is known of one. */
  estimate(stages: readonly string[]): number | undefined {
    let total = 0;
    for (const stage of stages) {
      const sum = this.#sums.get(stage);
      if (sum === undefined) return undefined;
      total += sum.seconds / sum.count;
    }
    return total;
  }
}
