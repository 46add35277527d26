/** Tiny models for tests. @module */
import {
  fromBytes,
  type LlamaConfig,
  readSafetensors,
  readTensor,
  safetensorsParts,
} from "../src/models/mod.ts";
import { Sessions } from "../src/onnx/mod.ts";
import type { DeviceName } from "../src/runtime/mod.ts";

/** A Llama with `overrides`, small enough to build its sessions in a moment. */
export function tinyConfig(overrides: Partial<LlamaConfig> = {}): LlamaConfig {
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: 13,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 16,
    max_position_embeddings: 32,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: true,
    ...overrides,
  };
}

/**
 * Whether a device is tested on a sample of the cases: a software device takes minutes for all of them, which
 * `deno task slow` asks for.
 */
export const ON_SAMPLE: boolean = Deno.env.has("SOAR_TEST_DEVICE") &&
  !Deno.env.has("SOAR_TEST_REPEATS");

/** Sessions on the device that SOAR_TEST_DEVICE names: the tests of models and training run on any. */
export function testSessions(): Sessions {
  return new Sessions({ device: (Deno.env.get("SOAR_TEST_DEVICE") ?? "cpu") as DeviceName });
}

/** A tensor's elements as float32. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** Every tensor of a safetensors file in memory. */
export function readTensors(bytes: Uint8Array, name: string): Map<string, FloatTensor> {
  const file = readSafetensors(fromBytes(bytes, name));
  return new Map(
    [...file.tensors].map(([name, { shape }]) => {
      return [name, { shape, data: readTensor(file, name) }];
    }),
  );
}

/** A safetensors file in memory. */
export function writeTensors(tensors: ReadonlyMap<string, FloatTensor>): Uint8Array<ArrayBuffer> {
  const parts = safetensorsParts(
    new Map([...tensors].map(([name, { shape, data }]) => [name, { dims: shape, data }])),
  );
  return new Uint8Array(Array.from(parts, (part) => [...part]).flat());
}
