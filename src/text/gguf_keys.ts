/** The keys under `tokenizer` of a GGUF file's metadata, and what each is to this project. @module */

import { shortened, shown } from "./shown.ts";

type Metadata = Readonly<Record<string, unknown>>;

/** Keys whose value is the id of a token. */
const ID_KEYS = [
  "bos_token_id",
  "eos_token_id",
  "eot_token_id",
  "eom_token_id",
  "unknown_token_id",
  "padding_token_id",
  "seperator_token_id", // llama.cpp's spelling
  "cls_token_id",
  "mask_token_id",
  "fim_pre_token_id",
  "fim_suf_token_id",
  "fim_mid_token_id",
  "fim_pad_token_id",
  "fim_rep_token_id",
  "fim_sep_token_id",
  "prefix_token_id",
  "suffix_token_id",
  "middle_token_id",
];

/** Keys that are read besides. */
const USED: ReadonlySet<string> = new Set([
  ...ID_KEYS,
  "model",
  "pre",
  "tokens",
  "token_type",
  "scores",
  "merges",
  "add_bos_token",
  "add_space_prefix",
  "remove_extra_whitespaces",
  "precompiled_charsmap",
]);

/**
 * Keys that change no ids: the number of segments, of BERT; separators, which go between two texts; and whether a text
 * ends with its end token, which a prompt never does.
 */
const IDLE: ReadonlySet<string> = new Set(["token_type_count", "add_sep_token", "add_eos_token"]);

/** Other keys under `tokenizer`. */
const OTHERS: ReadonlySet<string> = new Set(["chat_template", "chat_templates"]);

/** The fields under `tokenizer.ggml`. */
export class TokenizerFields {
  readonly #metadata: Metadata;
  readonly #file: string;

  /**
   * @param ignore keys that the user vouches for
   * @throws {SyntaxError} naming a key that could change ids and is not known
   */
  constructor(metadata: Metadata, file: string, ignore: readonly string[] = []) {
    this.#metadata = metadata;
    this.#file = file;
    for (const key of Object.keys(metadata)) {
      if (!key.startsWith("tokenizer.")) continue;
      const [, group, name] = /^tokenizer\.(?:(ggml)\.)?(.+)$/.exec(key)!;
      const known = group === undefined
        ? OTHERS.has(name!) || name!.startsWith("chat_template.")
        : USED.has(name!) || IDLE.has(name!);
      if (!known && !ignore.includes(key)) {
        throw new SyntaxError(
          `Cannot read ${file}: key ${
            shortened(key)
          } is not known here, and might change how text is split; ` +
            `if it does not, add it to the step's ignore: ${shortened(key)}`,
        );
      }
    }
  }

  get(name: string): unknown {
    return this.#metadata[`tokenizer.ggml.${name}`];
  }

  /** A list of strings or of numbers. */
  list<T extends string | number>(name: string, type: "string" | "number"): readonly T[] {
    const value = this.get(name);
    const list = value instanceof Float64Array ? Array.from(value) : value;
    if (Array.isArray(list) && list.every((item) => typeof item === type)) return list as T[];
    return this.fail(name, `is no list of ${type}s`);
  }

  flag(name: string): boolean | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === "boolean") return value;
    return this.fail(name, `is ${shown(value)}; it has to be true or false`);
  }

  /** The id of a token; undefined where the file tells none. */
  id(name: string, tokens: number): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < tokens) {
      return value as number;
    }
    return this.fail(name, `is ${shown(value)}; the vocabulary has tokens 0 to ${tokens - 1}`);
  }

  /** Checks every id, also of tokens that nothing here reads. */
  checkIds(tokens: number): void {
    for (const name of ID_KEYS) this.id(name, tokens);
  }

  /** What a table has for a field's value. */
  chosen<T>(name: string, value: unknown, table: Readonly<Record<string, T>>): T {
    if (typeof value === "string" && Object.hasOwn(table, value)) return table[value]!;
    return this.fail(
      name,
      `is ${typeof value === "string" ? shortened(value) : shown(value)}; supported are ${
        Object.keys(table).join(", ")
      }`,
    );
  }

  fail(name: string, problem: string): never {
    throw new SyntaxError(`Cannot read ${this.#file}: tokenizer.ggml.${name} ${problem}`);
  }
}
