import type { LlamaConfig } from "../models/mod.ts";
import type { Row } from "./batch.ts";
import { activationBytes } from "./decoder.ts";

/** Bytes of activations that may wait for the backward pass: a micro-batch has no more, unless one row alone has. */
export const ACTIVATION_BUDGET = 2 ** 30;

/**
 * Rows sorted by length, so that little is padded, in micro-batches.
 *
 * @param most largest number of rows in one
 * @param bytes what a micro-batch of so many rows of a length takes
 */
export function microBatches(
  rows: readonly Row[],
  most: number,
  bytes: (rows: number, length: number) => number,
): Row[][] {
  const sorted = rows.toSorted((a, b) => a.ids.length - b.ids.length);
  const parts: Row[][] = [[]];
  for (const row of sorted) {
    const part = parts.at(-1)!, fits = bytes(part.length + 1, row.ids.length) <= ACTIVATION_BUDGET;
    if (part.length === 0 || (part.length < most && fits)) part.push(row);
    else parts.push([row]);
  }
  // Where all fit there is nothing to save by another order.
  return parts.length === 1 ? [[...rows]] : parts;
}

/** What training on so many rows of a length keeps: in proportion to the rows, and computed once for each length. */
export function activationsOf(
  config: LlamaConfig,
  recompute: boolean,
): (rows: number, length: number) => number {
  const known = new Map<number, number>();
  return (rows, length) => {
    let one = known.get(length);
    if (one === undefined) known.set(length, one = activationBytes(config, 1, length, recompute));
    return rows * one;
  };
}
