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
const NORMAL = 1, UNKNOWN = 2, CONTROL = 3, USER_DEFINED = 4, BYTE = 6;

/** A GGUF file's vocabulary. */
interface Vocabulary {
  readonly tokens: readonly string[];
  /** As what kind each is. */
  readonly kinds: readonly number[];
}

/**
 * The tokenizer that the metadata describe.
 *
 * @param file shown in errors
 * @throws {SyntaxError} naming the field that is missing or not supported
 */
export function ggufTokenizer(metadata: Metadata, file: string): Tokenizer {
  const fields = new Fields(metadata, file);
  const tokens = fields.list<string>("tokens", "string");
  const kinds = fields.list<number>("token_type", "number");
  const vocabulary = { tokens, kinds };
  const makers = { gpt2: byteLevelParts, llama: sentencePieceParts };
  const maker = fields.chosen("model", fields.get("model"), makers);
  const { addsStart, ...rest } = maker(vocabulary, fields);
  const startId = fields.get("bos_token_id") as number, start = tokens[startId];
  const definition = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: tokens.flatMap((content, id) =>
      kinds[id] === CONTROL || kinds[id] === USER_DEFINED
        ? [addedToken(id, content, kinds[id] === CONTROL)]
        : []
    ),
    post_processor: (fields.get("add_bos_token") ?? addsStart) === true && start !== undefined
      ? startingWith(start, startId)
      : null,
    ...rest,
  };
  const named = (name: string, key: string) => {
    const id = fields.get(`${key}_token_id`);
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

/** The fields under `tokenizer.ggml`. */
class Fields {
  readonly #metadata: Metadata;
  readonly #file: string;

  constructor(metadata: Metadata, file: string) {
    this.#metadata = metadata;
    this.#file = file;
  }

  get(name: string): unknown {
    return this.#metadata[`tokenizer.ggml.${name}`];
  }

  list<T>(name: string, type: string): T[] {
    const value = this.get(name);
    if (Array.isArray(value) && value.every((item) => typeof item === type)) return value as T[];
    return this.fail(name, `is no list of ${type}s`);
  }

  /** What a table has for a field's value. */
  chosen<T>(name: string, value: unknown, table: Readonly<Record<string, T>>): T {
    if (typeof value === "string" && Object.hasOwn(table, value)) return table[value]!;
    return this.fail(name, `is ${value}; supported are ${Object.keys(table).join(", ")}`);
  }

  fail(name: string, problem: string): never {
    throw new SyntaxError(`Cannot read ${this.#file}: tokenizer.ggml.${name} ${problem}`);
  }
}

/** Byte-level merges, as of GPT-2, Llama 3, Qwen and SmolLM. */
function byteLevelParts({ tokens }: Vocabulary, fields: Fields) {
  const pre = fields.get("pre") ?? "gpt-2", pretokenizers = fields.chosen("pre", pre, SPLITS);
  return {
    addsStart: pre === "llama-bpe",
    normalizer: pre === "qwen2" ? { type: "NFC" } : null,
    pre_tokenizer: { type: "Sequence", pretokenizers },
    decoder: { ...byteLevel(true), add_prefix_space: true },
    model: {
      ...mergesModel(tokens, fields.list<string>("merges", "string")),
      ignore_merges: pre === "llama-bpe",
    },
  };
}

/**
 * SentencePiece's merges, as of Llama 2, TinyLlama and Mistral: blanks are written ▁, a text starts with one, and what
 * has no token is spelled in bytes.
 */
function sentencePieceParts({ tokens, kinds }: Vocabulary, fields: Fields) {
  if (fields.get("precompiled_charsmap") !== undefined) {
    fields.fail("precompiled_charsmap", "is not supported");
  }
  const scores = fields.list<number>("scores", "number");
  const prefixed = fields.get("add_space_prefix") !== false, unknown = kinds.indexOf(UNKNOWN);
  const blank = "▁",
    replace = (from: string, content: string) => ({
      type: "Replace",
      pattern: { String: from },
      content,
    });
  return {
    addsStart: true,
    normalizer: {
      type: "Sequence",
      normalizers: [
        ...(prefixed ? [{ type: "Prepend", prepend: blank }] : []),
        replace(" ", blank),
      ],
    },
    pre_tokenizer: null,
    decoder: {
      type: "Sequence",
      decoders: [
        replace(blank, " "),
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(prefixed ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      ...mergesModel(tokens, mergesOf({ tokens, kinds }, scores)),
      unk_token: tokens[unknown] ?? null,
      fuse_unk: true,
      byte_fallback: kinds.includes(BYTE),
    },
  };
}

/**
 * The merges that SentencePiece does not write down: every way to make a token of two others, best token first.
 */
function mergesOf({ tokens, kinds }: Vocabulary, scores: readonly number[]): [string, string][] {
  const ids = new Map(tokens.flatMap((token, id) => kinds[id] === NORMAL ? [[token, id]] : []));
  const merges = [...ids].flatMap(([token, id]) => {
    const ways: { pair: [string, string]; score: number; left: number; right: number }[] = [];
    for (let at = 1; at < token.length; at++) {
      const pair: [string, string] = [token.slice(0, at), token.slice(at)];
      const left = ids.get(pair[0]), right = ids.get(pair[1]);
      if (left === undefined || right === undefined) continue;
      ways.push({ pair, score: scores[id]!, left, right });
    }
    return ways;
  });
  merges.sort((a, b) => b.score - a.score || a.left - b.left || a.right - b.right);
  return merges.map(({ pair }) => pair);
}

/** A `model` of byte pair encoding. */
function mergesModel(tokens: readonly string[], merges: readonly unknown[]) {
  return {
    type: "BPE",
    dropout: null,
    unk_token: null as string | null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    merges,
  };
}

/** A `post_processor` that puts a token before a text. */
function startingWith(token: string, id: number) {
  const special = { SpecialToken: { id: token, type_id: 0 } };
  const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  return {
    type: "TemplateProcessing",
    single: [special, text("A", 0)],
    pair: [special, text("A", 0), special, text("B", 1)],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}

/** The tokens that end a completion. @throws {SyntaxError} when the file tells none */
export function ggufEndIds(metadata: Metadata, file: string): ReadonlySet<number> {
  const ids = ["eos", "eot"].map((name) => metadata[`tokenizer.ggml.${name}_token_id`])
    .filter((id) => typeof id === "number");
  if (ids.length > 0) return new Set(ids);
  throw new SyntaxError(`Cannot read ${file}: tokenizer.ggml.eos_token_id is missing`);
}
