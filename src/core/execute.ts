/** One run of a stage: its inputs, before and after; its outputs. @module */
import { join } from "node:path";
import type { Action, Damage } from "./action.ts";
import type { Json, JsonObject } from "./document.ts";
import { CHECKPOINT_TIMES, StepCheckpoints, timesWithin } from "./checkpoints.ts";
import { discard } from "./files.ts";
import { isMap } from "./node.ts";
import type { Job, JobInputs } from "./job.ts";
import type { Listener } from "./event.ts";
import type { RunOptions } from "./run_options.ts";
import { type Artifact, type Input, type Output, parsePort, type Stage } from "./stage.ts";
import type { Store } from "./store.ts";
import type { TableMarks, TableWriter } from "./tables.ts";

/** Bytes that a table may take unless a run says otherwise. */
const TABLE_BYTES = 64 * 2 ** 20;

/** An input that is damaged, or was replaced while a step read it: what the step made of it is not kept. */
export class InputDamage extends Error {
  /** Tells the class apart where instanceof cannot. */
  override readonly name = "InputDamage";
  /** The step that gave the input. */
  readonly source: string;
  /** What is wrong. */
  readonly damage: Damage;

  /** @param cause how the step itself failed on it, where it did */
  constructor(source: string, damage: Damage, cause?: unknown) {
    super(`its input, ${damage.what} of ${source}, is damaged again and again: ${damage.problem}`, {
      cause,
    });
    this.source = source;
    this.damage = damage;
  }
}

/** What running a job needs. */
export type Executing<S> =
  & Pick<RunOptions<S>, "store" | "listen" | "signal">
  & Required<Pick<RunOptions<S>, "services">>;

/**
 * Runs a job's stage and keeps what it made. The caller holds the lock of its key.
 *
 * @param seed root of its randomness
 * @throws {InputDamage} when it did not read what its key says
 */
export async function execute<S>(
  job: Job,
  stage: Stage<S>,
  seed: string,
  { store, services, listen, signal }: Executing<S>,
): Promise<Pick<Action, "outputs" | "metrics">> {
  const { step, key, inputs } = job;
  const before = examineInputs(inputs, store), scratch = store.scratch();
  const found = store.checkpoints.find(key), over = store.resultOf(key);
  if (found !== undefined) {
    listen({
      kind: "step-log",
      step,
      message: `goes on after ${found.done}, where an attempt ended`,
    });
  }
  using tables = new Recorder(
    step,
    store.tables.open(key, job.tableBytes ?? TABLE_BYTES, found?.tables, over !== undefined),
    listen,
  );
  try {
    const metrics = await stage.run({
      config: job.config,
      inputs: readInputs(inputs, store),
      outputs: Object.fromEntries(
        Object.keys(stage.outputs).map((port) => [port, output(join(scratch, port), store)]),
      ),
      seed,
      services: await services(),
      signal,
      log: (message) => listen({ kind: "step-log", step, message }),
      progress: (count, total, numbers = {}) =>
        listen({ kind: "step-progress", step, done: count, total, numbers }),
      checkpoints: new StepCheckpoints({
        checkpoints: store.checkpoints,
        key,
        times: timesWithin(job.checkpointTimes ?? CHECKPOINT_TIMES, job.limit),
        over,
        free: () => store.free(),
        tables: () => tables.marks,
        warn: (message) => listen({ kind: "warning", message: `${step}: ${message}` }),
      }, found),
      record: (table, rows) => tables.add(table, rows),
    });
    const outputs: Record<string, string | string[]> = {};
    for (const [port, spec] of Object.entries(stage.outputs)) {
      const { kind, list } = parsePort(spec);
      outputs[port] = list
        ? itemDirectories(join(scratch, port)).map((item) => store.addArtifact(kind, item))
        : store.addArtifact(kind, join(scratch, port));
    }
    compareInputs(before, inputs, store);
    return { outputs, metrics: keptMetrics(metrics ?? {}) };
  } catch (error) {
    // Damaged inputs may be why it failed, and are mended; else they are not what to tell.
    if (!signal.aborted) compareInputs(before, inputs, store, error);
    throw error;
  } finally {
    discard(scratch);
  }
}

