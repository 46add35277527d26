/** The events of a run as they are written. @module */
import { join } from "node:path";
import { ifThere, type Stamped, type Store } from "../core/mod.ts";
import { parseEvent } from "./stamped.ts";
import { EVENTS_FILE, runsDirectory } from "./run_files.ts";

/** Bytes that are read at a time. */
const PIECE = 1 << 16;

/** Reads on where it stopped. A line that is not whole yet is left for the next time. */
export class EventTail {
  readonly #path: string;
  #at = 0;
  #rest = "";
  #decoder = new TextDecoder();

  /** @param id of the run */
  constructor(store: Store, id: string) {
    this.#path = join(runsDirectory(store), id, EVENTS_FILE);
  }

  /** Events since the last time. */
  next(): Stamped[] {
    using file = ifThere(() => Deno.openSync(this.#path));
    if (file === undefined) return [];
    file.seekSync(this.#at, Deno.SeekMode.Start);
    const bytes = new Uint8Array(PIECE), events: Stamped[] = [];
    for (let read = file.readSync(bytes); read !== null; read = file.readSync(bytes)) {
      this.#at += read;
      const text = this.#decoder.decode(bytes.subarray(0, read), { stream: true });
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop()!;
      for (const line of lines) events.push(...parseEvent(line));
    }
    return events;
  }
}

/**
 * The events of a run from the first on, and on as they come until it ends.
 *
 * @param isRunning whether more are to come
 * @param pause waits a moment
 */
export async function* followEvents(
  store: Store,
  id: string,
  isRunning: () => boolean,
  pause: () => Promise<void>,
): AsyncGenerator<Stamped> {
  const tail = new EventTail(store, id);
  for (let runs = true; runs;) {
    runs = isRunning(); // asked before reading, so that nothing is missed that was written meanwhile
    yield* tail.next();
    if (runs) await pause();
  }
}
