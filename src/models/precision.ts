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

/** What matrices are held in; norms and biases are always float32. */
export type Precision = typeof PRECISIONS[number];

/** Bits of an integer, where weights are integers. */
export const BITS: Readonly<Partial<Record<Precision, 4 | 8>>> = { int8: 8, int4: 4 };

/** Weights that share a scale. */
export const BLOCK = 32;

/** What a tensor is held in. */
export interface StoredType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Name of the scales of integer weights. */
export function scalesName(name: string): string {
  return `${name}.scales`;
}

/** Whether a weight is a matrix of integers at such a precision: projections are, embedding and head are not. */
export function isQuantized(name: string, precision: Precision): boolean {
  return BITS[precision] !== undefined && /_proj\.weight$/.test(name);
}

function isHalf(name: string, precision: Precision): boolean {
  return precision === "float16" && /(_proj|embed_tokens|lm_head)\.weight$/.test(name);
}

/**
 * The tensors that hold weights of these shapes, [out, in]: integers are uint8 [out, in / 32, 4 · bits] with scales
 * [out, in / 32], as MatMulNBits wants them (docs/ContribOperators.md of ONNX Runtime).
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
    types.set(name, { dtype: "uint8", shape: [out, blocks, BLOCK * BITS[precision]! / 8] });
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
  bits: 4 | 8,
  values: Float32Array,
  into: Uint8Array,
  scales: Float32Array,
  first: number,
): void {
  for (let from = 0, block = first; from < values.length; from += BLOCK, block++) {
    let largest = 0; // with its sign
    for (let i = from; i < from + BLOCK; i++) {
      if (Math.abs(values[i]!) > Math.abs(largest)) largest = values[i]!;
    }
    const scale = Math.f16round(bits === 4 ? largest / -8 : Math.abs(largest) / 127);
    const inverse = scale === 0 ? 0 : 1 / scale;
    scales[block] = scale;
    if (bits === 8) {
      for (let i = 0; i < BLOCK; i++) {
        into[block * BLOCK + i] = 128 + clamp(Math.round(values[from + i]! * inverse), 127);
      }
      continue;
    }
    const nibble = (i: number) => Math.min(15, Math.trunc(values[from + i]! * inverse + 8.5));
    for (let i = 0; i < BLOCK; i += 2) {
      into[(block * BLOCK + i) / 2] = nibble(i) | (nibble(i + 1) << 4);
    }
  }
}

/** The numbers that integers stand for. */
export function dequantize(
  bits: 4 | 8,
  packed: Uint8Array,
  scales: Float32Array,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(scales.length * BLOCK);
  for (let i = 0; i < values.length; i++) {
    const integer = bits === 8
      ? packed[i]! - 128
      : ((packed[i >> 1]! >> (i % 2 === 0 ? 0 : 4)) & 15) - 8;
    values[i] = integer * scales[Math.floor(i / BLOCK)]!;
  }
  return values;
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}
