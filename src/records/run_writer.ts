import { dirname, join } from "node:path";
import {
  type Event,
  type Json,
  Lock,
  type Machine,
  type Stamped,
  type Store,
  writeAll,
} from "../core/mod.ts";
import { gitState } from "./git_state.ts";
import type { GitState, RunFacts, RunRecord } from "./run_record.ts";
import { codeRecord, type Modules } from "./code_record.ts";
import { type PlannedRecord, plannedRecord } from "./planned_record.ts";
import {
  CODE_FILE,
  DOCUMENT_FILE,
  EVENTS_FILE,
  LOCK_FILE,
  newRunFolder,
  RECORD_FILE,
  replaceText,
  runsDirectory,
  STEPS_FILE,
} from "./run_files.ts";
import { UsageMeter, WorkersUsage } from "./usage.ts";
import { Writes } from "./writes.ts";

/** Milliseconds between events of a step's progress that are written. */
const PROGRESS_EVERY = 1000;

/**
 * Writes what a run leaves: its record, its resolved document, its events. What cannot be written, on a full disk or in a
 * store that is only read, costs a warning and no run.
 */
export class RunWriter implements AsyncDisposable {
  /** Such as `soar-7f3a`. */
  readonly id: string;
  /** Where it all is. */
  readonly directory: string;
  readonly #writes: Writes;
  readonly #machine: () => Machine;
  readonly #git: Promise<GitState | undefined>;
  #record: RunRecord;
  /** What is not written before the settings have been looked at: a key may stand in it where none belongs. */
  #held:
    | {
      readonly facts: RunFacts;
      readonly document: Json;
      readonly steps: readonly PlannedRecord[];
    }
    | undefined;
  #lock: Lock | undefined;
  #log: Deno.FsFile | undefined;
  readonly #meter = new UsageMeter();
  readonly #workers = new WorkersUsage();
  /** When a step's progress was last written. */
  readonly #told = new Map<string, number>();

  /**
   * Begins a run.
   *
   * @param document the pipeline as it runs, with what it extends and overrides
   * @param machine what it runs on, as far as it is known by then
   * @param steps what it goes through
   */
  constructor(
    store: Store,
    facts: RunFacts,
    document: Json,
    machine: () => Machine,
    warn: (message: string) => void,
    steps: readonly PlannedRecord[] = [],
  ) {
    this.#machine = machine;
    const started = new Date().toISOString(), runs = runsDirectory(store);
    this.#writes = new Writes((why) => warn(`no record of this run is kept in ${runs}: ${why}`));
    const { id, directory } = newRunFolder(
      store,
      facts.pipeline,
      (action) => this.#writes.try(action),
    );
    this.id = id;
    this.directory = directory;
    this.#git = gitState(dirname(facts.file));
    const counts = { steps: 0, ran: 0, cached: 0, skipped: 0, failed: 0 };
    const { command: _, ...known } = { ...facts, overrides: [] };
    this.#held = { facts, document, steps };
    this.#record = { id, ...known, started, status: "running", ...counts, device: "", machine: {} };
    this.#writes.try(() => this.#lock = Lock.tryTake(join(directory, LOCK_FILE)));
    this.#writeRecord();
  }

  /** Writes the document, the steps and how the run was called, once the settings in it are known to be sound, and to hold no key. */
  vouch(): void {
    if (this.#held === undefined) return;
    const { facts, document, steps } = this.#held;
    this.#held = undefined;
    this.#record = { ...this.#record, ...facts };
    this.#writes.try(() =>
      replaceText(join(this.directory, DOCUMENT_FILE), JSON.stringify(document, null, 2) + "\n")
    );
    this.#writes.try(() => replaceText(join(this.directory, STEPS_FILE), plannedRecord(steps)));
    this.#writeRecord();
  }

  /** Writes none of it: the settings are wrong. */
  refuse(): void {
    this.#held = undefined;
  }

  /** Where its events are. */
  get log(): string {
    return join(this.directory, EVENTS_FILE);
  }

  /** Writes what its code is, by digest. @param sources texts of modules, by what stands for them */
  keepCode(digests: ReadonlyMap<string, Modules>, sources: ReadonlyMap<string, string>): void {
    const text = codeRecord(digests, sources);
    this.#writes.try(() => replaceText(join(this.directory, CODE_FILE), text));
  }

  /** Takes an event of the run. @returns it with what tells when and where it was */
  take(event: Event): Stamped {
    const stamped: Stamped = { time: new Date().toISOString(), run: this.id, ...event };
    this.#follow(event);
    if (this.#isKept(event)) this.#write(stamped);
    return stamped;
  }

  /** Writes how it ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.vouch(); // a run of hits alone has looked at nothing: it was done when they were made
    const git = await this.#git;
    this.#record = {
      ...this.#record,
      machine: this.#machine(),
      ...git === undefined ? {} : { git },
      finished: new Date().toISOString(),
      // Where it never came to an end by itself, an error is on its way.
      status: this.#record.status === "running" ? "failed" : this.#record.status,
      ...this.#workers.with(this.#meter.take()),
    };
    this.#writeRecord();
    this.#log?.close();
    this.#lock?.[Symbol.dispose]();
  }

  #follow(event: Event): void {
    const record = this.#record;
    switch (event.kind) {
      case "run-started":
        this.#record = { ...record, steps: event.steps, device: event.device };
        return this.#writeRecord();
      case "step-used":
        return this.#workers.add(event);
      case "device-found":
        this.#record = { ...record, device: event.device };
        return;
      case "step-failed":
        if (event.again === true) return;
        this.#record = { ...record, failed: record.failed + 1 };
        return;
      case "run-finished": {
        const { status, ran, cached, skipped, seconds } = event;
        this.#record = { ...record, status, ran, cached, skipped, seconds };
        return;
      }
    }
  }

  /** Rows of metrics are in the step's table; of progress, what a reader can follow is enough. */
  #isKept(event: Event): boolean {
    if (event.kind === "step-metrics") return false;
    if (event.kind !== "step-progress") return true;
    const now = performance.now(), told = this.#told.get(event.step);
    if (told !== undefined && now - told < PROGRESS_EVERY && event.done < event.total) return false;
    this.#told.set(event.step, now);
    return true;
  }

  #write(event: Stamped): void {
    this.#writes.try(() => {
      this.#log ??= Deno.openSync(this.log, { append: true, create: true });
      writeAll(this.#log, new TextEncoder().encode(JSON.stringify(event) + "\n"));
    });
  }

  #writeRecord(): void {
    this.#writes.try(() =>
      replaceText(join(this.directory, RECORD_FILE), JSON.stringify(this.#record, null, 2) + "\n")
    );
  }
}
