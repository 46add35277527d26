/**
 * Hugging Face's safetensors format (https://github.com/huggingface/safetensors#format): eight bytes of
 * header length, a JSON header, then the tensors' bytes.
 *
 * @module
 */

/** A tensor of a file, as float32. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

const HEADER_LIMIT = 100_000_000; // the reference implementation's own limit

/** Element types that are read, each with its size and how it becomes float32. */
const TYPES = {
  F32: { bytes: 4, decode: (bytes: Uint8Array<ArrayBuffer>) => new Float32Array(bytes.buffer) },
  F16: { bytes: 2, decode: (bytes: Uint8Array<ArrayBuffer>) => decodeHalves(bytes) },
  BF16: { bytes: 2, decode: (bytes: Uint8Array<ArrayBuffer>) => decodeBrains(bytes) },
} as const;

/** float16 to float32, exactly. */
function decodeHalves(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const halves = new Uint16Array(bytes.buffer);
  return Float32Array.from(halves, (half) => {
    const sign = half >>> 15 === 0 ? 1 : -1, exponent = (half >>> 10) & 31, fraction = half & 1023;
    if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/** bfloat16 to float32: the upper half of its bits. */
function decodeBrains(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const words = Uint32Array.from(new Uint16Array(bytes.buffer), (word) => word << 16);
  return new Float32Array(words.buffer);
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * Reads tensors of float32, float16 or bfloat16.
 *
 * @param bytes the whole file
 * @param file shown in errors
 * @throws {SyntaxError} when the header is damaged, or a tensor is of another type, overlaps another, or lies
 *   outside the file
 */
export function readSafetensors(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
): Map<string, StoredTensor> {
  const { header, start } = readHeader(bytes, file);
  const body = bytes.length - start;
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  for (const [name, entry] of entries) {
    const problem = checkEntry(entry, body);
    if (problem !== undefined) {
      throw new SyntaxError(`Cannot read ${file}: tensor ${name} ${problem}`);
    }
  }
  checkOverlaps(header, file);
  return new Map(
    entries.map(([name, entry]) => {
      const { dtype, shape, data_offsets: [from, to] } = entry as Entry;
      const data = TYPES[dtype as keyof typeof TYPES].decode(bytes.slice(start + from, start + to));
      return [name, { shape, data }];
    }),
  );
}

/** @throws {SyntaxError} when two tensors share bytes */
function checkOverlaps(header: Readonly<Record<string, unknown>>, file: string): void {
  const spans = Object.entries(header)
    .filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => ({ name, span: (entry as Entry).data_offsets }))
    .toSorted((a, b) => a.span[0] - b.span[0]);
  for (const [i, { name, span }] of spans.entries()) {
    const next = spans[i + 1];
    if (next !== undefined && next.span[0] < span[1]) {
      throw new SyntaxError(`Cannot read ${file}: tensors ${name} and ${next.name} overlap`);
    }
  }
}

function readHeader(bytes: Uint8Array<ArrayBuffer>, file: string) {
  const fail = (problem: string) => new SyntaxError(`Cannot read ${file}: ${problem}`);
  if (bytes.length < 8) throw fail(`it has ${bytes.length} bytes, too few for safetensors`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = Number(view.getBigUint64(0, true));
  if (length > HEADER_LIMIT || length > bytes.length - 8) {
    throw fail(`its header claims ${length} bytes, the file has ${bytes.length}`);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length));
    const header: unknown = JSON.parse(text);
    if (typeof header === "object" && header !== null && !Array.isArray(header)) {
      return { header: header as Record<string, unknown>, start: 8 + length };
    }
  } catch {
    // falls through to the one message for a damaged header
  }
  throw fail("its header is not a JSON object");
}

function checkEntry(entry: unknown, body: number): string | undefined {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Partial<Entry>;
  const isSize = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(isSize)) return "has no valid shape";
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    return "has no valid data_offsets";
  }
  if (typeof dtype !== "string" || !Object.hasOwn(TYPES, dtype)) {
    return `has type ${dtype}; read are ${Object.keys(TYPES).join(", ")}`;
  }
  const [from, to] = offsets as [number, number];
  const bytes = TYPES[dtype as keyof typeof TYPES].bytes *
    shape.reduce((a: number, b: number) => a * b, 1);
  if (to - from !== bytes) return `of shape [${shape}] needs ${bytes} bytes, has ${to - from}`;
  return to > body ? `ends at byte ${to} of ${body}: the file is truncated` : undefined;
}

/** Writes float32 tensors in the order given. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
): Uint8Array<ArrayBuffer> {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  for (const [name, { shape, data }] of tensors) {
    header[name] = {
      dtype: "F32",
      shape,
      data_offsets: [offset, offset + data.byteLength],
    };
    offset += data.byteLength;
  }
  const text = JSON.stringify(header);
  const json = new TextEncoder().encode(text + " ".repeat((8 - text.length % 8) % 8));
  const bytes = new Uint8Array(8 + json.length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  let at = 8 + json.length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}
