import { DTYPES, elementCount, type Tensor, zeros } from "../runtime/mod.ts";
import type { Random } from "../random/random.ts";
import type { FloatTensors } from "./safetensors.ts";
import { type LlamaConfig, parameterShapes } from "./config.ts";
import {
  BLOCK,
  dequantize,
  isQuantized,
  largestOf,
  type Precision,
  quantize,
  scalesName,
  storedTypes,
} from "./precision.ts";

/** Shapes of named weights, outermost dimension first. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** Each tensor starts at a multiple of so many bytes: one cache line, as vector code likes it. */
const ALIGNMENT = 64;

/**
 * Named weights of some precision in one block of memory.
 *
 * @internal
 */
export class StoredWeights implements Disposable {
  /** What the weights are, however they are held. */
  readonly shapes: Shapes;
  readonly precision: Precision;
  /** The memory of all, with zeros between that keep them aligned. */
  readonly flat: Tensor<"float32">;
  /** What graphs are fed: a tensor by Hugging Face name, and the scales of integers; views of {@linkcode flat}. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Where each tensor starts in {@linkcode flat}, in its elements. */
  readonly offsets: ReadonlyMap<string, number>;
  readonly #derived = new Map<string, unknown>();
  readonly #owned = new DisposableStack();

  /** Zeros. @throws {RangeError} as {@linkcode storedTypes} */
  constructor(shapes: Shapes, precision: Precision = "float32") {
    this.shapes = shapes;
    this.precision = precision;
    let size = 0;
    const places = [...storedTypes(shapes, precision)].map(([name, { dtype, shape }]) => {
      const offset = size, count = elementCount(shape);
      size += Math.ceil(count * DTYPES[dtype].bytes / ALIGNMENT) * ALIGNMENT;
      return { name, dtype, shape, offset };
    });
    const flat = zeros("float32", [size / 4]);
    this.flat = flat;
    this.offsets = new Map(places.map(({ name, offset }) => [name, offset / 4]));
    this.tensors = new Map(
      places.map(({ name, dtype, shape, offset }) => [name, flat.view(shape, offset / 4, dtype)]),
    );
  }

  /**
   * Sets a part of a weight, rounding it to what it is held in.
   *
   * @param values a whole number of blocks where integers are held
   * @param at index of the first in the weight
   * @throws {RangeError} when a value is larger than can be held
   */
  write(name: string, values: Float32Array, at: number): void {
    const { data } = this.tensors.get(name)!, limit = largestOf(name, this.precision);
    if (limit < Infinity) {
      const beyond = values.find((value) => Math.abs(value) > limit);
      if (beyond !== undefined) {
        throw new RangeError(
          `Cannot hold ${beyond} in ${name} as ${this.precision}: no more than ${limit}`,
        );
      }
    }
    if (!isQuantized(name, this.precision)) return (data as Float32Array).set(values, at);
    const scales = this.tensors.get(scalesName(name))!.data as Float32Array;
    quantize(values, data as Int8Array | Uint8Array, scales, at / BLOCK);
  }

  /** A weight as float32: the memory itself where that is how it is held. */
  read(name: string): Float32Array<ArrayBuffer> {
    const { data } = this.tensors.get(name)!;
    if (data instanceof Float32Array) return data;
    if (data instanceof Float16Array) return new Float32Array(data);
    const scales = this.tensors.get(scalesName(name))!.data as Float32Array;
    return dequantize(data as Int8Array | Uint8Array, scales);
  }

  /** The weights as {@linkcode read} gives them, each when it is asked for. */
  values(): FloatTensors {
    const read = (name: string) => this.read(name);
    const entries = [...this.shapes].map(([name, dims]) =>
      [name, {
        dims,
        get data() {
          return read(name);
        },
      }] as const
    );
    return new Map(entries);
  }

  /** A copy with memory of its own. */
  clone(): StoredWeights {
    const copy = new StoredWeights(this.shapes, this.precision);
    copy.flat.data.set(this.flat.data);
    return copy;
  }

  /** The tensors as feeds. */
  bind(): Record<string, Tensor> {
    return Object.fromEntries(this.tensors);
  }

  /**
   * What is made of these weights and useless without them, such as a session that they are built into: made once, and
   * released with them where it is put on the stack.
   */
  derived<T>(key: unknown, make: (owned: DisposableStack) => T): T {
    const text = JSON.stringify(key);
    if (!this.#derived.has(text)) this.#derived.set(text, make(this.#owned));
    return this.#derived.get(text) as T;
  }

  /** Releases the memory. */
  [Symbol.dispose](): void {
    this.#owned.dispose();
    for (const t of this.tensors.values()) t.dispose();
    this.flat.dispose();
  }
}

/** Zeros of a precision: {@linkcode Weights} where it is float32. */
export function makeWeights(shapes: Shapes, precision: Precision = "float32"): StoredWeights {
  return precision === "float32" ? new Weights(shapes) : new StoredWeights(shapes, precision);
}

/** Weights that `fill` sets; they are released when it fails. */
export function filled<W extends StoredWeights>(weights: W, fill: (weights: W) => void): W {
  try {
    fill(weights);
  } catch (error) {
    weights[Symbol.dispose]();
    throw error;
  }
  return weights;
}

/**
 * Float32 weights, which can be trained: an optimizer goes over {@linkcode flat}, not over names, and a copy is one copy.
 *
 * @internal
 */
export class Weights extends StoredWeights {
  declare readonly tensors: ReadonlyMap<string, Tensor<"float32">>;

  /** Zeros. */
  constructor(shapes: Shapes) {
    super(shapes);
  }

  /**
   * Normal weights of standard deviation 0.02, the last projection of each block scaled by 1/√(2 layers)
   * (GPT-2), norms of one, biases of zero.
   */
  static initialize(config: LlamaConfig, random: Random): Weights {
    const residual = 0.02 / Math.sqrt(2 * config.num_hidden_layers);
    const weights = new Weights(parameterShapes(config));
    for (const [name, weight] of weights.tensors) {
      const source = random.derive(name);
      const deviation = /o_proj|down_proj/.test(name) ? residual : 0.02;
      const matrix = weight.dims.length > 1, data = weight.data;
      for (let i = 0; i < data.length; i++) {
        data[i] = matrix ? deviation * source.normal() : name.endsWith(".bias") ? 0 : 1;
      }
    }
    return weights;
  }

  /** A copy with memory of its own. */
  override clone(): Weights {
    const copy = new Weights(this.shapes);
    copy.flat.data.set(this.flat.data);
    return copy;
  }

  /** Zeros of the same shapes. */
  zerosLike(): Weights {
    return new Weights(this.shapes);
  }
}
