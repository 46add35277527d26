/**
 * The element types of checkpoints, and how each becomes float32.
 *
 * Quantized types come in blocks, by the definitions of ggml (ggml-common.h and ggml-quants.c there): integers of a
 * few bits, with a scale d for the block, and for some a minimum m.
 *
 * @module
 */

/** How elements of a type are stored. */
export interface ElementType {
  /** Elements in a block. */
  readonly block: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** Widens whole blocks; `from` starts at a multiple of 8 bytes of its buffer. */
  decode(from: Uint8Array<ArrayBuffer>, into: Float32Array): void;
}

/** Every element type that is read, by its name in safetensors and GGUF. */
export const ELEMENTS = {
  F32: {
    block: 1,
    bytes: 4,
    decode: (from, into) => into.set(new Float32Array(from.buffer, from.byteOffset, into.length)),
  },
  F64: {
    block: 1,
    bytes: 8,
    decode: (from, into) => into.set(new Float64Array(from.buffer, from.byteOffset, into.length)),
  },
  F16: {
    block: 1,
    bytes: 2,
    decode: (from, into) => into.set(new Float16Array(from.buffer, from.byteOffset, into.length)),
  },
  // The upper half of a float32.
  BF16: {
    block: 1,
    bytes: 2,
    decode(from, into) {
      const halves = new Uint16Array(from.buffer, from.byteOffset, into.length);
      const words = new Uint32Array(into.buffer, into.byteOffset, into.length);
      for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
    },
  },
  Q8_0: {
    block: 32,
    bytes: 34,
    decode: byBlocks(34, 32, (view, at, into, to) => {
      const d = view.getFloat16(at, true);
      for (let i = 0; i < 32; i++) into[to + i] = d * view.getInt8(at + 2 + i);
    }),
  },
  Q4_0: {
    block: 32,
    bytes: 18,
    decode: byBlocks(18, 32, (view, at, into, to) => {
      const d = view.getFloat16(at, true);
      for (let i = 0; i < 16; i++) {
        const pair = view.getUint8(at + 2 + i);
        into[to + i] = d * ((pair & 15) - 8);
        into[to + i + 16] = d * ((pair >> 4) - 8);
      }
    }),
  },
  Q4_1: {
    block: 32,
    bytes: 20,
    decode: byBlocks(20, 32, (view, at, into, to) => {
      const d = view.getFloat16(at, true), m = view.getFloat16(at + 2, true);
      for (let i = 0; i < 16; i++) {
        const pair = view.getUint8(at + 4 + i);
        // Rounded like the reference, which multiplies and adds in float32.
        into[to + i] = Math.fround(d * (pair & 15)) + m;
        into[to + i + 16] = Math.fround(d * (pair >> 4)) + m;
      }
    }),
  },
  Q4_K: { block: 256, bytes: 144, decode: byBlocks(144, 256, decodeQ4K) },
  Q6_K: { block: 256, bytes: 210, decode: byBlocks(210, 256, decodeQ6K) },
} as const satisfies Record<string, ElementType>;

/** Name of an element type that is read. */
export type ElementName = keyof typeof ELEMENTS;

type DecodeBlock = (view: DataView, at: number, into: Float32Array, to: number) => void;

function byBlocks(bytes: number, block: number, decode: DecodeBlock): ElementType["decode"] {
  return (from, into) => {
    const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
    for (let at = 0, to = 0; to < into.length; at += bytes, to += block) decode(view, at, into, to);
  };
}

/** Eight runs of 32, each with a scale and a minimum of six bits, packed into twelve bytes. */
function decodeQ4K(view: DataView, at: number, into: Float32Array, to: number): void {
  const d = view.getFloat16(at, true), least = view.getFloat16(at + 2, true);
  const packed = (i: number) => view.getUint8(at + 4 + i);
  for (let run = 0; run < 8; run++) {
    const [scale, minimum] = run < 4 ? [packed(run) & 63, packed(run + 4) & 63] : [
      (packed(run + 4) & 15) | ((packed(run - 4) >> 6) << 4),
      (packed(run + 4) >> 4) | ((packed(run) >> 6) << 4),
    ];
    const ds = Math.fround(d * scale), m = Math.fround(least * minimum);
    const shift = run % 2 === 0 ? 0 : 4, from = at + 16 + 32 * (run >> 1);
    for (let i = 0; i < 32; i++) {
      into[to + 32 * run + i] = Math.fround(ds * ((view.getUint8(from + i) >> shift) & 15)) - m;
    }
  }
}

/** Sixteen runs of 16, each with a scale of eight bits; four low and two high bits of a number lie apart. */
function decodeQ6K(view: DataView, at: number, into: Float32Array, to: number): void {
  const d = view.getFloat16(at + 208, true);
  for (let i = 0; i < 256; i++) {
    const half = i >> 7, quarter = (i >> 5) & 3, column = i & 31;
    const low = view.getUint8(at + 64 * half + 32 * (quarter & 1) + column);
    const high = view.getUint8(at + 128 + 32 * half + column);
    const q = ((low >> (quarter < 2 ? 0 : 4)) & 15) | (((high >> (2 * quarter)) & 3) << 4);
    const scale = view.getInt8(at + 192 + (i >> 4));
    into[to + i] = Math.fround(d * scale) * (q - 32);
  }
}
