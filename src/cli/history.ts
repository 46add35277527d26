/** What earlier runs left in the store: logs of events and durations. @module */
import { dirname, join } from "node:path";
import { type Event, isOsError, type Listener, osReason, type Store } from "../core/mod.ts";

/**
 * Appends every event of a run to a log of its own; progress is left out. A log that cannot be written, on a full
 * disk or in a store that is only read, costs a warning and no run.
 */
export function openLog(
  path: string,
  warn: (message: string) => void,
): Listener & Disposable {
  const encoder = new TextEncoder();
  let file: Deno.FsFile | undefined, lost = false;
  const listener = (event: Event) => {
    if (event.kind === "step-progress" || lost) return;
    try {
      file ??= Deno.openSync(path, { append: true, create: true });
      const bytes = encoder.encode(JSON.stringify(event) + "\n");
      for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    } catch (error) {
      if (!isOsError(error)) throw error;
      lost = true;
      warn(`no log of this run is kept in ${dirname(path)}: ${osReason(error)}`);
    }
  };
  return Object.assign(listener, { [Symbol.dispose]: () => file?.close() });
}

/** Where the log of a run that begins now is kept. */
export function logPath(store: Store): string {
  const name = `${new Date().toISOString().replaceAll(":", "-")}-${Deno.pid}.ndjson`;
  return join(store.directory, "runs", name);
}

/** So many characters of logs are looked at, the latest: a store may have thousands. */
const LOG_LENGTH = 1 << 26;

/**
 * The events of the latest runs of the store, latest first; a torn last line is left out.
 *
 * @param names which logs; all of the store's
 * @param wanted which lines to read
 */
export function* readLogs(
  store: Store,
  names: readonly string[] = logNames(store),
  wanted: (line: string) => boolean = () => true,
): Generator<Event[]> {
  let length = 0;
  for (const name of names) {
    const text = readLog(join(store.directory, "runs", name));
    yield text.split("\n").filter(wanted).flatMap((line) => {
      try {
        return [JSON.parse(line) as Event];
      } catch {
        return [];
      }
    });
    length += text.length;
    if (length > LOG_LENGTH) return;
  }
}

function logNames(store: Store): string[] {
  return withoutOsErrors(
    [],
    () =>
      [...Deno.readDirSync(join(store.directory, "runs"))].map(({ name }) => name)
        .filter((name) => name.endsWith(".ndjson")).toSorted().reverse(),
  );
}

function readLog(path: string): string {
  return withoutOsErrors("", () => Deno.readTextFileSync(path));
}

/** Logs tell what is good to know: where there are none, or none that may be read, nothing is known. */
function withoutOsErrors<T>(otherwise: T, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (isOsError(error)) return otherwise;
    throw error;
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
  #load: (() => void) | undefined;

  /** Durations of what ran in a store before now; the logs are read when they are asked for. */
  static of(store: Store): Durations {
    const durations = new Durations(), names = logNames(store);
    durations.#load = () => {
      for (const events of readLogs(store, names, (line) => line.includes('"cached":false'))) {
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
