/**
 * The parts of a `tokenizer.json` that `@huggingface/tokenizers` 0.2.0 does as the reference does. It passes over
 * settings that it has not, so that what is in no row here is refused by name.
 *
 * @module
 */
import { shown } from "./shown.ts";

type Json = Readonly<Record<string, unknown>>;

/** Whether a value is supported, given the part that it stands in. */
type Allows = (value: unknown, part: Json) => boolean;
type Settings = Readonly<Record<string, Allows>>;

const any: Allows = () => true;
const off: Allows = (value) => value === false || value === null || value === "";
const pattern: Allows = (value) =>
  typeof value === "object" && value !== null &&
  ["Regex", "String"].some((kind) => typeof (value as Json)[kind] === "string");
const parts: Allows = Array.isArray;

const NORMALIZERS: Readonly<Record<string, Settings>> = {
  NFC: {},
  NFD: {},
  NFKC: {},
  NFKD: {},
  Lowercase: {},
  StripAccents: {},
  Strip: { strip_left: any, strip_right: any },
  Prepend: { prepend: any },
  Replace: { pattern, content: any },
  BertNormalizer: {
    clean_text: any,
    handle_chinese_chars: any,
    strip_accents: any,
    lowercase: any,
  },
  Sequence: { normalizers: parts },
};

const PRETOKENIZERS: Readonly<Record<string, Settings>> = {
  ByteLevel: { add_prefix_space: any, trim_offsets: any, use_regex: any },
  Digits: { individual_digits: any },
  // The library keeps what matches, and drops the rest, where it is told to invert.
  Split: {
    pattern,
    behavior: (value, { invert }) =>
      value === "Removed" || (value === "Isolated" && invert !== true),
    invert: any,
  },
  Metaspace: {
    replacement: any,
    str_rep: any,
    prepend_scheme: any,
    add_prefix_space: (value, part) => value === true || part.prepend_scheme !== undefined,
    split: any,
  },
  Punctuation: { behavior: (value) => value === "Contiguous" || value === "Isolated" },
  Whitespace: {},
  WhitespaceSplit: {},
  BertPreTokenizer: {},
  Sequence: { pretokenizers: parts },
};

const DECODERS: Readonly<Record<string, Settings>> = {
  ByteLevel: { add_prefix_space: any, trim_offsets: any, use_regex: any },
  ByteFallback: {},
  Fuse: {},
  Strip: { content: any, start: any, stop: any },
  Replace: { pattern, content: any },
  Metaspace: {
    replacement: any,
    str_rep: any,
    prepend_scheme: any,
    add_prefix_space: any,
    split: any,
  },
  WordPiece: { prefix: any, cleanup: any },
  BPEDecoder: { suffix: any },
  Sequence: { decoders: parts },
};

const POST_PROCESSORS: Readonly<Record<string, Settings>> = {
  ByteLevel: { add_prefix_space: any, trim_offsets: any, use_regex: any },
  TemplateProcessing: { single: parts, pair: any, special_tokens: any },
  BertProcessing: { sep: parts, cls: parts },
  RobertaProcessing: { sep: parts, cls: parts, trim_offsets: any, add_prefix_space: any },
  Sequence: { processors: parts },
};

const MODELS: Readonly<Record<string, Settings>> = {
  BPE: {
    vocab: any,
    merges: any,
    // It would split text at random.
    dropout: (value) => value === null || value === 0,
    unk_token: any,
    continuing_subword_prefix: off,
    end_of_word_suffix: any,
    fuse_unk: any,
    byte_fallback: any,
    ignore_merges: any,
  },
  WordLevel: { vocab: any, unk_token: any },
  WordPiece: {
    vocab: any,
    unk_token: any,
    continuing_subword_prefix: any,
    max_input_chars_per_word: any,
  },
  Unigram: { vocab: any, unk_id: any, byte_fallback: off },
};

const TABLES = {
  normalizer: NORMALIZERS,
  pre_tokenizer: PRETOKENIZERS,
  post_processor: POST_PROCESSORS,
  decoder: DECODERS,
  model: MODELS,
} as const;

/** Fields besides: limits of lengths are whose who asks for ids, and there are none here. */
const OTHERS: ReadonlySet<string> = new Set(["version", "truncation", "padding", "added_tokens"]);

/** Refuses what the library would do otherwise than the reference. @throws {SyntaxError} naming it */
export function checkComponents(definition: Json): void {
  for (const [field, part] of Object.entries(definition)) {
    if (OTHERS.has(field)) continue;
    if (!Object.hasOwn(TABLES, field)) throw new SyntaxError(`${shown(field)} is not known here`);
    const table = TABLES[field as keyof typeof TABLES];
    if (part !== null && part !== undefined) checkPart(part, table, field);
  }
}

function checkPart(part: unknown, table: Readonly<Record<string, Settings>>, where: string): void {
  const { type, ...settings } = (part ?? {}) as Json;
  if (typeof type !== "string" || !Object.hasOwn(table, type)) {
    throw new SyntaxError(
      `${where}.type is ${shown(type)}; supported are ${Object.keys(table).join(", ")}`,
    );
  }
  const known = table[type]!;
  for (const [key, value] of Object.entries(settings)) {
    if (Object.hasOwn(known, key) && known[key]!(value, settings)) continue;
    throw new SyntaxError(
      `${where} is a ${type} with ${shown(key)} ${shown(value)}, which is not supported`,
    );
  }
  const wanted = Object.entries(known).find(([key, allows]) =>
    (allows === pattern || allows === parts) && !Object.hasOwn(settings, key)
  );
  if (wanted !== undefined) throw new SyntaxError(`${where} is a ${type} without ${wanted[0]}`);
  // Among others it would have to know which token is the first.
  if (type === "Metaspace" && where.startsWith("decoder[") && settings.prepend_scheme !== "never") {
    throw new SyntaxError(
      `${where} is a Metaspace with prepend_scheme ${
        shown(settings.prepend_scheme ?? "always")
      }, ` +
        `which is supported as the whole decoder alone`,
    );
  }
  if (type !== "Sequence") return;
  const [list] = Object.values(settings);
  for (const [i, inner] of (list as unknown[]).entries()) checkPart(inner, table, `${where}[${i}]`);
}
