/**
 * Parts of a `tokenizer.json` written as others that `@huggingface/tokenizers` 0.2.0 does exactly as the reference
 * (https://github.com/huggingface/tokenizers) does: its own splits and normalizers take JavaScript's white space,
 * letters and lower case for Unicode's, where its expressions are translated with care.
 *
 * @module
 */
type Json = Readonly<Record<string, unknown>>;
/** A part written anew; one that is in no table stays as it is. */
type Rewrite = (part: Json) => Json;

/** What Rust's `\w` holds. */
const WORD = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d";
/** Unicode's punctuation and ASCII's. */
const PUNCTUATION = "[\\p{P}!-/:-@\\[-`{-~]";
/** GPT-2's words. */
const BYTE_LEVEL =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
/** BERT's Chinese characters. */
const CHINESE = "[\\u4e00-\\u9fff\\u3400-\\u4dbf\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2b73f}" +
  "\\u{2b740}-\\u{2b81f}\\u{2b920}-\\u{2ceaf}\\uf900-\\ufaff\\u{2f800}-\\u{2fa1f}]";
/** The whole of what an expression found, in JavaScript's replacements. */
const FOUND = "$&";

const split = (Regex: string, behavior: "Isolated" | "Removed", invert = false): Json => ({
  type: "Split",
  pattern: { Regex },
  behavior,
  invert,
});
const splits = (...pretokenizers: readonly Json[]): Json => ({ type: "Sequence", pretokenizers });
const replace = (Regex: string, content: string): Json => ({
  type: "Replace",
  pattern: { Regex },
  content,
});
const normalizers = (...parts: readonly (Json | false)[]): Json => ({
  type: "Sequence",
  normalizers: parts.filter((part) => part !== false),
});

/** Character by character, so that a sigma at an end is one like any other. */
const LOWERCASE = normalizers(replace("Σ", "σ"), { type: "Lowercase" });

/** In JavaScript a $ in a replacement may stand for something. */
const literal: Rewrite = (part) => ({
  ...part,
  content: String(part.content ?? "").replaceAll("$", "$$$$"),
});

const NORMALIZERS: Readonly<Record<string, Rewrite>> = {
  Lowercase: () => LOWERCASE,
  Replace: literal,
  Strip: ({ strip_left, strip_right }) =>
    normalizers(
      strip_left === true && replace("\\A\\s+", ""),
      strip_right === true && replace("\\s+\\z", ""),
    ),
  BertNormalizer: ({ clean_text, handle_chinese_chars, strip_accents, lowercase }) =>
    normalizers(
      clean_text !== false && replace("(?![\\t\\n\\r])[\\p{Cc}\\p{Cf}\\p{Co}\\ufffd]", ""),
      clean_text !== false && replace("\\s", " "),
      handle_chinese_chars !== false && replace(CHINESE, ` ${FOUND} `),
      (strip_accents ?? lowercase) !== false && { type: "NFD" },
      (strip_accents ?? lowercase) !== false && replace("\\p{Mn}", ""),
      lowercase !== false && LOWERCASE,
    ),
};

const PRETOKENIZERS: Readonly<Record<string, Rewrite>> = {
  ByteLevel: (part) =>
    part.use_regex === false ? part : splits(
      // An empty text has no beginning to put a blank before.
      ...part.add_prefix_space === true ? [replace("\\A(?! )(?=\\s|\\S)", " ")] : [],
      split(BYTE_LEVEL, "Isolated"),
      { ...part, add_prefix_space: false, use_regex: false },
    ),
  BertPreTokenizer: () => splits(split("\\s+", "Removed"), split(PUNCTUATION, "Isolated")),
  // Every number of Unicode, such as ½.
  Digits: ({ individual_digits }) =>
    split(individual_digits === true ? "\\p{N}" : "\\p{N}+", "Isolated"),
  Metaspace(part) {
    if (part.split === false) return part;
    // Each blank with what follows up to the next.
    const mark = [...String(part.replacement ?? "▁")].map((char) =>
      `\\u{${char.codePointAt(0)!.toString(16)}}`
    ).join("");
    return splits({ ...part, split: false }, split(`${mark}[^${mark}]*`, "Isolated"));
  },
  Punctuation: ({ behavior }) =>
    split(PUNCTUATION + (behavior === "Contiguous" ? "+" : ""), "Isolated"),
  Whitespace: () => split(`[${WORD}]+|[^${WORD}\\s]+`, "Removed", true),
  WhitespaceSplit: () => split("\\s+", "Removed"),
};

const DECODERS: Readonly<Record<string, Rewrite>> = {
  Replace: literal,
  // Where blanks at the start are kept; where they are not, see `Tokenizer.decode`.
  Metaspace: (part) =>
    part.prepend_scheme === "never"
      ? { type: "Replace", pattern: { String: part.replacement ?? "▁" }, content: " " }
      : part,
};

/** A definition that the library does as the reference does the one given. */
export function exactly(definition: Json): Json {
  return {
    ...definition,
    normalizer: rewritten(definition.normalizer, NORMALIZERS),
    pre_tokenizer: rewritten(definition.pre_tokenizer, PRETOKENIZERS),
    decoder: rewritten(definition.decoder, DECODERS),
  };
}

function rewritten(part: unknown, table: Readonly<Record<string, Rewrite>>): unknown {
  if (typeof part !== "object" || part === null) return part;
  const { type } = part as { readonly type: string };
  if (type !== "Sequence") return Object.hasOwn(table, type) ? table[type]!(part as Json) : part;
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) =>
      [key, Array.isArray(value) ? value.map((inner) => rewritten(inner, table)) : value] as const
    ),
  );
}
