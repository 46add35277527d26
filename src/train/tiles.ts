import { type Tensor, tensor } from "../runtime/mod.ts";

/**
 * Rows of the head in a tile: few enough that they and their scores stay in a processor's cache, and no power of two, for
 * then the rows of scores would contend for the same lines of it (their product with the head is a fifth slower).
 */
const TILE = 2304;
/** Bytes of a tile's scores at most. */
const TILE_BYTES = 32 * 2 ** 20;
const KEPT_BYTES = 256 * 2 ** 20;

/** How the vocabulary is cut. */
export interface Tiling {
  /** Rows in a tile at most. */
  readonly tile?: number;
  /** Bytes of scores that wait for the backward pass; more are computed again. */
  readonly keptBytes?: number;
}

/** A part of the vocabulary. */
export interface Tile {
  readonly start: number;
  readonly end: number;
  /** Whether its scores wait for the backward pass. */
  readonly kept: boolean;
}

/**
 * Cuts the rows of the head [V, D] into tiles of R rows, whose scores [C, R] are float32.
 *
 * @param vocabulary V
 * @param tokens C, those that are scored at once
 * @returns tiles in order, which cover the vocabulary; the first are kept for the backward pass, as many as fit in
 *   `keptBytes`
 */
export function tilesOf(
  vocabulary: number,
  tokens: number,
  { tile = TILE, keptBytes = KEPT_BYTES }: Tiling = {},
): Tile[] {
  const size = Math.max(1, Math.min(tile, Math.floor(TILE_BYTES / (4 * tokens))));
  return Array.from({ length: Math.ceil(vocabulary / size) }, (_, i) => {
    const start = i * size, end = Math.min(vocabulary, start + size);
    return { start, end, kept: 4 * tokens * end <= keptBytes };
  });
}

/** Where a tile's scores lie: in a place of their own, or in one that those not kept share. */
export function placeOf({ start, end, kept }: Tile): string {
  return kept ? `logits.${start}` : `logits of ${end - start}`;
}

/** A tile's rows of the head, int64 [R]. */
export function rowsOf({ start, end }: Tile): Tensor<"int64"> {
  return tensor("int64", [end - start], Array.from({ length: end - start }, (_, i) => start + i));
}

/** For each of C labels: `inside` [C, 1], 1 where it is in the tile, else 0; `index` [C, 1], as which of its rows, else 0. */
export function labelsIn(
  { start, end }: Tile,
  labels: readonly number[],
): { inside: Tensor<"float32">; index: Tensor<"int64"> } {
  const inside = labels.map((label) => Number(start <= label && label < end));
  const index = labels.map((label, i) => inside[i] === 1 ? label - start : 0);
  return {
    inside: tensor("float32", [labels.length, 1], inside),
    index: tensor("int64", [labels.length, 1], index),
  };
}
