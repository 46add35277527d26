import { type Tensor, tensor, zeros } from "../runtime/mod.ts";
import type { Random } from "../random/random.ts";
import { type LlamaConfig, parameterShapes } from "./config.ts";

/** A model's weights by Hugging Face name; they own their memory. */
export class Weights implements Disposable {
  readonly tensors: ReadonlyMap<string, Tensor<"float32">>;

  constructor(tensors: ReadonlyMap<string, Tensor<"float32">>) {
    this.tensors = tensors;
  }

  /**
   * Normal weights of standard deviation 0.02, the last projection of each block scaled by 1/√(2 layers)
   * (GPT-2), norms of one, biases of zero.
   */
  static initialize(config: LlamaConfig, random: Random): Weights {
    const residual = 0.02 / Math.sqrt(2 * config.num_hidden_layers);
    const made = [...parameterShapes(config)].map(([name, shape]) => {
      const weight = zeros("float32", shape);
      const source = random.derive(name);
      const deviation = /o_proj|down_proj/.test(name) ? residual : 0.02;
      const data = weight.data;
      for (let i = 0; i < data.length; i++) {
        data[i] = shape.length > 1 ? deviation * source.normal() : name.endsWith(".bias") ? 0 : 1;
      }
      return [name, weight] as const;
    });
    return new Weights(new Map(made));
  }

  /** A copy with memory of its own. */
  clone(): Weights {
    return new Weights(
      new Map([...this.tensors].map(([name, t]) => [name, tensor("float32", t.dims, t.data)])),
    );
  }

  /** Zeros of the same shapes. */
  zerosLike(): Weights {
    return new Weights(
      new Map([...this.tensors].map(([name, t]) => [name, zeros("float32", t.dims)])),
    );
  }

  /** The tensors as feeds or fetches, with each name put through `rename`. */
  bind(rename: (name: string) => string = (name) => name): Record<string, Tensor> {
    return Object.fromEntries([...this.tensors].map(([name, t]) => [rename(name), t]));
  }

  /** Releases every tensor. */
  [Symbol.dispose](): void {
    for (const t of this.tensors.values()) t.dispose();
  }
}
