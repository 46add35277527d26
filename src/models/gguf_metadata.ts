/**
 * What each key of a GGUF file's metadata is to this project. Keys are those of ggml's `gguf.md` and of llama.cpp's
 * `gguf-py/gguf/constants.py`; a key that is in no row could change what the model computes, and is refused by name.
 *
 * @module
 */
import type { GgufMetadata } from "./gguf_header.ts";

/** What a key is: read, without effect on what is computed, or refused unless it says what is assumed anyway. */
type Row = "used" | "idle" | { readonly only: readonly unknown[]; readonly because: string };

const only = (because: string, ...values: readonly unknown[]): Row => ({ only: values, because });

/** Keys of a model, after its architecture and a dot. */
const MODEL_KEYS: Readonly<Record<string, Row>> = {
  "vocab_size": "used",
  "context_length": "used",
  "embedding_length": "used",
  "feed_forward_length": "used",
  "block_count": "used",
  "attention.head_count": "used",
  "attention.head_count_kv": "used",
  "attention.key_length": "used",
  "attention.value_length": "used",
  "attention.layer_norm_rms_epsilon": "used",
  "rope.dimension_count": "used",
  "rope.freq_base": "used",
  "rope.scale_linear": "used",
  "rope.scaling.type": "used",
  "rope.scaling.factor": "used",
  "rope.scaling.original_context_length": "used",
  "rope.scaling.attn_factor": only("attention is scaled as YaRN's factor asks", 1),
  "rope.scaling.yarn_attn_factor": only("attention is scaled as YaRN's factor asks", 1),
  "rope.scaling.yarn_ext_factor": only("short and long waves are mixed as YaRN does", 1),
  "rope.scaling.yarn_beta_fast": "used",
  "rope.scaling.yarn_beta_slow": "used",
  "rope.scaling.yarn_log_multiplier": only("it scales attention in another way", 0),
  "rope.scaling.alpha": only("angles that change with the length are not supported", 0),
  // Says that the model was trained with the scaling, which changes nothing.
  "rope.scaling.finetuned": "idle",
  // The layout of a file of Meta's that was converted.
  "tensor_data_layout": "idle",
  "attention.causal": only("attention sees what came before", true),
  "attention.scale": only("scores are divided by the root of the head's size", 0),
  "attention.clamp_kqv": only("clamped attention is not supported", 0),
  "attention.max_alibi_bias": only("positions are told by rotation", 0),
  "attention.sliding_window": only("every token is seen", 0),
  "attention.temperature_length": only("attention has one temperature", 0),
  "attention.temperature_scale": only("attention has one temperature", 0),
  "attn_logit_softcapping": only("scores are not capped", 0),
  "final_logit_softcapping": only("scores are not capped", 0),
  "logit_scale": only("scores are not scaled", 0, 1),
  "residual_scale": only("residuals are not scaled", 0, 1),
  "embedding_scale": only("embeddings are not scaled", 0, 1),
  "use_parallel_residual": only("attention comes before the MLP", false),
  "pooling_type": only("this is a model of text, not of embeddings", 0),
  "expert_count": only("mixtures of experts are not supported", 0),
  "expert_used_count": only("mixtures of experts are not supported", 0),
  "expert_shared_count": only("mixtures of experts are not supported", 0),
  "nextn_predict_layers": only("layers that guess ahead are not supported", 0),
};

/** Keys of files. */
const FILE_KEYS: Readonly<Record<string, Row>> = {
  "general.architecture": "used",
  "general.alignment": "used",
  "general.type": only("it is no model", "model"),
  "split.no": only("the file is one part of several", 0),
  "split.count": "used",
  "split.tensors.count": "idle",
  "tokenizer.chat_template": "used",
};

/** What keys start with that describe the file, or that a community keeps notes under. */
const NOTES = /^(general|quantize|mradermacher)\./;
/** The tokenizer checks its own. */
const TOKENIZER = "tokenizer.";

/**
 * Refuses what could change the model and is not known.
 *
 * @param fail makes the error of a problem
 * @throws {SyntaxError} naming the key
 */
export function checkMetadata(
  metadata: GgufMetadata,
  architecture: string,
  fail: (problem: string) => Error,
): void {
  const parts = metadata["split.count"] ?? 1;
  if (parts !== 0 && parts !== 1) {
    throw fail(
      `split.count is ${parts}: it is one of ${parts} parts; ` +
        `put them together with llama-gguf-split --merge FIRST_PART WHOLE.gguf`,
    );
  }
  for (const [key, value] of Object.entries(metadata)) {
    const own = key.startsWith(`${architecture}.`);
    const rows = own ? MODEL_KEYS : FILE_KEYS,
      name = own ? key.slice(architecture.length + 1) : key;
    const row = Object.hasOwn(rows, name) ? rows[name]! : undefined;
    if (row === undefined) {
      if (NOTES.test(key) || key.startsWith(TOKENIZER)) continue;
      throw fail(
        `key ${key} is not known here, and could change what the model computes; ` +
          `if it does not, take it out: gguf-new-metadata --remove-metadata ${key} OLD.gguf NEW.gguf`,
      );
    }
    if (typeof row === "object" && !row.only.includes(value)) {
      throw fail(
        `${key} is ${shown(value)}; supported is ${row.only.join(" or ")}: ${row.because}`,
      );
    }
  }
}

/** A value for a message: long ones are cut. */
function shown(value: unknown): string {
  const text = typeof value === "object" && value !== null && "length" in value
    ? `a list of ${value.length}`
    : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
