/**
 * The header of a GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): metadata and where the tensors
 * lie. Every count and length in it is compared with what is left of the file before memory is taken for it.
 *
 * @module
 */
import type { ByteSource } from "./bytes.ts";

/** The metadata of a GGUF file, by its keys: numbers, booleans, strings, and lists of one of them. */
export type GgufMetadata = Readonly<Record<string, unknown>>;

/** A tensor as the header describes it. */
export interface GgufTensor {
  readonly name: string;
  /** Innermost dimension first. */
  readonly dims: readonly number[];
  /** Number of its element type in ggml's `ggml_type`. */
  readonly type: number;
  /** Byte in the file. */
  readonly offset: number;
}

/** What a header says. */
export interface GgufHeader {
  readonly metadata: GgufMetadata;
  readonly tensors: readonly GgufTensor[];
}

/** Least bytes that an entry of metadata and one of the tensors' list take. */
const LEAST_ENTRY = 13, LEAST_TENSOR = 24;
/** ggml knows no tensors of more dimensions. */
const DIMENSIONS = 4;
/** No vocabulary has more tokens or merges, no model more tensors or entries, and no template more bytes. */
const MOST_VALUES = 2 ** 24, MOST_ENTRIES = 2 ** 20, MOST_BYTES = 2 ** 26;
/** The same for a name; ggml's tensors have 63 bytes at most. */
const MOST_NAME = 256;
/** Where tensors start, unless `general.alignment` says otherwise. */
const ALIGNMENT = 32;

/** How one value of each type is read, by its number in `gguf_type`, and the bytes that it takes at least. */
const VALUES: Readonly<Record<number, readonly [bytes: number, read: (at: Cursor) => unknown]>> = {
  0: [1, (at) => at.view(1).getUint8(0)],
  1: [1, (at) => at.view(1).getInt8(0)],
  2: [2, (at) => at.view(2).getUint16(0, true)],
  3: [2, (at) => at.view(2).getInt16(0, true)],
  4: [4, (at) => at.view(4).getUint32(0, true)],
  5: [4, (at) => at.view(4).getInt32(0, true)],
  6: [4, (at) => at.view(4).getFloat32(0, true)],
  7: [1, (at) => at.boolean()],
  8: [8, (at) => at.string()],
  9: [12, (at) => at.list()],
  10: [8, (at) => exact(at.view(8).getBigUint64(0, true))],
  11: [8, (at) => exact(at.view(8).getBigInt64(0, true))],
  12: [8, (at) => at.view(8).getFloat64(0, true)],
};
const LIST = 9;

/**
 * Reads the header.
 *
 * @throws {SyntaxError} when it is damaged or claims more than the file has
 */
export function readGgufHeader(source: ByteSource): GgufHeader {
  const at = new Cursor(source);
  if (source.size < 24) throw at.fail(`it has ${source.size} bytes, too few for GGUF`);
  if (at.text(4) !== "GGUF") throw at.fail("it is no GGUF file");
  const version = at.view(4).getUint32(0, true);
  // A version has few digits: one that is large is small with its bytes the other way round.
  if ((version & 0xffff) === 0) throw at.fail("it is big-endian; read are little-endian files");
  if (version !== 2 && version !== 3) {
    throw at.fail(`it is GGUF version ${version}; read are 2 and 3`);
  }
  const claimed = { tensors: at.exactCount(), entries: at.exactCount() };
  const tensors = Number(claimed.tensors), entries = Number(claimed.entries);
  if (
    tensors * LEAST_TENSOR + entries * LEAST_ENTRY > source.size ||
    Math.max(tensors, entries) > MOST_ENTRIES
  ) {
    throw at.fail(
      `its header claims ${claimed.tensors} tensors and ${claimed.entries} entries, ` +
        `the file has ${source.size} bytes`,
    );
  }
  const metadata = readMetadata(at, entries);
  const listed = Array.from({ length: tensors }, () => readTensorInfo(at));
  const alignment = metadata["general.alignment"] ?? ALIGNMENT;
  if (!isAlignment(alignment)) {
    throw at.fail(`general.alignment is ${alignment}; it has to be a power of two from 8`);
  }
  const start = Math.ceil(at.position / alignment) * alignment;
  return {
    metadata,
    tensors: listed.map((tensor) => {
      if (tensor.offset % alignment !== 0) {
        throw at.fail(
          `tensor ${tensor.name} starts at ${tensor.offset}, no multiple of ${alignment}`,
        );
      }
      return { ...tensor, offset: start + tensor.offset };
    }),
  };
}

