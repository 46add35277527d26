/**
 * Types that weights are held in, besides float32.
 *
 * The integers are ggml's (ggml-quants.c): blocks of 32 along a row with one scale, which is a float16 number. `int8` is
 * Q8_0, `int4` is Q4_0, so that weights of a GGUF file in these types are held as they are.
 *
 * @module
 */
import type { DType } from "../runtime/mod.ts";

/** Every precision. */
export const PRECISIONS = ["float32", "float16", "int8", "int4"] as const;

/**
 * What matrices are held in; norms and biases are always float32.
 *
 * @internal
 */
export type Precision = typeof PRECISIONS[number];

/** Weights that share a scale. */
export const BLOCK = 32;

/** What a tensor is held in. */
export interface StoredType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

const HALF = BLOCK / 2;

/** Name of the scales of integer weights. */
export function scalesName(name: string): string {
  return `${name}.scales`;
}

/** Whether a weight is a matrix of integers at such a precision: projections are, embedding and head are not. */
export function isQuantized(name: string, precision: Precision): boolean {
  return (precision === "int8" || precision === "int4") && /_proj\.weight$/.test(name);
}

function isHalf(name: string, precision: Precision): boolean {
  return precision === "float16" && /(_proj|embed_tokens|lm_head)\.weight$/.test(name);
}

/**
 * The largest magnitude that a weight may have, so that what it is rounded to is finite: that of float16, which the scales
 * of integers are too.
 */
export function largestOf(name: string, precision: Precision): number {
  const float16 = 65504;
  if (isHalf(name, precision)) return float16;
  if (!isQuantized(name, precision)) return Infinity;
  return float16 * (precision === "int8" ? 127 : 8);
}

/**
 * The tensors that hold weights of these shapes, [out, in]. Integers have scales [out, in / 32]: `int8` is int8
 * [out, in / 32, 32]; `int4` is uint8 [out, in / 32, 16], whose bytes have the numbers i and i + 16 of a block, each 8
 * more than it is, as in ggml.
 *
 * @throws {RangeError} when a row is no whole number of blocks, naming the weight
 */
export function storedTypes(
  shapes: ReadonlyMap<string, readonly number[]>,
  precision: Precision = "float32",
): ReadonlyMap<string, StoredType> {
  const types = new Map<string, StoredType>();
  for (const [name, shape] of shapes) {
    if (!isQuantized(name, precision)) {
      types.set(name, { dtype: isHalf(name, precision) ? "float16" : "float32", shape });
      continue;
    }
    const [out, into] = shape as [number, number];
    if (into % BLOCK !== 0) {
      throw new RangeError(
        `Cannot hold ${name} [${shape}] as ${precision}: a row must be a multiple of ${BLOCK}`,
      );
    }
    const blocks = into / BLOCK;
    types.set(
      name,
      precision === "int8"
        ? { dtype: "int8", shape: [out, blocks, BLOCK] }
        : { dtype: "uint8", shape: [out, blocks, HALF] },
    );
    types.set(scalesName(name), { dtype: "float32", shape: [out, blocks] });
  }
  return types;
}

/**
 * Rounds whole blocks to integers.
 *
 * @param first index of the first block in `into` and `scales`
 */
export function quantize(
  values: Float32Array,
  into: Int8Array | Uint8Array,
  scales: Float32Array,
  first: number,
): void {
  for (let from = 0, block = first; from < values.length; from += BLOCK, block++) {
    let largest = 0; // with its sign
    for (let i = from; i < from + BLOCK; i++) {
      if (Math.abs(values[i]!) > Math.abs(largest)) largest = values[i]!;
    }
    const wide = into instanceof Int8Array;
    const scale = Math.f16round(wide ? Math.abs(largest) / 127 : largest / -8);
    const inverse = scale === 0 ? 0 : 1 / scale;
    scales[block] = scale;
    const integer = (i: number) => values[from + i]! * inverse;
    if (wide) {
      for (let i = 0; i < BLOCK; i++) {
        into[block * BLOCK + i] = Math.max(-127, Math.min(127, Math.round(integer(i))));
      }
      continue;
    }
    const nibble = (i: number) => Math.min(15, Math.trunc(integer(i) + 8.5));
    for (let i = 0; i < HALF; i++) {
      into[block * HALF + i] = nibble(i) | (nibble(i + HALF) << 4);
    }
  }
}

/** The numbers that integers stand for. */
export function dequantize(
  held: Int8Array | Uint8Array,
  scales: Float32Array,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(scales.length * BLOCK);
  scales.forEach((scale, block) => {
    for (let i = 0, to = block * BLOCK; i < BLOCK; i++, to++) {
      const integer = held instanceof Int8Array
        ? held[to]!
        : ((held[block * HALF + i % HALF]! >> (i < HALF ? 0 : 4)) & 15) - 8;
      values[to] = integer * scale;
    }
  });
  return values;
}

/** Integers of four bits in the order of MatMulNBits: a byte has the numbers 2 i and 2 i + 1 of its block. */
export function interleave(held: Uint8Array, into: Uint8Array): void {
  const nibble = (start: number, i: number) =>
    i < HALF ? held[start + i]! & 15 : held[start + i - HALF]! >> 4;
  for (let start = 0; start < held.length; start += HALF) {
    for (let i = 0; i < HALF; i++) {
      into[start + i] = nibble(start, 2 * i) | (nibble(start, 2 * i + 1) << 4);
    }
  }
}
