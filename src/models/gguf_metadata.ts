/**
 * Every key of a GGUF file's metadata that is known: those of ggml's `gguf.md` and of llama.cpp's
 * `gguf-py/gguf/constants.py` that a model of the Llama family can have. The tokenizer declares its own.
 *
 * @module
 */
import {
  type Declaration,
  harmless,
  type Ignore,
  only,
  onlyIf,
  undeclared,
  used,
} from "./declared.ts";
import type { GgufMetadata } from "./gguf_header.ts";

const EXPERTS = "mixtures of experts are not supported";
const YARN = "attention is scaled as YaRN's factor asks";

/** A switch that is off at 0, or at 1 for a scale. */
function off(keys: readonly string[], why: string, ...values: readonly number[]) {
  const known = [0, ...values];
  return onlyIf(known.join(" or "), (value) => known.includes(value as number), keys, why);
}

/** Keys of a model, after its architecture and a dot. */
const MODEL_KEYS: readonly (readonly [string, Declaration])[] = [
  ...used(
    ...["vocab_size", "context_length", "embedding_length", "feed_forward_length", "block_count"],
    ...["attention.head_count", "attention.head_count_kv", "attention.key_length"],
    ...["attention.value_length", "attention.layer_norm_rms_epsilon", "rope.dimension_count"],
    ...["rope.freq_base", "rope.scale_linear", "rope.scaling.type", "rope.scaling.factor"],
    ...["rope.scaling.original_context_length", "rope.scaling.yarn_beta_fast"],
    ...["rope.scaling.yarn_beta_slow"],
  ),
  // That the model was trained with its scaling; the layout of the file of Meta's that was converted.
  ...harmless("rope.scaling.finetuned", "tensor_data_layout"),
  ...only(1, ["rope.scaling.attn_factor", "rope.scaling.yarn_attn_factor"], YARN),
  ...only(1, ["rope.scaling.yarn_ext_factor"], "waves are mixed as YaRN does"),
  ...off(["rope.scaling.yarn_log_multiplier"], YARN),
  ...off(["rope.scaling.alpha"], "angles that change with the length are not supported"),
  ...only(true, ["attention.causal"]),
  ...off(["attention.scale"], "scores are divided by the root of a head's size"),
  ...off(["attention.clamp_kqv", "attention.max_alibi_bias"], "it is not computed"),
  ...off(["attention.sliding_window"], "attention through a sliding window is not supported"),
  ...off(["attention.temperature_length", "attention.temperature_scale"], "it is not computed"),
  ...off(["attn_logit_softcapping", "final_logit_softcapping"], "scores are not capped"),
  ...off(["logit_scale", "residual_scale", "embedding_scale"], "it is not computed", 1),
  ...only(false, ["use_parallel_residual"]),
  ...off(["pooling_type"], "it is a model of embeddings"),
  ...off(["expert_count", "expert_used_count", "expert_shared_count"], EXPERTS),
  ...off(["nextn_predict_layers"], "layers that guess ahead are not supported"),
];

/** Keys of any file. */
const FILE_KEYS: readonly (readonly [string, Declaration])[] = [
  ...used("general.architecture", "general.alignment"),
  ...only("model", ["general.type"]),
  ...onlyIf(
    "1",
    (value) => value === 0 || value === 1,
    ["split.count"],
    "it is one part of several; put them together with llama-gguf-split --merge FIRST_PART WHOLE.gguf",
  ),
  ...off(["split.no"], "it is a later part of several"),
  ...harmless("split.tensors.count"),
];

/** What keys start with that describe the file, or that a community keeps notes under. */
const NOTES = /^(general|quantize|mradermacher)\./;
const OWN = "tokenizer.";

/**
 * Refuses what could change the model and is not known.
 *
 * @param ignore keys that the user vouches for
 * @throws {SyntaxError} what `fail` makes, naming the key
 */
export function checkMetadata(
  metadata: GgufMetadata,
  architecture: string,
  ignore: Ignore,
  fail: (problem: string) => Error,
): void {
  const declared = new Map([
    ...FILE_KEYS,
    ...MODEL_KEYS.map(([key, row]) => [`${architecture}.${key}`, row] as const),
  ]);
  const entries = Object.entries(metadata).filter(([key]) =>
    declared.has(key) || !(NOTES.test(key) || key.startsWith(OWN))
  );
  const problem = undeclared(Object.fromEntries(entries), declared, { ignore });
  if (problem !== undefined) throw fail(problem);
}
