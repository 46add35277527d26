/** Bytes of files, packed or not. @module */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { unreadable } from "./row.ts";

/** A file, or what is packed in one. */
export interface Input {
  /** What it is called in messages. */
  readonly name: string;
  /** Its bytes from the first on, in pieces; may be asked for again. */
  stream(): AsyncIterable<Uint8Array>;
  /** All of its bytes. */
  bytes(): Promise<Uint8Array>;
  /** Some of its bytes at a time, for formats that need not read all. */
  ranges(): Promise<Ranges>;
}

/** A file of which parts are read. */
export interface Ranges extends AsyncDisposable {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}

/** A file on disk. */
export function fileInput(path: string, name = path): Input {
  return {
    name,
    stream: () => createReadStream(path, { highWaterMark: 2 ** 18 }),
    bytes: () => Deno.readFile(path),
    async ranges() {
      const file = await open(path), { size } = await file.stat();
      return {
        byteLength: size,
        async slice(start, end = size) {
          const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
          for (let at = 0; at < bytes.length;) {
            const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
            if (bytesRead === 0) throw unreadable(name, "it became shorter while it was read");
            at += bytesRead;
          }
          return bytes.buffer;
        },
        [Symbol.asyncDispose]: () => file.close(),
      };
    },
  };
}

/** Bytes that are there. */
export function memoryInput(name: string, load: () => Uint8Array): Input {
  return {
    name,
    async *stream() {
      const bytes = load(), piece = 2 ** 20;
      for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
    },
    bytes: () => Promise.resolve(load()),
    ranges: () => Promise.resolve(rangesOf(load())),
  };
}

function rangesOf(bytes: Uint8Array): Ranges {
  return {
    byteLength: bytes.length,
    slice: (start, end) => Promise.resolve(new Uint8Array(bytes.subarray(start, end)).buffer),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** What a gzip file holds. */
export function gunzipped(input: Input): Input {
  const stream = () => unpacked(input);
  const bytes = async () => {
    const parts: Uint8Array[] = [];
    for await (const part of stream()) parts.push(part);
    return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
  };
  return { name: input.name, stream, bytes, ranges: async () => rangesOf(await bytes()) };
}

async function* unpacked(input: Input): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  // What goes wrong with one of them ends both; iterating tells it.
  pipeline(Readable.from(input.stream()), gunzip, () => {});
  try {
    for await (const part of gunzip) yield part;
  } catch (error) {
    throw unreadable(input.name, `it is no sound gzip file: ${(error as Error).message}`, error);
  }
}

/** The first bytes, as many as are asked for if there are. */
export async function headOf(input: Input, size: number): Promise<Uint8Array> {
  const head = new Uint8Array(size);
  let at = 0;
  for await (const part of input.stream()) {
    const taken = part.subarray(0, size - at);
    head.set(taken, at);
    at += taken.length;
    if (at === size) break;
  }
  return head.subarray(0, at);
}
