/**
 * Hugging Face's safetensors format (https://github.com/huggingface/safetensors#format): eight bytes of
 * header length, a JSON header, then the tensors' bytes.
 *
 * @module
 */
import type { ByteSource } from "./bytes.ts";
import { shown } from "./declared.ts";
import type { ElementName } from "./elements.ts";
import { storedBytes, type StoredTensor, type TensorFile } from "./tensor_file.ts";
import { elementCount } from "../runtime/mod.ts";

const HEADER_LIMIT = 100_000_000; // the reference implementation's own limit

/** The types that weights are read from. */
export const FLOATS = ["F32", "F16", "BF16", "F64"] as const satisfies readonly ElementName[];
/** Bits of an element of the others. */
const OTHERS: Readonly<Record<string, number>> = {
  ...{ BOOL: 8, U8: 8, I8: 8, U16: 16, I16: 16, U32: 32, I32: 32, U64: 64, I64: 64, C64: 64 },
  ...{ F4: 4, F6_E2M3: 6, F6_E3M2: 6, F8_E4M3: 8, F8_E5M2: 8, F8_E8M0: 8 },
};

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * Reads the header. As the reference implementation wants it, tensors lie one behind the other and fill the file.
 *
 * @throws {SyntaxError} when it is damaged, or a tensor is of an unknown type, overlaps another, or lies outside the file
 */
export function readSafetensors(source: ByteSource): TensorFile {
  const fail = (problem: string) => new SyntaxError(`Cannot read ${source.name}: ${problem}`);
  const { header, start } = readHeader(source, fail), body = source.size - start;
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  for (const [name, entry] of entries) {
    const problem = checkEntry(entry, body);
    if (problem !== undefined) throw fail(`tensor ${shown(name)} ${problem}`);
  }
  const problem = checkSpans(entries as [string, Entry][], body);
  if (problem !== undefined) throw fail(problem);
  const tensors = new Map<string, StoredTensor>(), others = new Map<string, string>();
  for (const [name, { dtype, shape, data_offsets }] of entries as [string, Entry][]) {
    if (!isFloat(dtype)) others.set(name, dtype);
    else tensors.set(name, { type: dtype, shape, offset: start + data_offsets[0] });
  }
  return { source, tensors, others };
}

function isFloat(dtype: string): dtype is typeof FLOATS[number] {
  return (FLOATS as readonly string[]).includes(dtype);
}

/** What is wrong when two tensors share bytes, or bytes belong to none. */
function checkSpans(
  entries: readonly (readonly [string, Entry])[],
  body: number,
): string | undefined {
  const spans = entries.map(([name, { data_offsets: [from, to] }]) => ({ name, from, to }))
    .toSorted((a, b) => a.from - b.from || a.to - b.to);
  let end = 0, before = "";
  for (const { name, from, to } of spans) {
    if (from < end) return `tensors ${shown(before)} and ${shown(name)} overlap`;
    if (from > end) return `bytes ${end} to ${from} of its data belong to no tensor`;
    if (to > from) before = name;
    end = to;
  }
  return end === body ? undefined : `bytes ${end} to ${body} of its data belong to no tensor`;
}

function readHeader(source: ByteSource, fail: (problem: string) => Error) {
  if (source.size < 8) throw fail(`it has ${source.size} bytes, too few for safetensors`);
  const prefix = new Uint8Array(8);
  source.read(0, prefix);
  if (new TextDecoder().decode(prefix) === "version ") {
    throw fail("it is a pointer that Git LFS left in the file's place; fetch it (git lfs pull)");
  }
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
  const bits = typeof dtype === "string" && Object.hasOwn(OTHERS, dtype)
    ? OTHERS[dtype]
    : undefined;
  if (typeof dtype !== "string" || (bits === undefined && !isFloat(dtype))) {
    return `has type ${shown(dtype)}; read are ${FLOATS.join(", ")}`;
  }
  const [from, to] = offsets as [number, number];
  const bytes = isFloat(dtype) ? storedBytes(dtype, shape) : elementCount(shape) * bits! / 8;
  if (to - from !== bytes) {
    return `of shape [${shown(shape.join())}] needs ${bytes} bytes, has ${to - from}`;
  }
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
