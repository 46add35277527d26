/** Tiny models for tests. @module */
import type { LlamaConfig } from "../src/models/mod.ts";

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
