/** The vocabulary of a GGUF file, what ends its texts, and its chat templates. @module */
import { TokenizerFields } from "./gguf_keys.ts";
import { shown } from "./shown.ts";

type Metadata = Readonly<Record<string, unknown>>;

/** Kinds of tokens in `tokenizer.ggml.token_type`. */
export const NORMAL = 1, UNKNOWN = 2, CONTROL = 3, USER_DEFINED = 4, BYTE = 6;

/** A GGUF file's vocabulary. */
export interface Vocabulary {
  readonly tokens: readonly string[];
  /** As what kind each is. */
  readonly kinds: readonly number[];
}

/** Reads it. @throws {SyntaxError} when the lists do not fit each other, or an id is none of theirs */
export function readVocabulary(fields: TokenizerFields): Vocabulary {
  const tokens = fields.list<string>("tokens", "string");
  const kinds = fields.list<number>("token_type", "number");
  if (kinds.length !== tokens.length) {
    fields.fail("token_type", `has ${kinds.length} entries for ${tokens.length} tokens`);
  }
  const ids = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    if (ids.has(token)) {
      fields.fail("tokens", `has ${shown(token)} as ${ids.get(token)} and as ${id}`);
    }
    ids.set(token, id);
  }
  fields.checkIds(tokens.length);
  return { tokens, kinds };
}

/** The chat templates in the words of `tokenizer_config.json`. */
export function chatTemplates(metadata: Metadata): Readonly<Record<string, unknown>> {
  const key = "tokenizer.chat_template", named = `${key}.`;
  const templates = Object.entries(metadata).flatMap(([name, template]) =>
    name === key
      ? [["default", template] as const]
      : name.startsWith(named)
      ? [[name.slice(named.length), template] as const]
      : []
  );
  return templates.length === 0 ? {} : { chat_template: Object.fromEntries(templates) };
}

/** Control tokens that end a turn or a text in some model; llama.cpp ends on them whatever its file says. */
const ENDS: ReadonlySet<string> = new Set([
  "<|eot_id|>",
  "<|eom_id|>",
  "<|end_of_text|>",
  "<|endoftext|>",
  "<|im_end|>",
  "<|end|>",
  "<end_of_turn>",
  "<end_of_utterance>",
  "</s>",
]);

/**
 * The tokens that end a completion: the ends of text, turn and message that the file names, and control tokens that
 * llama.cpp knows as ends (`special_eog_ids` in its `llama-vocab.cpp`), since a file names only one.
 *
 * @throws {SyntaxError} when the file tells none
 */
export function ggufEndIds(
  metadata: Metadata,
  file: string,
  ignore: readonly string[] = [],
): ReadonlySet<number> {
  const fields = new TokenizerFields(metadata, file, ignore);
  const { tokens, kinds } = readVocabulary(fields);
  const named = ["eos", "eot", "eom"].map((name) => fields.id(`${name}_token_id`, tokens.length))
    .filter((id) => id !== undefined);
  const known = tokens.flatMap((token, id) => kinds[id] === CONTROL && ENDS.has(token) ? [id] : []);
  if (named.length > 0) return new Set([...named, ...known]);
  return fields.fail("eos_token_id", "is missing");
}
