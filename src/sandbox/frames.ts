/** Messages over pipes: to a guest a length and bytes; from it a mark before them, since a program may write there too. @module */

/** A frame for a guest. */
export function frame(contents: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
  const framed = new Uint8Array(4 + bytes.length);
  new DataView(framed.buffer).setUint32(0, bytes.length, true);
  framed.set(bytes, 4);
  return framed;
}

/** What a guest wrote, taken apart. What stands between frames is left out. */
export class FrameReader {
  readonly #mark: Uint8Array;
  readonly #limit: number;
  readonly #chunks: Uint8Array[] = [];
  #held = 0;

  /** @param limit bytes that may wait for the end of a frame */
  constructor(mark: Uint8Array, limit: number) {
    this.#mark = mark;
    this.#limit = limit;
  }

  /** Takes what was read. @throws {RangeError} when there is more than the limit without a frame */
  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held > this.#limit) throw new RangeError(`${this.#held} bytes without a message`);
  }

  /** The next frame; undefined where it is not there yet. */
  next(): Uint8Array | undefined {
    if (this.#held < this.#mark.length + 4) return undefined;
    const length = this.#lengthOf(this.#chunks[0]!);
    // Chunks are joined once for a frame, not once for each.
    if (length !== undefined && this.#held < this.#mark.length + 4 + length) return undefined;
    const bytes = this.#joined();
    const start = find(bytes, this.#mark), from = start + this.#mark.length + 4;
    if (start < 0 || from > bytes.length) return undefined;
    const end = from + new DataView(bytes.buffer, bytes.byteOffset + from - 4).getUint32(0, true);
    if (end > bytes.length) return undefined;
    this.#chunks[0] = bytes.subarray(end);
    this.#held = bytes.length - end;
    return bytes.subarray(from, end);
  }

  /** Of the frame that a chunk begins with. */
  #lengthOf(chunk: Uint8Array): number | undefined {
    const at = this.#mark.length;
    if (chunk.length < at + 4 || !this.#mark.every((byte, i) => chunk[i] === byte)) {
      return undefined;
    }
    return new DataView(chunk.buffer, chunk.byteOffset + at).getUint32(0, true);
  }

  #joined(): Uint8Array {
    if (this.#chunks.length === 1) return this.#chunks[0]!;
    const bytes = new Uint8Array(this.#held);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    this.#chunks.splice(0, Infinity, bytes);
    return bytes;
  }
}

function find(bytes: Uint8Array, mark: Uint8Array): number {
  for (let at = bytes.indexOf(mark[0]!); at >= 0; at = bytes.indexOf(mark[0]!, at + 1)) {
    if (mark.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}
