/** The numbers of a run for TensorBoard: `runs/ID/tensorboard/`, a folder for each curve that is drawn apart. @module */
import { join } from "node:path";
import { discard, type JsonObject, type Metrics, type Stamped, type Store } from "../core/mod.ts";
import { fileHeader, type Scalar, scalarRecord } from "./event_file.ts";
import { numbersOf } from "./series.ts";
import { runsDirectory } from "./run_files.ts";
import { readableRows } from "./readable_rows.ts";
import { readEvents } from "./runs.ts";
import { parseStepName } from "./step_names.ts";
import { Writes } from "./writes.ts";

/** Where the event files of a run are, unless somebody wants them elsewhere. */
export function boardDirectory(store: Store, run: string): string {
  return join(runsDirectory(store), run, "tensorboard");
}

/**
 * Writes points as events of a run tell them. Points of a step are the chart `NAME/metric` over the steps of training, in a
 * folder of the step's id; what it gave back is `iterations/NAME/metric` over the iterations of the loop around it, or
 * `results/NAME/metric`.
 */
export class BoardWriter implements AsyncDisposable {
  readonly #store: Store;
  readonly #directory: string;
  readonly #writes: Writes;
  readonly #warn: (message: string) => void;
  /** The first row that is written of a step. */
  readonly #first = new Map<string, number>();
  /** Files by folder. */
  readonly #files = new Map<string, string>();
  readonly #pending: Promise<void>[] = [];

  /**
   * @param directory what is in there is no more
   * @param fail takes why nothing can be written
   * @param warn takes what cannot be read
   */
  constructor(
    store: Store,
    directory: string,
    fail: (message: string) => void,
    warn: (message: string) => void = fail,
  ) {
    this.#store = store;
    this.#directory = directory;
    this.#warn = warn;
    this.#writes = new Writes((why) =>
      fail(`nothing is written for TensorBoard in ${directory}: ${why}`)
    );
    this.#writes.try(() => discard(directory));
  }

  /** Takes the next event. */
  take(event: Stamped): void {
    const time = Date.parse(event.time) / 1000;
    if (event.kind === "step-metrics") {
      const { step: x } = event.row;
      if (!this.#first.has(event.step)) this.#first.set(event.step, typeof x === "number" ? x : 0);
      this.#write(event.step, pointsOf(event.step, event.row, time));
    } else if (event.kind === "step-finished") {
      this.#writeResult(event.step, event.metrics, time);
      // What was found in the store has told no rows, nor have events that are read again; of a step that goes on after a
      // kill, those before are there.
      const first = this.#first.get(event.step) ?? Infinity;
      this.#first.set(event.step, 0);
      if (first > 0) this.#pending.push(this.#copy(event.step, event.key, first, time));
    }
  }

  /** Waits until all is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** Rows that a step has in the store, up to one. */
  async #copy(step: string, key: string, end: number, time: number): Promise<void> {
    const rows = readableRows(this.#store, key, "metrics", () => this.#warn(damagedText(step)));
    for await (const row of rows) {
      if (typeof row.step === "number" && row.step >= end) return;
      this.#write(step, pointsOf(step, row, time));
    }
  }

  #writeResult(step: string, metrics: Metrics, time: number): void {
    const { name = step, loops = {}, values = {} } = parseStepName(step) ?? {};
    const around = Object.entries(loops), iteration = around.pop();
    const outer = around.map(([loop, i]) => `${loop}=${i}`);
    const axes = Object.entries(values).map(([axis, value]) => `${axis}=${value}`);
    const folder = ["run", ...outer, ...axes].join(",");
    const [chart, x] = iteration === undefined ? ["results", 0] : ["iterations", iteration[1]];
    const points = Object.entries(numbersOf(metrics)).map(([metric, value]) => ({
      tag: `${chart}/${name}/${metric}`,
      ...{ step: x, value, time },
    }));
    this.#write(folder, points);
  }

  #write(folder: string, points: readonly Scalar[]): void {
    if (points.length === 0) return;
    this.#writes.try(() => {
      const file = this.#files.get(folder) ?? this.#begin(folder, points[0]!.time);
      const bytes = points.flatMap((point) => [...scalarRecord(point)]);
      Deno.writeFileSync(file, Uint8Array.from(bytes), { append: true });
    });
  }

  #begin(folder: string, time: number): string {
    // A name has slashes where a value on an axis is a path.
    const directory = join(this.#directory, folder.replaceAll(/[/\\:*?"<>|]/g, "_"));
    Deno.mkdirSync(directory, { recursive: true });
    const file = join(directory, `events.out.tfevents.${Math.floor(time)}.soar`);
    this.#files.set(folder, file);
    Deno.writeFileSync(file, fileHeader(time), { append: true });
    return file;
  }
}

function damagedText(step: string): string {
  return `the metrics of ${step} are damaged: what can be read of them is written`;
}

/** A row of a table `metrics` as points. */
function pointsOf(step: string, { step: x, ...row }: JsonObject, time: number): Scalar[] {
  if (typeof x !== "number") return [];
  const { name = step } = parseStepName(step) ?? {};
  return Object.entries(numbersOf(row)).map(([metric, value]) => ({
    tag: `${name}/${metric}`,
    ...{ step: x, value, time },
  }));
}

/**
 * Writes what is kept of a run; of a step that runs, so far.
 *
 * @param directory where to; what is in there is no more
 * @param fail takes why nothing can be written
 * @param warn takes what cannot be read
 * @returns how many steps had numbers
 */
export async function writeBoard(
  store: Store,
  run: string,
  directory: string,
  fail: (message: string) => void,
  warn: (message: string) => void,
): Promise<number> {
  await using board = new BoardWriter(store, directory, fail, warn);
  const finished = new Set<string>(), begun = new Map<string, Stamped & { kind: "step-started" }>();
  for (const event of readEvents(store, run)) {
    board.take(event);
    if (event.kind === "step-finished") finished.add(event.step);
    if (event.kind === "step-started") begun.set(event.step, event);
  }
  let count = finished.size;
  for (const { step, key, time, run } of begun.values()) {
    if (finished.has(step)) continue;
    count++;
    const rows = readableRows(store, key, "metrics", () => warn(damagedText(step)));
    for await (const row of rows) {
      board.take({ kind: "step-metrics", step, row, time, run });
    }
  }
  return count;
}
