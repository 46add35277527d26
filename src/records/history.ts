/** What earlier runs tell of later ones: keys and durations. @module */
import type { Stamped, Store } from "../core/mod.ts";
import { listRuns, readEvents } from "./runs.ts";

/** So many events are looked at, the latest: a store may have thousands of runs. */
const EVENTS = 300_000;

/** The events of runs of a kind, latest first, by run. */
function* readRuns(
  store: Store,
  runs: readonly string[],
  wanted: (line: string) => boolean,
): Generator<Stamped[]> {
  let count = 0;
  for (const id of runs) {
    const events = readEvents(store, id, wanted);
    yield events;
    count += events.length;
    if (count > EVENTS) return;
  }
}

/** The keys under which the steps of a pipeline last had a result, by step. */
export function lastKeys(store: Store, pipeline: string): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  const runs = listRuns(store).filter((run) => run.pipeline === pipeline).map(({ id }) => id);
  for (const events of readRuns(store, runs, (line) => line.includes('"kind":"step-finished"'))) {
    for (const event of events) {
      const isNews = event.kind === "step-finished" && !keys.has(event.step);
      if (isNews) keys.set(event.step, event.key);
    }
  }
  return keys;
}

/** What a run had of its steps. */
export interface Baseline {
  readonly run: string;
  /** Keys of the steps that have a result, by step. */
  readonly keys: ReadonlyMap<string, string>;
}

/**
 * The latest run of a pipeline in which a step has a result; where it never had one, the latest in which any has.
 *
 * @param runs those that may be it, latest first; the pipeline's unless given
 */
export function baselineOf(
  store: Store,
  pipeline: string,
  step: string,
  runs: readonly string[] = listRuns(store).filter((run) => run.pipeline === pipeline)
    .map(({ id }) => id),
): Baseline | undefined {
  let latest: Baseline | undefined, at = 0;
  for (const events of readRuns(store, runs, (line) => line.includes('"kind":"step-finished"'))) {
    const run = runs[at++]!;
    const keys = new Map(
      events.flatMap((event) => event.kind === "step-finished" ? [[event.step, event.key]] : []),
    );
    if (keys.has(step)) return { run, keys };
    if (keys.size > 0) latest ??= { run, keys };
  }
  return latest;
}

/** Mean seconds that steps took, by stage name. */
export class Durations {
  readonly #sums = new Map<string, { seconds: number; count: number }>();
  #load: (() => void) | undefined;

  /** Durations of what ran in a store before now; the events are read when they are asked for. */
  static of(store: Store): Durations {
    const durations = new Durations(), before = new Date().toISOString();
    durations.#load = () => {
      const runs = listRuns(store).filter(({ started }) => started < before).map(({ id }) => id);
      for (const events of readRuns(store, runs, (line) => line.includes('"cached":false'))) {
        for (const event of events) {
          if (event.kind === "step-finished") durations.add(event.stage, event.seconds);
        }
      }
    };
    return durations;
  }

  /** Counts a step. */
  add(stage: string, seconds: number): void {
    const sum = this.#sums.get(stage) ?? { seconds: 0, count: 0 };
    this.#sums.set(stage, { seconds: sum.seconds + seconds, count: sum.count + 1 });
  }

  /** Seconds that steps of these stages will take; undefined where nothing is known of one. */
  estimate(stages: readonly string[]): number | undefined {
    const load = this.#load;
    this.#load = undefined;
    load?.();
    let total = 0;
    for (const stage of stages) {
      const sum = this.#sums.get(stage);
      if (sum === undefined) return undefined;
      total += sum.seconds / sum.count;
    }
    return total;
  }
}
