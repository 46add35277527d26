import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { checkComponents } from "./components.ts";
import { tokenIds } from "./definition.ts";
import { exactly } from "./exact_tokenizer.ts";
import { shortened } from "./shown.ts";

/** Tokens that are tried to see what the tokenizer puts around a text. */
const MOST_PROBES = 64;

/** A decoder that writes blanks for a mark. */
interface Metaspace {
  readonly type?: string;
  readonly replacement?: string;
  readonly prepend_scheme?: string;
}

/**
 * Text to token ids and back; wraps Hugging Face's `tokenizer.json`.
 *
 * @internal
 */
export class Tokenizer {
  /** The contents of `tokenizer.json`. */
  readonly definition: Readonly<Record<string, unknown>>;
  /** The contents of `tokenizer_config.json`: names of special tokens, chat template. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Ids of all tokens. */
  readonly ids: ReadonlyMap<string, number>;
  readonly #tokenizer: HuggingFaceTokenizer;
  /** Tokens that are left out of texts. */
  readonly #special: ReadonlySet<string>;
  #affixes: { readonly before: readonly number[]; readonly after: readonly number[] } | undefined;

  /**
   * @param rows of the model's embedding: every id is below
   * @throws {SyntaxError} when the definition is not one of a tokenizer, or an id is wrong
   */
  constructor(
    definition: Readonly<Record<string, unknown>>,
    config: Readonly<Record<string, unknown>> = {},
    rows?: number,
  ) {
    this.definition = definition;
    this.config = config;
    this.ids = tokenIds(definition, rows);
    checkComponents(definition);
    const added = (definition.added_tokens ?? []) as readonly {
      content: string;
      special: boolean;
    }[];
    this.#special = new Set(added.filter((token) => token.special).map((token) => token.content));
    try {
      this.#tokenizer = new HuggingFaceTokenizer(
        exactly(definition),
        // Of others the library would take settings that the reference does not know. What is unknown is an error
        // unless a token for it is named.
        "unk_token" in config
          ? { unk_token: (definition.model as { unk_token: unknown }).unk_token }
          : {},
      );
    } catch (error) {
      throw new SyntaxError(shortened((error as Error).message, 300), { cause: error });
    }
  }

  /**
   * Ids of a text.
   *
   * @param special whether the tokenizer puts before it what it was made to, such as a token at the start; what it would
   *   put after it is left out, since a prompt goes on
   * @throws {RangeError} when a part of the text has no token
   */
  encode(text: string, special = false): number[] {
    const { ids, tokens } = this.#tokenizer.encode(text, { add_special_tokens: false });
    const unknown = ids.findIndex((id) => id === undefined);
    if (unknown >= 0) {
      throw new RangeError(`Cannot encode ${tokens[unknown]}: the vocabulary has no token for it`);
    }
    return special ? [...this.affixes.before, ...ids] : ids;
  }

  /** Ids that the tokenizer was made to put before and after a text. @throws {SyntaxError} when they are none */
  get affixes(): { readonly before: readonly number[]; readonly after: readonly number[] } {
    return this.#affixes ??= this.#findAffixes();
  }

  #findAffixes() {
    const encode = (text: string, add_special_tokens: boolean) =>
      this.#tokenizer.encode(text, { add_special_tokens }).ids;
    // A text of which something is left in between.
    const probes = ["a", ...[...this.ids.keys()].slice(0, MOST_PROBES)];
    const probe = probes.find((text) => encode(text, false).length > 0) ?? "";
    const plain = encode(probe, false), whole = [...encode(probe, true)];
    if (plain.length === 0) return { before: whole, after: [] };
    const start = whole.findIndex((_, at) => plain.every((id, i) => whole[at + i] === id));
    if (start < 0) throw new SyntaxError("its post_processor changes the tokens of a text");
    const before = whole.slice(0, start), after = whole.slice(start + plain.length);
    if ([...before, ...after].includes(undefined as unknown as number)) {
      throw new SyntaxError("its post_processor adds a token that is not in the vocabulary");
    }
    return { before, after };
  }

  /** Text of ids, special tokens and rows of the embedding without a token left out, and nothing else changed. */
  decode(ids: readonly number[]): string {
    const known = ids.filter((id) => this.#tokenizer.id_to_token(id) !== undefined);
    if (known.length === 0) return ""; // the library refuses it
    const { type, replacement = "▁", prepend_scheme } =
      (this.definition.decoder ?? {}) as Metaspace;
    if (type === "Metaspace" && prepend_scheme !== "never") {
      // The reference takes all blanks off the first token, and the library one.
      const tokens = known.map((id) => this.#tokenizer.id_to_token(id)!)
        .filter((token) => !this.#special.has(token));
      return tokens.map((token, i) => token.replaceAll(replacement, i === 0 ? "" : " ")).join("");
    }
    return this.#tokenizer.decode(known, {
      skip_special_tokens: true,
      clean_up_tokenization_spaces: false, // or blanks before punctuation are lost
    });
  }

  /** Id of one token. @throws {RangeError} when the vocabulary has no such token */
  id(token: string): number {
    const id = this.ids.get(token);
    if (id === undefined) throw new RangeError(`Cannot find token ${token} in the vocabulary`);
    return id;
  }

  /** Number of tokens. */
  get size(): number {
    return this.ids.size;
  }

  /** Rows that an embedding has at least: the largest id, and one. */
  get rows(): number {
    let most = 0;
    for (const id of this.ids.values()) most = Math.max(most, id + 1);
    return most;
  }
}

/** An entry of `added_tokens` that stands for itself wherever it is written. */
export function addedToken(id: number, content: string, special: boolean): Record<string, unknown> {
  return {
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special,
  };
}

/** Token that fills rows up; never generated on purpose. */
export const PAD_TOKEN = "<pad>";
/** Token that ends a text. */
export const END_TOKEN = "<eos>";

/** The `tokenizer_config.json` of a {@linkcode characterTokenizer}. */
export const CHARACTER_CONFIG: Readonly<Record<string, unknown>> = {
  tokenizer_class: "PreTrainedTokenizerFast",
  pad_token: PAD_TOKEN,
  eos_token: END_TOKEN,
};

/** The definition of a tokenizer that knows the characters of `alphabet`, one token each. */
export function characterTokenizer(alphabet: string): Record<string, unknown> {
  const special = [PAD_TOKEN, END_TOKEN];
  const tokens = [...special, ...new Set(alphabet)];
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => addedToken(id, content, true)),
    normalizer: null,
    pre_tokenizer: {
      type: "Split",
      pattern: { Regex: "." },
      behavior: "Isolated",
      invert: false,
    },
    post_processor: null,
    decoder: { type: "Fuse" },
    model: {
      type: "WordLevel",
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      unk_token: PAD_TOKEN,
    },
  };
}
