/**
 * The tokenizer of a GGUF file as Hugging Face's `tokenizer.json`.
 *
 * GGUF keeps the vocabulary and the merges and names the splitting before them in `tokenizer.ggml.pre`; the
 * definitions below are those of the checkpoints that each name stands for.
 *
 * @module
 */
import { addedToken, Tokenizer } from "./tokenizer.ts";

type Metadata = Readonly<Record<string, unknown>>;

const byteLevel = (use_regex: boolean) => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex,
});
const split = (pattern: string) => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior: "Isolated",
  invert: false,
});
const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const rest = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const words = `${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+`;

/** How text is split before the merges, by `tokenizer.ggml.pre`. */
const SPLITS: Readonly<Record<string, readonly unknown[]>> = {
  "gpt-2": [byteLevel(true)],
  smollm: [{ type: "Digits", individual_digits: true }, byteLevel(true)],
  qwen2: [split(`${words}|\\p{N}${rest}`), byteLevel(false)],
  "llama-bpe": [split(`${words}|\\p{N}{1,3}${rest}`), byteLevel(false)],
};

/** Kinds of tokens in `tokenizer.ggml.token_type`. */
const CONTROL = 3, USER_DEFINED = 4;

/**
 * The tokenizer that the metadata describe.
 *
 * @param file shown in errors
 * @throws {SyntaxError} naming the field that is missing or not supported
 */
export function ggufTokenizer(metadata: Metadata, file: string): Tokenizer {
  const fail = (problem: string) => new SyntaxError(`Cannot read ${file}: ${problem}`);
  const model = metadata["tokenizer.ggml.model"];
  if (model !== "gpt2") throw fail(`tokenizer.ggml.model is ${model}; supported is gpt2`);
  const pre = String(metadata["tokenizer.ggml.pre"] ?? "gpt-2");
  const pretokenizers = SPLITS[pre];
  if (pretokenizers === undefined) {
    throw fail(`tokenizer.ggml.pre is ${pre}; supported are ${Object.keys(SPLITS).join(", ")}`);
  }
  const list = <T>(key: string, type: string) => {
    const value = metadata[key];
    if (Array.isArray(value) && value.every((item) => typeof item === type)) return value as T[];
    throw fail(`${key} is no list of ${type}s`);
  };
  const tokens = list<string>("tokenizer.ggml.tokens", "string");
  const merges = list<string>("tokenizer.ggml.merges", "string");
  const kinds = list<number>("tokenizer.ggml.token_type", "number");
  const definition = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: tokens.flatMap((content, id) =>
      kinds[id] === CONTROL || kinds[id] === USER_DEFINED
        ? [addedToken(id, content, kinds[id] === CONTROL)]
        : []
    ),
    normalizer: pre === "qwen2" ? { type: "NFC" } : null,
    pre_tokenizer: { type: "Sequence", pretokenizers },
    post_processor: null,
    decoder: { ...byteLevel(true), add_prefix_space: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: pre === "llama-bpe",
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
  const named = (name: string, key: string) => {
    const id = metadata[`tokenizer.ggml.${key}_token_id`];
    return typeof id === "number" ? { [name]: tokens[id] } : {};
  };
  const template = metadata["tokenizer.chat_template"];
  return new Tokenizer(definition, {
    tokenizer_class: "PreTrainedTokenizerFast",
    ...named("bos_token", "bos"),
    ...named("eos_token", "eos"),
    ...named("pad_token", "padding"),
    ...named("unk_token", "unknown"),
    ...(typeof template === "string" ? { chat_template: template } : {}),
  });
}

/** The tokens that end a completion. @throws {SyntaxError} when the file tells none */
export function ggufEndIds(metadata: Metadata, file: string): ReadonlySet<number> {
  const ids = ["eos", "eot"].map((name) => metadata[`tokenizer.ggml.${name}_token_id`])
    .filter((id) => typeof id === "number");
  if (ids.length > 0) return new Set(ids);
  throw new SyntaxError(`Cannot read ${file}: tokenizer.ggml.eos_token_id is missing`);
}
