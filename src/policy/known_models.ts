/** Shapes of models that people start from, by repository, so that a plan can be costed before the download. @module */
import { type Json, type LlamaConfig, parseConfig } from "../models/mod.ts";

const LLAMA_3 = {
  model_type: "llama",
  architectures: ["LlamaForCausalLM"],
  vocab_size: 128256,
  num_key_value_heads: 8,
  max_position_embeddings: 131072,
  rms_norm_eps: 1e-5,
  rope_theta: 500000,
};
const SMOLLM2 = {
  model_type: "llama",
  architectures: ["LlamaForCausalLM"],
  vocab_size: 49152,
  max_position_embeddings: 8192,
  rms_norm_eps: 1e-5,
  rope_theta: 100000,
  tie_word_embeddings: true,
};
const QWEN2_5 = {
  model_type: "qwen2",
  architectures: ["Qwen2ForCausalLM"],
  vocab_size: 151936,
  num_key_value_heads: 2,
  max_position_embeddings: 32768,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  tie_word_embeddings: true,
};

const sizes = (
  hidden_size: number,
  intermediate_size: number,
  num_hidden_layers: number,
  num_attention_heads: number,
) => ({ hidden_size, intermediate_size, num_hidden_layers, num_attention_heads });

const CONFIGS: Readonly<Record<string, Json>> = {
  "meta-llama/Llama-3.2-1B-Instruct": {
    ...LLAMA_3,
    ...sizes(2048, 8192, 16, 32),
    tie_word_embeddings: true,
  },
  "meta-llama/Llama-3.2-3B-Instruct": {
    ...LLAMA_3,
    ...sizes(3072, 8192, 28, 24),
    tie_word_embeddings: true,
  },
  "meta-llama/Llama-3.1-8B-Instruct": {
    ...LLAMA_3,
    ...sizes(4096, 14336, 32, 32),
    tie_word_embeddings: false,
  },
  "HuggingFaceTB/SmolLM2-135M-Instruct": {
    ...SMOLLM2,
    ...sizes(576, 1536, 30, 9),
    num_key_value_heads: 3,
  },
  "HuggingFaceTB/SmolLM2-360M-Instruct": {
    ...SMOLLM2,
    ...sizes(960, 2560, 32, 15),
    num_key_value_heads: 5,
  },
  "HuggingFaceTB/SmolLM2-1.7B-Instruct": {
    ...SMOLLM2,
    ...sizes(2048, 8192, 24, 32),
    num_key_value_heads: 32,
  },
  "Qwen/Qwen2.5-0.5B-Instruct": { ...QWEN2_5, ...sizes(896, 4864, 24, 14) },
  "Qwen/Qwen2.5-1.5B-Instruct": { ...QWEN2_5, ...sizes(1536, 8960, 28, 12) },
};

/** Names of the models that are known. */
export const KNOWN_MODELS: readonly string[] = Object.keys(CONFIGS);

/** The shapes of a model's weights; what does not count for them, such as the scaling of positions, is left out. */
export function knownModel(repo: string): LlamaConfig | undefined {
  return Object.hasOwn(CONFIGS, repo) ? parseConfig(CONFIGS[repo]!, repo) : undefined;
}
