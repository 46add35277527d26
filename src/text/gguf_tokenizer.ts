/**
 * The tokenizer of a GGUF file as Hugging Face's `tokenizer.json`.
 *
 * GGUF keeps the vocabulary and the merges and names the splitting before them in `tokenizer.ggml.pre`; the
 * definitions below are those of the checkpoints that each name stands for.
 *
 * @module
 */
import { withChat } from "./chat.ts";
import { TokenizerFields } from "./gguf_keys.ts";
import {
  BYTE,
  chatTemplates,
  CONTROL,
  NORMAL,
  readVocabulary,
  UNKNOWN,
  USER_DEFINED,
  type Vocabulary,
} from "./gguf_vocabulary.ts";
import { shown } from "./shown.ts";
import { addedToken, Tokenizer } from "./tokenizer.ts";

export { ggufEndIds } from "./gguf_vocabulary.ts";

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

/** How byte-level text is split before the merges, by `tokenizer.ggml.pre`. */
export const PRETOKENIZERS = ["gpt-2", "smollm", "qwen2", "llama-bpe"] as const;
/** Name of such a way. */
export type Pretokenizer = typeof PRETOKENIZERS[number];

const SPLITS: Readonly<Record<Pretokenizer, readonly unknown[]>> = {
  "gpt-2": [byteLevel(true)],
  smollm: [{ type: "Digits", individual_digits: true }, byteLevel(true)],
  qwen2: [split(`${words}|\\p{N}${rest}`), byteLevel(false)],
  "llama-bpe": [split(`${words}|\\p{N}{1,3}${rest}`), byteLevel(false)],
};

/** What the file does not say, or says unheard. */
export interface TokenizerSettings {
  /** How byte-level text is split, for files without `pre`. */
  readonly pretokenizer?: Pretokenizer | undefined;
  /** The day that the chat template is told, as YYYY-MM-DD. */
  readonly date?: string | undefined;
  /** Keys that are not known and that the user vouches for. */
  readonly ignore?: readonly string[] | undefined;
}

/**
 * The tokenizer that the metadata describe.
 *
 * @param file shown in errors
 * @throws {SyntaxError} naming the field that is missing, wrong or not supported
 */
export function ggufTokenizer(
  metadata: Metadata,
  file: string,
  { pretokenizer, date, ignore = [] }: TokenizerSettings = {},
): Tokenizer {
  const fields = new TokenizerFields(metadata, file, ignore);
  const vocabulary = readVocabulary(fields), { tokens, kinds } = vocabulary;
  const makers = { gpt2: byteLevelParts, llama: sentencePieceParts };
  const maker = fields.chosen("model", fields.get("model"), makers);
  const { addsStart, ...rest } = maker(vocabulary, fields, pretokenizer);
  const startId = fields.id("bos_token_id", tokens.length) ?? -1, start = tokens[startId];
  const definition = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: tokens.flatMap((content, id) =>
      kinds[id] === CONTROL || kinds[id] === USER_DEFINED
        ? [addedToken(id, content, kinds[id] === CONTROL)]
        : []
    ),
    post_processor: (fields.flag("add_bos_token") ?? addsStart) && start !== undefined
      ? startingWith(start, startId)
      : null,
    ...rest,
  };
  const named = (name: string, key: string) => {
    const id = fields.id(`${key}_token_id`, tokens.length);
    return id === undefined ? {} : { [name]: tokens[id] };
  };
  const config = {
    tokenizer_class: "PreTrainedTokenizerFast",
    ...named("bos_token", "bos"),
    ...named("eos_token", "eos"),
    ...named("pad_token", "padding"),
    ...named("unk_token", "unknown"),
    ...chatTemplates(metadata),
  };
  try {
    return new Tokenizer(definition, withChat(config, date));
  } catch (error) {
    throw new SyntaxError(`Cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** Byte-level merges, as of GPT-2, Llama 3, Qwen and SmolLM. */
function byteLevelParts(
  { tokens }: Vocabulary,
  fields: TokenizerFields,
  pretokenizer: Pretokenizer | undefined,
) {
  const said = fields.get("pre"), pre = said ?? pretokenizer;
  if (pre === undefined) {
    fields.fail(
      "pre",
      `is missing: it says how text is split, which changes every id. Set pretokenizer to what the model was ` +
        `trained with: ${PRETOKENIZERS.join(", ")}`,
    );
  }
  if (pretokenizer !== undefined && pre !== pretokenizer) {
    fields.fail("pre", `is ${shown(said)}, pretokenizer ${pretokenizer}: leave the setting out`);
  }
  const pretokenizers = fields.chosen("pre", pre, SPLITS);
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
function sentencePieceParts(
  { tokens, kinds }: Vocabulary,
  fields: TokenizerFields,
  pretokenizer: Pretokenizer | undefined,
) {
  if (fields.get("precompiled_charsmap") !== undefined) {
    fields.fail("precompiled_charsmap", "is not supported");
  }
  if (fields.flag("remove_extra_whitespaces") === true) {
    fields.fail("remove_extra_whitespaces", "is true; supported is false");
  }
  if (pretokenizer !== undefined) {
    fields.fail("model", "is llama, which does not split text: leave the setting pretokenizer out");
  }
  const scores = fields.list<number>("scores", "number");
  if (scores.length !== tokens.length) {
    fields.fail("scores", `has ${scores.length} entries for ${tokens.length} tokens`);
  }
  const prefixed = fields.flag("add_space_prefix") !== false, unknown = kinds.indexOf(UNKNOWN);
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
