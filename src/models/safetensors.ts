/**
 * Hugging Face's safetensors format (https://github.com/huggingface/safetensors#format): eight bytes of
 * header length, a JSON header, then the tensors' bytes.
 *
 * @module
 */
import type { ByteSource } from "./bytes.ts";
import type { ElementName } from "./elements.ts";
import { storedBytes, type StoredTensor, type TensorFile } from "./tensor_file.ts";
import { elementCount } from "../runtime/mod.ts";

const HEADER_LIMIT = 100_000_000; // the reference implementation's own limit
const TYPES: readonly ElementName[] = ["F32", "F16", "BF16"];

interface Entry {
  readonly dtype: ElementName;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * Reads the header.
 *
 * @throws {SyntaxError} when it is damaged, or a tensor is of another type, overlaps another, or lies
 *   outside the file
 */
export function readSafetensors(source: ByteSource): TensorFile {
  const { header, start } = readHeader(source);
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  for (const [name, entry] of entries) {
    const problem = checkEntry(entry, source.size - start);
    if (problem !== undefined) {
      throw new SyntaxError(`Cannot read ${source.name}: tensor ${name} ${problem}`);
    }
  }
  checkOverlaps(entries as [string, Entry][], source.name);
  const tensors = new Map(
    (entries as [string, Entry][]).map(([name, { dtype, shape, data_offsets }]) =>
      [
        name,
        { type: dtype, shape, offset: start + data_offsets[0] } satisfies StoredTensor,
      ] as const
    ),
  );
  return { source, tensors };
}

/** @throws {SyntaxError} when two tensors share bytes */
function checkOverlaps(entries: readonly (readonly [string, Entry])[], file: string): void {
  const spans = entries.map(([name, { data_offsets: [from, to] }]) => ({ name, from, to }))
    .toSorted((a, b) => a.from - b.from);
  for (const [i, { name, to }] of spans.entries()) {
    const next = spans[i + 1];
    if (next !== undefined && next.from < to) {
      throw new SyntaxError(`Cannot read ${file}: tensors ${name} and ${next.name} overlap`);
    }
  }
}

function readHeader(source: ByteSource) {
  const fail = (problem: string) => new SyntaxError(`Cannot read ${source.name}: ${problem}`);
  if (source.size < 8) throw fail(`it has ${source.size} bytes, too few for safetensors`);
  const prefix = new Uint8Array(8);
  source.read(0, prefix);
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (length > HEADER_LIMIT || length > source.size - 8) {
    throw fail(`its header claims ${length} bytes, the file has ${source.size}`);
  }
  const bytes = new Uint8Array(length);
  source.read(8, bytes);
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
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
  if (dtype === undefined || !TYPES.includes(dtype)) {
    return `has type ${dtype}; read are ${TYPES.join(", ")}`;
  }
  const [from, to] = offsets as [number, number];
  const bytes = storedBytes(dtype, shape);
  if (to - from !== bytes) return `of shape [${shape}] needs ${bytes} bytes, has ${to - from}`;
  return to > body ? `ends at byte ${to} of ${body}: the file is truncated` : undefined;
}

/** Float32 tensors to write. */
export type FloatTensors = ReadonlyMap<
  string,
  { readonly dims: readonly number[]; readonly data: Float32Array<ArrayBuffer> }
>;

/** The bytes of a file of float32 tensors in the order given, part by part: tensors are not copied. */
export function* safetensorsParts(tensors: FloatTensors): Generator<Uint8Array> {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  for (const [name, { dims }] of tensors) {
    const end = offset + 4 * elementCount(dims);
    header[name] = { dtype: "F32", shape: dims, data_offsets: [offset, end] };
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  // The format wants tensors to start at a multiple of eight; blanks fill up.
  const json = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  json.set(text);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  yield length;
  yield json;
  for (const { data } of tensors.values()) {
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}
