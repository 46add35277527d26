import type { LlamaConfig } from "../models/mod.ts";
import type { Row } from "./batch.ts";
import { activationBytes } from "./decoder.ts";

/** Bytes of activations that may wait for the backward pass: a micro-batch has no more, unless one row alone has. */
export const ACTIVATION_BUDGET = 2 ** 30;

/**
 * Rows in micro-batches, sorted by length, so that little is padded.
 *
 * @param most largest number of rows in one, unless fewer may not be apart
 * @param bytes what a micro-batch of so many rows of a length takes
 * @param together how many rows that follow each other stay so, in one micro-batch
 */
export function microBatches(
  rows: readonly Row[],
  most: number,
  bytes: (rows: number, length: number) => number,
  together = 1,
): Row[][] {
  const groups = groupsOf(rows, together).map((group) => ({
    group,
    length: Math.max(...group.map(({ ids }) => ids.length)),
  }));
  const parts: Row[][] = [[]];
  for (const { group, length } of groups.toSorted((a, b) => a.length - b.length)) {
    const part = parts.at(-1)!, size = part.length + together;
    const fits = size <= most && bytes(size, length) <= ACTIVATION_BUDGET;
    if (part.length === 0 || fits) part.push(...group);
    else parts.push(group);
  }
  // Where all fit there is nothing to save by another order.
  return parts.length === 1 ? [[...rows]] : parts;
}

/** Rows that have to be together. @throws {RangeError} when the last group is short */
export function groupsOf(rows: readonly Row[], together: number): Row[][] {
  if (rows.length % together !== 0) {
    throw new RangeError(
      `Cannot train on ${rows.length} rows: the loss takes ${together} together, and some are left`,
    );
  }
  return Array.from(
    { length: rows.length / together },
    (_, i) => rows.slice(i * together, (i + 1) * together),
  );
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
