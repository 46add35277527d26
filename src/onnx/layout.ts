/**
 * How a product of matrices is laid out, so that its sums do not depend on the number of threads (docs/decisions/0013).
 *
 * ONNX Runtime's product on the processor (MLAS) adds up 128 terms at a time; where the right matrix has 64 columns or
 * fewer, 256 or more at a time. A left matrix with fewer rows than the right one has columns is not what threads
 * share: they share the columns, each then having few. So such a product is made as the transpose of the one that is higher
 * than wide. One row is a kernel of its own, a transposed left matrix is always taken 128 terms at a time, and no more
 * terms than 128 are one sum anyway.
 *
 * @module
 */
import { threads } from "../runtime/mod.ts";

/** Terms that are added up at a time. */
const TERMS = 128;
/** Columns up to which more are. */
const FEW_COLUMNS = 64;
/** Columns of each thread at least, so that it has more than few of them: they are shared out by sixteens. */
const THREAD_COLUMNS = 80;

/** A product [m, k] · [k, n]. */
export interface ProductSizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/**
 * Whether to make the product the other way round, [n, k] · [k, m]. What this gives to the last bit depends on the sizes
 * alone: the number of threads is asked only where both ways give the same.
 *
 * @param count threads
 */
export function isTurned({ m, n, k }: ProductSizes, count: number = threads()): boolean {
  if (m === 1 || m >= n) return false;
  if (k > TERMS && (m <= FEW_COLUMNS || n <= THREAD_COLUMNS * count)) return true;
  // The right matrix is copied first, and for a few dozen rows the weight is the larger one by far: decision 8.
  return m >= 4 && m <= Math.min(n, k) / 8;
}

/**
 * A number of rows that stands for all that are laid out alike, in products of these widths: graphs differ by it.
 *
 * @param widths columns of right matrices, and terms
 */
export function layoutRows(
  rows: number,
  widths: readonly number[],
  count: number = threads(),
): number {
  const alike = (other: number) =>
    widths.every((n) =>
      widths.every((k) =>
        isTurned({ m: other, n, k }, count) === isTurned({ m: rows, n, k }, count)
      )
    );
  const bounds = [1, 2, 4, FEW_COLUMNS + 1, ...widths, ...widths.map((n) => Math.floor(n / 8) + 1)];
  // The least that is alike; the rule changes at bounds alone.
  return Math.min(rows, ...bounds.filter((bound) => bound <= rows && alike(bound)));
}