function isAlignment(value: unknown): value is number {
  return typeof value === "number" && value >= 8 && Number.isInteger(Math.log2(value));
}

function readMetadata(at: Cursor, entries: number): GgufMetadata {
  const metadata: Record<string, unknown> = Object.create(null); // a key may be called constructor
  for (let i = 0; i < entries; i++) {
    const key = at.string(MOST_NAME);
    if (key in metadata) throw at.fail(`key ${key} stands twice`);
    metadata[key] = at.value(at.view(4).getUint32(0, true), `key ${key}`);
  }
  return metadata;
}

function readTensorInfo(at: Cursor): GgufTensor {
  const name = at.string(MOST_NAME), count = at.view(4).getUint32(0, true);
  if (count > DIMENSIONS) throw at.fail(`tensor ${name} has ${count} dimensions`);
  const dims = Array.from({ length: count }, () => at.count());
  return { name, dims, type: at.view(4).getUint32(0, true), offset: at.count() };
}

/** A number where it is exact, and a bigint beyond. */
function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Reads a file from its start on, through a window on it. */
class Cursor {
  readonly #source: ByteSource;
  #window = new Uint8Array();
  /** Where in the file the window starts. */
  #start = 0;
  position = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  fail(problem: string): SyntaxError {
    return new SyntaxError(`Cannot read ${this.#source.name}: ${problem}`);
  }

  #left(): number {
    return this.#source.size - this.position;
  }

  /** The next bytes; they are overwritten when more are read. */
  #bytes(length: number): Uint8Array {
    if (length > this.#left()) {
      throw this.fail(
        `its header is damaged: at byte ${this.position} it asks for ${length} more of ${this.#left()}`,
      );
    }
    const from = this.position - this.#start;
    if (from + length > this.#window.length) {
      this.#start = this.position;
      this.#window = new Uint8Array(Math.min(Math.max(length, 2 ** 20), this.#left()));
      this.#source.read(this.#start, this.#window);
    }
    const begin = this.position - this.#start;
    this.position += length;
    return this.#window.subarray(begin, begin + length);
  }

  view(length: number): DataView {
    const bytes = this.#bytes(length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  text(length: number): string {
    return DECODER.decode(this.#bytes(length));
  }

  boolean(): boolean {
    const byte = this.view(1).getUint8(0);
    if (byte > 1) throw this.fail(`its header is damaged: a boolean is ${byte}`);
    return byte === 1;
  }

  /** A count, a length or an offset; it is compared with the file by who uses it. */
  count(): number {
    return Number(this.exactCount());
  }

  /** The same without rounding, to be shown. */
  exactCount(): bigint {
    return this.view(8).getBigUint64(0, true);
  }

  string(most = MOST_BYTES): string {
    const length = this.count();
    if (length <= most) return this.text(length);
    throw this.fail(
      `its header is damaged: at byte ${this.position} a string claims ${length} bytes`,
    );
  }

  /** A list of values of one type, numbers in a typed array. */
  list(): ArrayLike<unknown> {
    const type = this.view(4).getUint32(0, true), count = this.count();
    const least = VALUES[type]?.[0] ?? 1;
    if (type === LIST) throw this.fail("its header is damaged: a list holds lists");
    if (count * least > this.#left() || count > MOST_VALUES) {
      throw this.fail(
        `its header is damaged: at byte ${this.position} a list claims ${count} values, ` +
          `${this.#left()} bytes are left`,
      );
    }
    const place = `a list at byte ${this.position}`;
    const read = NUMBERS.has(type) ? new Float64Array(count) : new Array<unknown>(count);
    for (let i = 0; i < count; i++) read[i] = this.value(type, place) as number;
    return read;
  }

  value(type: number, place: string): unknown {
    const reader = VALUES[type];
    if (reader !== undefined) return reader[1](this);
    throw this.fail(`its header is damaged: ${place} has values of type ${type}`);
  }
}

/** Types of which a list fits a Float64Array. */
const NUMBERS: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 6, 12]);
const DECODER = new TextDecoder();