/** What a step records, and what of it is told. */
class Recorder implements Disposable {
  readonly #step: string;
  readonly #tables: TableWriter;
  readonly #listen: Listener;

  constructor(step: string, tables: TableWriter, listen: Listener) {
    this.#step = step;
    this.#tables = tables;
    this.#listen = listen;
  }

  get marks(): TableMarks {
    return this.#tables.marks;
  }

  add(table: string, rows: readonly JsonObject[]): void {
    this.#tables.add(table, rows);
    if (table !== "metrics") return;
    for (const row of rows) this.#listen({ kind: "step-metrics", step: this.#step, row });
  }

  [Symbol.dispose](): void {
    this.#tables[Symbol.dispose]();
    const { leftOut, troubles } = this.#tables;
    for (const [table, rows] of Object.entries(leftOut)) {
      const why = Object.hasOwn(troubles, table) ? { why: troubles[table]! } : {};
      this.#listen({ kind: "rows-left-out", step: this.#step, table, rows, ...why });
    }
  }
}

/** Metrics as the store will give them back: what JSON cannot write is null, or not there. @throws {TypeError} when they are no map */
export function keptMetrics(metrics: unknown): JsonObject {
  const text = JSON.stringify(metrics, (key, value) => {
    if (typeof value !== "bigint") return value;
    throw new TypeError(`Cannot keep metric ${key}, a bigint: return Number(${value}), or a text`);
  });
  const kept = JSON.parse(text ?? "null") as Json;
  if (isMap(kept)) return kept;
  throw new TypeError(
    `Cannot keep ${JSON.stringify(metrics)} as metrics: return a map, or nothing`,
  );
}

/** Which files an input consists of, by source. */
type Stamps = ReadonlyMap<string, { readonly source: string; readonly stamp: string }>;

/** Verifies, byte for byte, what a step reads. @throws {InputDamage} for the first that is damaged */
function examineInputs(inputs: JobInputs, store: Store, cause?: unknown): Stamps {
  const stamps = new Map<string, { readonly source: string; readonly stamp: string }>();
  for (const { items } of Object.values(inputs)) {
    for (const { digest, step: source } of items) {
      if (stamps.has(digest)) continue;
      const found = store.examine(digest);
      if (found.problem !== undefined) throw damage(source, digest, found.problem, cause);
      stamps.set(digest, { source, stamp: found.stamp });
    }
  }
  return stamps;
}

/** Verifies that inputs are sound, and the same files as before they were read. */
function compareInputs(before: Stamps, inputs: JobInputs, store: Store, cause?: unknown): void {
  for (const [digest, { source, stamp }] of examineInputs(inputs, store, cause)) {
    if (before.get(digest)?.stamp !== stamp) {
      throw damage(source, digest, "it was replaced while it was read", cause);
    }
  }
}

function damage(source: string, digest: string, problem: string, cause: unknown): InputDamage {
  return new InputDamage(source, { what: `artifact ${digest.slice(0, 12)}`, problem }, cause);
}

function output(directory: string, store: Store): Output {
  Deno.mkdirSync(directory);
  return {
    directory,
    item(index) {
      const item = join(directory, itemNamed(index));
      Deno.mkdirSync(item);
      return item;
    },
    place: (from, to) => store.place(from, to),
  };
}

/** Name of the folder of an item of a list. */
export function itemNamed(index: number): string {
  return String(index).padStart(6, "0");
}

function itemDirectories(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name, isDirectory }) => {
    if (!isDirectory) throw new RangeError(`Cannot keep ${name}: a list output consists of items`);
    return join(directory, name);
  }).toSorted();
}

/** What an input reads. */
type Read = Artifact | readonly Artifact[];

function readInputs(inputs: JobInputs, store: Store): Record<string, Input> {
  const alone: Record<string, Read> = {}, named: Record<string, Record<string, Read>> = {};
  for (const [input, { list, entry, items }] of Object.entries(inputs)) {
    const artifacts = items.map(({ digest }) => store.artifact(digest));
    const read = list ? artifacts : artifacts[0]!;
    if (entry === undefined) alone[input] = read;
    else (named[entry.port] ??= {})[entry.name] = read;
  }
  return { ...alone, ...named };
}
