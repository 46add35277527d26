/** What run-times read besides the model. @module */
import { join } from "node:path";
import type { LlamaConfig } from "../models/mod.ts";
import { type Policy, saveDescription, writeJson } from "../policy/mod.ts";
import { specialTokens } from "../text/chat.ts";

/** A model as it was written. */
export interface WrittenModel {
  /** Its file, from the folder on. */
  readonly file: string;
  /** The name of its precision in transformers.js. */
  readonly dtype: "fp32" | "fp16";
  /** How many files of weights are beside it. */
  readonly dataFiles: number;
}

/** Writes configs and tokenizer for Hugging Face's libraries, transformers.js and ONNX Runtime GenAI. */
export function writeRunTimeFiles(policy: Policy, directory: string, model: WrittenModel): void {
  const { tokenizer, endIds, config: { precision: _, ...config } } = policy;
  const texts = new Map([...tokenizer.ids].map(([text, id]) => [id, text]));
  const named = specialTokens(tokenizer.config), ends = [...endIds];
  const idOf = (token: string | undefined) =>
    token === undefined ? undefined : tokenizer.ids.get(token);
  const bos = idOf(named.bos_token);
  // What ends a text fills up rows where the tokenizer has nothing else for it.
  const pad = idOf(named.pad_token) ?? ends.find((id) => texts.has(id)) ?? ends[0]!;
  const tokens = {
    ...(bos === undefined ? {} : { bos_token_id: bos }),
    eos_token_id: ends,
    pad_token_id: pad,
  };
  const transformersJs = { dtype: model.dtype, use_external_data_format: model.dataFiles };
  saveDescription({ ...policy, config }, directory, {
    config: { ...tokens, "transformers.js_config": transformersJs },
    generation: tokens,
    tokenizer: {
      // Without its class ONNX Runtime GenAI sees no chat template.
      tokenizer_class: tokenizer.config.tokenizer_class ?? "PreTrainedTokenizerFast",
      ...(texts.has(pad) ? { pad_token: texts.get(pad) } : {}),
    },
  });
  writeJson(join(directory, "genai_config.json"), genaiConfig(config, tokens, model));
}

/** The `genai_config.json` of a model. */
function genaiConfig(config: LlamaConfig, tokens: object, { file }: WrittenModel): object {
  return {
    model: {
      ...tokens,
      context_length: config.max_position_embeddings,
      decoder: {
        session_options: { log_id: "onnxruntime-genai", provider_options: [] },
        filename: file,
        head_size: config.head_dim,
        hidden_size: config.hidden_size,
        inputs: {
          input_ids: "input_ids",
          attention_mask: "attention_mask",
          position_ids: "position_ids",
          past_key_names: "past_key_values.%d.key",
          past_value_names: "past_key_values.%d.value",
        },
        outputs: {
          logits: "logits",
          present_key_names: "present.%d.key",
          present_value_names: "present.%d.value",
        },
        num_attention_heads: config.num_attention_heads,
        num_hidden_layers: config.num_hidden_layers,
        num_key_value_heads: config.num_key_value_heads,
      },
      type: config.model_type,
      vocab_size: config.vocab_size,
    },
    search: {
      max_length: config.max_position_embeddings,
      // What was seen comes back as a longer tensor, not in place.
      past_present_share_buffer: false,
    },
  };
}
