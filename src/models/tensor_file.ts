import type { ByteSource } from "./bytes.ts";
import { type ElementName, ELEMENTS } from "./elements.ts";
import { elementCount } from "../runtime/mod.ts";

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
  /** Tensors of element types that are not read, with the type's name: no weight is of one. */
  readonly others?: ReadonlyMap<string, string>;
}

/** Bytes of so many elements; undefined when they do not fill whole blocks. */
export function storedBytes(type: ElementName, shape: readonly number[]): number | undefined {
  const { block, bytes } = ELEMENTS[type], count = elementCount(shape);
  return count % block === 0 ? count / block * bytes : undefined;
}

/** Elements that are decoded at a time: a whole number of blocks of every type. */
const PART = 2 ** 18;

/** A tensor of a file as float32, a part at a time; each part is overwritten by the next. */
export function* readParts(
  file: TensorFile,
  name: string,
): Generator<{ readonly values: Float32Array; readonly at: number }> {
  const { type, shape, offset } = file.tensors.get(name)!;
  const { block, bytes, decode } = ELEMENTS[type];
  const count = elementCount(shape), most = Math.min(PART, count);
  const raw = new Uint8Array(most / block * bytes), scratch = new Float32Array(most);
  for (let at = 0; at < count; at += PART) {
    const values = scratch.subarray(0, Math.min(PART, count - at));
    const stored = raw.subarray(0, values.length / block * bytes);
    file.source.read(offset + at / block * bytes, stored);
    decode(stored, values);
    yield { values, at };
  }
}

/** A whole tensor of a file as float32. */
export function readTensor(file: TensorFile, name: string): Float32Array<ArrayBuffer> {
  const whole = new Float32Array(elementCount(file.tensors.get(name)!.shape));
  for (const { values, at } of readParts(file, name)) whole.set(values, at);
  return whole;
}
