/** Where what is known of runs lies in a store: `runs/ID/`. @module */
import { join } from "node:path";
import type { Store } from "../core/mod.ts";

/** What is known of a run; see run_record.ts. */
export const RECORD_FILE = "record.json";
/** The pipeline as it ran. */
export const DOCUMENT_FILE = "document.json";
/** The steps that it was to go through; see planned_record.ts. */
export const STEPS_FILE = "steps.json";
/** What happened, as NDJSON of {@linkcode Stamped} events. */
export const EVENTS_FILE = "events.ndjson";
/** What its code was; see code_record.ts. */
export const CODE_FILE = "code.json";
/** Held by the run's process as long as it lives. */
export const LOCK_FILE = "lock";

/** How many names are tried before it is given up: there are 65,536 of a pipeline. */
const ATTEMPTS = 1000;

/** Where the runs of a store are. */
export function runsDirectory(store: Store): string {
  return join(store.directory, "runs");
}

/** A folder for a new run, which it makes. @param make runs what makes it, or takes what keeps it from being made */
export function newRunFolder(
  store: Store,
  pipeline: string,
  make: (action: () => void) => void,
): { readonly id: string; readonly directory: string } {
  let id = newId(pipeline);
  const directory = () => join(runsDirectory(store), id);
  make(() => {
    for (let attempt = 0;; attempt++) {
      try {
        return Deno.mkdirSync(directory());
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists) || attempt === ATTEMPTS) throw error;
        id = newId(pipeline);
      }
    }
  });
  return { id, directory: directory() };
}

/** Puts a text in a file's place in one step, so that no reader finds half of it. */
export function replaceText(path: string, text: string): void {
  Deno.writeTextFileSync(`${path}.new`, text);
  Deno.renameSync(`${path}.new`, path);
}

/** Such as `soar-7f3a`. */
function newId(pipeline: string): string {
  const [number] = crypto.getRandomValues(new Uint16Array(1));
  return `${pipeline}-${number!.toString(16).padStart(4, "0")}`;
}
