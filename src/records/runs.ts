/** What is kept of runs, read again. @module */
import { join } from "node:path";
import {
  closest,
  DiagnosticError,
  ifThere,
  isOsError,
  type Json,
  Lock,
  type Stamped,
  type Store,
} from "../core/mod.ts";
import { asRecord, type RunRecord } from "./run_record.ts";
import { parseEvent } from "./stamped.ts";
import { DOCUMENT_FILE, EVENTS_FILE, LOCK_FILE, RECORD_FILE, runsDirectory } from "./run_files.ts";

/** The runs of a store, latest first. A record that is torn or may not be read is none. */
export function listRuns(store: Store): RunRecord[] {
  const ids = (ifThere(() => [...Deno.readDirSync(runsDirectory(store))]) ?? [])
    .flatMap(({ name, isDirectory }) => isDirectory ? [name] : []);
  return ids.flatMap((id) => readRecord(store, id) ?? [])
    .toSorted((a, b) => b.started.localeCompare(a.started) || b.id.localeCompare(a.id));
}

/** What is known of a run; undefined when nothing is. */
export function readRecord(store: Store, id: string): RunRecord | undefined {
  const record = readJson(join(runsDirectory(store), id, RECORD_FILE), asRecord);
  if (record?.status !== "running") return record;
  const lives = Lock.isHeld(join(runsDirectory(store), id, LOCK_FILE));
  return lives ? record : { ...record, status: "killed" };
}

/** The pipeline as a run had it, with what it extends and overrides; undefined where that is not kept. */
export function readDocument(store: Store, id: string): Json | undefined {
  return readJson(join(runsDirectory(store), id, DOCUMENT_FILE), (value) => value);
}

/**
 * The run that somebody means.
 *
 * @param wanted `last`, an id, what the user called it (the latest of that name), or what an id begins with
 * @throws {DiagnosticError} when there is none, or several
 */
export function findRun(store: Store, wanted = "last"): RunRecord {
  const runs = listRuns(store);
  const fail = (message: string, hint: string): never => {
    throw new DiagnosticError([{ message, hint }]);
  };
  if (runs.length === 0) return fail(`${store.directory} has no runs`, "run a pipeline first");
  if (wanted === "last") return runs[0]!;
  const exact = runs.find(({ id }) => id === wanted) ?? runs.find(({ name }) => name === wanted);
  if (exact !== undefined) return exact;
  const begun = runs.filter(({ id }) => id.startsWith(wanted));
  if (begun.length === 1) return begun[0]!;
  if (begun.length > 1) {
    const some = begun.slice(0, 5).map(({ id }) => id).join(", ");
    return fail(`${wanted} is the beginning of ${begun.length} runs`, `write one of them: ${some}`);
  }
  // The end of an id alone is how people remember it.
  const near = runs.find(({ id }) => id.endsWith(`-${wanted}`))?.id ?? closest(
    wanted,
    runs.flatMap(({ id, name }) => name === undefined ? [id] : [id, name]),
  );
  if (runs.some(({ sweep }) => sweep?.id === wanted || sweep?.name === wanted)) {
    return fail(`${wanted} is a sweep of several runs`, "name one of them; soar runs lists them");
  }
  return fail(
    `there is no run ${wanted}`,
    near === undefined ? "soar runs lists them" : `did you mean ${near}?`,
  );
}

/**
 * The events of a run, in the order in which they happened; a torn line is left out.
 *
 * @param wanted which lines to read
 */
export function readEvents(
  store: Store,
  id: string,
  wanted: (line: string) => boolean = () => true,
): Stamped[] {
  const text = ifReadable(() => Deno.readTextFileSync(join(runsDirectory(store), id, EVENTS_FILE)));
  return (text ?? "").split("\n").filter(wanted).flatMap(parseEvent);
}

/** The keys of the steps that a run made, not found. */
export function keysMade(store: Store, run: string): Set<string> {
  const events = readEvents(store, run, (line) => line.includes('"kind":"step-finished"'));
  return new Set(
    events.flatMap((event) => event.kind === "step-finished" && !event.cached ? [event.key] : []),
  );
}

/** What a file of JSON holds; undefined where there is none, or it is damaged. */
export function readJson<T>(path: string, as: (value: Json) => T | undefined): T | undefined {
  const text = ifReadable(() => Deno.readTextFileSync(path));
  if (text === undefined) return undefined;
  try {
    return as(JSON.parse(text) as Json);
  } catch {
    return undefined; // torn
  }
}

/** Records tell what is good to know: where there are none, or none that may be read, nothing is known. */
export function ifReadable<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (isOsError(error)) return undefined;
    throw error;
  }
}
