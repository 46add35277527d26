import type { Columns } from "../losses/loss.ts";
import { type Tensor, tensor } from "../runtime/mod.ts";

/** A token sequence of which the part from `promptLength` on counts. */
export interface Row {
  /** Prompt and completion. */
  readonly ids: readonly number[];
  readonly promptLength: number;
  /** What the loss needs besides: a number, or one for each completion token. */
  readonly columns?: Readonly<Record<string, number | readonly number[]>>;
  /** Whether its tokens count for nothing: it is in the denominator as a row alone. */
  readonly masked?: boolean;
}

/** Number of completion tokens. */
export function completionLength(row: Row): number {
  return row.ids.length - row.promptLength;
}

/** Rows side by side, padded on the right to one length; the last token of a row is only a label. */
export interface Batch {
  readonly rows: readonly Row[];
  /** Tokens of a row that are read: the longest row's, less one. */
  readonly length: number;
  /** int64 [B, T] */
  readonly ids: Tensor<"int64">;
  /** The ids that are read, and where each stands in the flattened [B, T]: all but padding. */
  readonly read: readonly number[];
  readonly readPlaces: readonly number[];
  /** For each completion token, where in the flattened [B, T] it is predicted. */
  readonly places: readonly number[];
  /** For each completion token, its id. */
  readonly labels: readonly number[];
}

/**
 * Lays rows out for one run; release `ids` after it.
 *
 * @throws {RangeError} when a row has no completion, or is longer than the model's context
 */
export function toBatch(rows: readonly Row[], context: number): Batch {
  const length = Math.max(...rows.map((row) => row.ids.length)) - 1;
  if (length > context) {
    throw new RangeError(`Cannot train on ${length + 1} tokens: the model's context is ${context}`);
  }
  const ids = new BigInt64Array(rows.length * length);
  const places: number[] = [],
    labels: number[] = [],
    read: number[] = [],
    readPlaces: number[] = [];
  checkRows(rows);
  rows.forEach((row, r) => {
    for (let t = 0; t + 1 < row.ids.length; t++) {
      ids[r * length + t] = BigInt(row.ids[t]!);
      read.push(row.ids[t]!);
      readPlaces.push(r * length + t);
      if (t + 1 < row.promptLength) continue;
      places.push(r * length + t);
      labels.push(row.ids[t + 1]!);
    }
  });
  const padded = tensor("int64", [rows.length, length], ids);
  return { rows, length, ids: padded, read, readPlaces, places, labels };
}

/** @throws {RangeError} when a row has no prompt, or no completion */
export function checkRows(rows: readonly Row[]): void {
  rows.forEach((row, r) => {
    if (completionLength(row) >= 1 && row.promptLength >= 1) return;
    throw new RangeError(
      `Cannot train on row ${r}: ${row.promptLength} prompt tokens of ${row.ids.length}`,
    );
  });
}

/** Feeds of the loss, laid out as [B, T] or [B, 1]; logps are by completion token. */
export function lossFeeds(
  { rows, length, places }: Batch,
  logps: readonly number[],
  columns: Columns,
): Record<string, Tensor> {
  const dims = [rows.length, length];
  const grid = (values: readonly number[]) => {
    const data = new Float32Array(rows.length * length);
    places.forEach((place, i) => data[place] = values[i]!);
    return tensor("float32", dims, data);
  };
  const feeds: Record<string, Tensor> = {
    logps: grid(logps),
    mask: grid(rows.flatMap((row) => Array(completionLength(row)).fill(row.masked ? 0 : 1))),
  };
  for (const [name, per] of Object.entries(columns)) {
    const values = rows.map((row) => row.columns![name]!);
    feeds[name] = per === "row"
      ? tensor("float32", [rows.length, 1], values as number[])
      : grid(values.flat());
  }
  return feeds;
}

/** @throws {RangeError} when a row lacks a column that the loss needs, or has too few or too many numbers in it */
export function checkColumns(rows: readonly Row[], loss: string, columns: Columns): void {
  rows.forEach((row, r) => {
    for (const [name, per] of Object.entries(columns)) {
      const value = row.columns?.[name], wanted = per === "row" ? "a number" : "one per token";
      const fits = per === "row"
        ? typeof value === "number"
        : Array.isArray(value) && value.length === completionLength(row);
      if (fits) continue;
      throw new RangeError(
        `Cannot train on row ${r}: loss ${loss} needs ${name}, ${wanted}, and it has ` +
          (Array.isArray(value)
            ? `${value.length} for ${completionLength(row)} tokens`
            : `${value ?? "none"}`),
      );
    }
  });
}

/** A float32 scalar. */
export function scalar(value: number): Tensor<"float32"> {
  return tensor("float32", [], [value]);
}

/** Releases tensors that were made for one call. */
export function disposeAll(tensors: Readonly<Record<string, Tensor>>): void {
  for (const t of Object.values(tensors)) t.dispose();
}

/** Runs `work` on tensors and releases these afterwards. */
export async function releasing<F extends Record<string, Tensor>, T>(
  tensors: F,
  work: (tensors: F) => Promise<T>,
): Promise<T> {
  try {
    return await work(tensors);
  } finally {
    disposeAll(tensors);
  }
}
