import type { ByteSource } from "./bytes.ts";
import { type ElementName, ELEMENTS } from "./elements.ts";

/** A tensor of a file. */
export interface StoredTensor {
  readonly type: ElementName;
  /** Outermost dimension first. */
  readonly shape: readonly number[];
  /** Where its bytes start in the file. */
  readonly offset: number;
}

/** The tensors of an open file by name; their elements are read on demand. */
export interface TensorFile {
  readonly source: ByteSource;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** Number of elements. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Bytes of so many elements; undefined when they do not fill whole blocks. */
export function storedBytes(type: ElementName, shape: readonly number[]): number | undefined {
  const { block, bytes } = ELEMENTS[type], count = elementCount(shape);
  return count % block === 0 ? count / block * bytes : undefined;
}

/** Elements that are decoded at a time: a whole number of blocks of every type. */
const PART = 2 ** 18;

/** Reads a tensor of a file as float32 straight into `into`, a part at a time. */
export function readTensor(file: TensorFile, name: string, into: Float32Array): void {
  const { type, offset } = file.tensors.get(name)!;
  const { block, bytes, decode } = ELEMENTS[type];
  const scratch = new Uint8Array(Math.min(PART, into.length) / block * bytes);
  for (let done = 0; done < into.length; done += PART) {
    const part = into.subarray(done, done + PART);
    const raw = scratch.subarray(0, part.length / block * bytes);
    file.source.read(offset + done / block * bytes, raw);
    decode(raw, part);
  }
}
