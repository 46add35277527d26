import { type Tensor, zeros } from "../runtime/mod.ts";
import type { Random } from "../random/random.ts";
import { type LlamaConfig, parameterShapes } from "./config.ts";

/** Shapes of named weights, outermost dimension first. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

/** Each weight starts at a multiple of so many elements: one cache line, as vector code likes it. */
const ALIGNMENT = 16;

/**
 * Named weights in one block of memory, in the order of their shapes: an optimizer goes over the block, not
 * over names, and a copy is one copy.
 */
export class Weights implements Disposable {
  /** All weights one after the other, with zeros between that keep them aligned. */
  readonly flat: Tensor<"float32">;
  /** The weights by Hugging Face name; views of {@linkcode Weights.flat}. */
  readonly tensors: ReadonlyMap<string, Tensor<"float32">>;

  /** Zeros. */
  constructor(shapes: Shapes) {
    let size = 0;
    const places = [...shapes].map(([name, dims]) => {
      const offset = size;
      size += Math.ceil(dims.reduce((a, b) => a * b, 1) / ALIGNMENT) * ALIGNMENT;
      return { name, dims, offset };
    });
    const flat = zeros("float32", [size]);
    this.flat = flat;
    this.tensors = new Map(
      places.map(({ name, dims, offset }) => [name, flat.view(dims, offset)]),
    );
  }

  /** Weights that `fill` sets; released when it fails. */
  static filled(shapes: Shapes, fill: (weights: Weights) => void): Weights {
    const weights = new Weights(shapes);
    try {
      fill(weights);
    } catch (error) {
      weights[Symbol.dispose]();
      throw error;
    }
    return weights;
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

  /** The shapes that these weights were made for. */
  get shapes(): Shapes {
    return new Map([...this.tensors].map(([name, { dims }]) => [name, dims]));
  }

  /** A copy with memory of its own. */
  clone(): Weights {
    const copy = new Weights(this.shapes);
    copy.flat.data.set(this.flat.data);
    return copy;
  }

  /** Zeros of the same shapes. */
  zerosLike(): Weights {
    return new Weights(this.shapes);
  }

  /** The tensors as feeds or fetches, with each name put through `rename`. */
  bind(rename: (name: string) => string = (name) => name): Record<string, Tensor> {
    return Object.fromEntries([...this.tensors].map(([name, t]) => [rename(name), t]));
  }

  /** Releases the memory. */
  [Symbol.dispose](): void {
    for (const t of this.tensors.values()) t.dispose();
    this.flat.dispose();
  }
}
