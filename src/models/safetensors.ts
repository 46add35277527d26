/**
 * Hugging Face's safetensors format (https://github.com/huggingface/safetensors#format): eight bytes of
 * header length, a JSON header, then the tensors' bytes.
 *
 * @module
 */

/** A float32 tensor in a file. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

const HEADER_LIMIT = 100_000_000; // the reference implementation's own limit

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * Reads float32 tensors.
 *
 * @param bytes the whole file
 * @param file shown in errors
 * @throws {SyntaxError} when the header is damaged, or a tensor is not float32 or lies outside the file
 */
export function readSafetensors(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
): Map<string, StoredTensor> {
  const { header, start } = readHeader(bytes, file);
  const body = bytes.length - start;
  return new Map(
    Object.entries(header).filter(([name]) => name !== "__metadata__").map(([name, entry]) => {
      const problem = checkEntry(entry, body);
      if (problem !== undefined) {
        throw new SyntaxError(`Cannot read ${file}: tensor ${name} ${problem}`);
      }
      const { shape, data_offsets: [from, to] } = entry as Entry;
      const data = new Float32Array(bytes.slice(start + from, start + to).buffer);
      return [name, { shape, data }];
    }),
  );
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
  if (dtype !== "F32") return `has type ${dtype}; only F32 is read`;
  const [from, to] = offsets as [number, number];
  const bytes = 4 * shape.reduce((a: number, b: number) => a * b, 1);
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
