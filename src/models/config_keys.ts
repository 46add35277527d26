/**
 * Every key of a `config.json` that is known: what transformers' PreTrainedConfig and its Llama, Qwen2 and Qwen3 write
 * (4.57 and 5.23), what checkpoints on the hub have besides, and what their relatives have that is not computed here.
 *
 * @module
 */
import { type Family, MODELS, type ModelType } from "./config.ts";
import {
  type Declaration,
  type Declarations,
  harmless,
  type Json,
  only,
  onlyIf,
  refused,
  used,
} from "./declared.ts";

const READ = used(
  ...["model_type", "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers"],
  ...["num_attention_heads", "num_key_value_heads", "head_dim", "max_position_embeddings"],
  ...["rms_norm_eps", "rope_theta", "rope_scaling", "rope_parameters", "tie_word_embeddings"],
  ...["original_max_position_embeddings", "precision"],
);

const HARMLESS = harmless(
  // Where it comes from, and what it was stored in: weights are read as float32 whatever that is.
  ...["transformers_version", "torch_dtype", "dtype", "use_bfloat16", "torchscript"],
  ...["tf_legacy_loss", "name_or_path", "is_llama_config", "transformers.js_config"],
  ...["unsloth_fixed", "unsloth_version", "model_name", "tokenizer_class", "license"],
  // What training begins with and drops out.
  ...["initializer_range", "attention_dropout", "hidden_dropout", "hidden_dropout_prob"],
  ...["embd_pdrop", "resid_pdrop", "attn_pdrop", "attention_probs_dropout_prob", "dropout"],
  // How it is computed, and what is given back of it.
  ...["use_cache", "pretraining_tp", "chunk_size_feed_forward", "output_attentions"],
  ...["output_hidden_states", "return_dict", "return_dict_in_generate", "output_scores"],
  ...["attn_implementation", "use_flash_attention", "use_flash_attn", "use_flash_attention_2"],
  ...["gradient_checkpointing", "tie_last_hidden_states", "is_decoder"],
  // Labels of classifiers.
  ...["id2label", "label2id", "num_labels", "problem_type", "finetuning_task"],
  ...["task_specific_params"],
  // Lengths told a second time: max_position_embeddings is what counts.
  ...["max_sequence_length", "model_max_length", "seq_length"],
  // Tokens, and how transformers would sample: here a pipeline says it.
  ...["bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "unk_token_id"],
  ...["decoder_start_token_id", "forced_bos_token_id", "forced_eos_token_id"],
  ...["suppress_tokens", "begin_suppress_tokens", "bad_words_ids", "do_sample", "temperature"],
  ...["top_k", "top_p", "min_p", "typical_p", "num_beams", "num_beam_groups", "diversity_penalty"],
  ...["length_penalty", "repetition_penalty", "no_repeat_ngram_size", "early_stopping"],
  ...["encoder_no_repeat_ngram_size", "max_length", "min_length", "max_new_tokens", "prefix"],
  ...["num_return_sequences", "exponential_decay_length_penalty", "remove_invalid_values"],
);

const NOT_COMPUTED = "neither transformers' model of this type nor this program computes it";
const EXPERTS = "mixtures of experts are not supported";
const WINDOW = "attention through a sliding window is not supported";

/** What a model of the family does not have: a value that would switch it on is refused. */
const ABSENT = [
  ...refused(
    ["quantization_config", "quantization", "compression_config"],
    "load a checkpoint that is not quantized, or a GGUF file; the step's precision quantizes it here",
  ),
  ...refused(
    ["text_config", "vision_config", "audio_config", "per_layer_config"],
    "models that are made of several, or of unequal layers, are not supported",
  ),
  ...only(0, [
    ...["num_experts", "num_local_experts", "n_routed_experts", "n_shared_experts"],
    ...["moe_num_experts", "num_experts_per_tok", "moe_intermediate_size", "decoder_sparse_step"],
  ], EXPERTS),
  ...refused(["mlp_only_layers"], EXPERTS),
  // Factors on scores and on the way to them (Cohere, Granite, MiniCPM, Gemma, Llama 4).
  ...only(1, [
    ...["logit_scale", "logits_scaling", "residual_multiplier", "embedding_multiplier"],
    ...["scale_emb", "partial_rotary_factor", "rotary_pct"],
  ], NOT_COMPUTED),
  ...refused([
    ...["attention_multiplier", "query_pre_attn_scalar", "scale_depth", "dim_model_base"],
    ...["final_logit_softcapping", "attn_logit_softcapping", "attention_chunk_size"],
    ...["no_rope_layers", "no_rope_layer_interval", "kv_lora_rank", "q_lora_rank"],
    ...["qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim", "rotary_dim"],
    ...["cross_attention_hidden_size", "pruned_heads"],
  ], NOT_COMPUTED),
  ...only(false, [
    ...["use_mrope", "rope_interleaved", "use_qk_norm", "qk_layernorm", "qk_norm", "alibi"],
    ...["use_bidirectional_attention", "add_cross_attention", "is_encoder_decoder"],
    ...["tie_encoder_decoder", "use_parallel_residual", "parallel_attn", "attn_temperature_tuning"],
    ...["bias", "use_bias", "lm_head_bias"],
  ], NOT_COMPUTED),
  ...only(true, ["is_causal"], "only causal attention is supported"),
  // Both are SiLU in transformers.
  ...onlyIf("silu", (act) => act === "silu" || act === "swish", ["hidden_act"]),
  ...onlyIf("full_attention, once for each layer,", isFull, ["layer_types"], WINDOW),
];

function isFull(layers: unknown, json: Json): boolean {
  return Array.isArray(layers) && layers.length === json.num_hidden_layers &&
    layers.every((kind) => kind === "full_attention" || kind === "attention");
}

/** A window as long as the context hides nothing. */
function seesAll(window: unknown, { max_position_embeddings: context }: Json): boolean {
  return typeof window === "number" && typeof context === "number" && window >= context;
}

/** The class that computes the scores, whose name was spelled LLaMA once, or its decoder alone. */
function classOf({ architecture }: Family): [string, Declaration][] {
  const known = [architecture, architecture.replace("ForCausalLM", "Model")]
    .map((name) => name.toLowerCase());
  return onlyIf(
    architecture,
    (given) =>
      Array.isArray(given) && given.every((name) => known.includes(String(name).toLowerCase())),
    ["architectures"],
    "other classes put another head on the decoder, or look both ways",
  );
}

/** Of a Qwen, transformers takes no word on its biases, and its window only where use_sliding_window says so. */
const BY_TYPE: Readonly<Record<ModelType, readonly [string, Declaration][]>> = {
  llama: [
    ...used("attention_bias"),
    ...only(false, ["mlp_bias"]),
    ...only(false, ["use_sliding_window"], WINDOW),
    ...onlyIf("null, or the length of the context,", seesAll, ["sliding_window"], WINDOW),
    ...harmless("max_window_layers"),
  ],
  qwen2: [
    ...only(false, ["use_sliding_window"], WINDOW),
    ...harmless("attention_bias", "mlp_bias", "sliding_window", "max_window_layers"),
  ],
  qwen3: [
    ...used("attention_bias"),
    ...only(false, ["mlp_bias"]),
    ...only(false, ["use_sliding_window"], WINDOW),
    ...harmless("sliding_window", "max_window_layers"),
  ],
};

/** What is known about the keys of a model's `config.json`. */
export function configKeys(type: ModelType): Declarations {
  return new Map([...READ, ...HARMLESS, ...ABSENT, ...classOf(MODELS[type]), ...BY_TYPE[type]]);
}
