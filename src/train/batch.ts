import { type Tensor, tensor } from "../runtime/mod.ts";

/** A token sequence of which the part from `promptLength` on counts. */
export interface Row {
  /** Prompt and completion. */
  readonly ids: readonly number[];
  readonly promptLength: number;
  /** For a policy gradient. */
  readonly advantage?: number;
  /** For a policy gradient: the sampler's log-probability of each completion token. */
  readonly oldLogps?: readonly number[];
}

/** Number of completion tokens. */
export function completionLength(row: Row): number {
  return row.ids.length - row.promptLength;
}

/**
 * Feeds of one micro-batch: labels are the ids shifted by one, rows padded on the right.
 *
 * @throws {RangeError} when a row has no completion, or is longer than the model's context
 */
export function toFeeds(
  rows: readonly Row[],
  context: number,
  policyGradient: boolean,
): Record<string, Tensor> {
  const width = Math.max(...rows.map((row) => row.ids.length)) - 1;
  if (width > context) {
    throw new RangeError(`Cannot train on ${width + 1} tokens: the model's context is ${context}`);
  }
  const size = rows.length * width;
  const ids = new BigInt64Array(size), labels = new BigInt64Array(size);
  const mask = new Float32Array(size), old = new Float32Array(size);
  rows.forEach((row, r) => {
    if (completionLength(row) < 1 || row.promptLength < 1) {
      throw new RangeError(
        `Cannot train on row ${r}: ${row.promptLength} prompt tokens of ${row.ids.length}`,
      );
    }
    for (let t = 0; t + 1 < row.ids.length; t++) {
      const at = r * width + t, completion = t + 1 - row.promptLength;
      ids[at] = BigInt(row.ids[t]!);
      labels[at] = BigInt(row.ids[t + 1]!);
      if (completion < 0) continue;
      mask[at] = 1;
      old[at] = row.oldLogps?.[completion] ?? 0;
    }
  });
  const dims = [rows.length, width];
  const feeds: Record<string, Tensor> = {
    ids: tensor("int64", dims, ids),
    labels: tensor("int64", dims, labels),
    mask: tensor("float32", dims, mask),
  };
  if (policyGradient) {
    feeds.old_logps = tensor("float32", dims, old);
    feeds.advantages = tensor("float32", [rows.length, 1], rows.map((row) => row.advantage ?? 0));
  }
  return feeds;
}

/** A float32 scalar. */
export function scalar(value: number): Tensor<"float32"> {
  return tensor("float32", [], [value]);
}

/** Releases tensors that were made for one call. */
export function disposeAll(tensors: Readonly<Record<string, Tensor>>): void {
  for (const t of Object.values(tensors)) t.dispose();
}
