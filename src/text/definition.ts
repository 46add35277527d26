/** Checks of a `tokenizer.json`, and what `tokenizer_config.json` adds to it. @module */

import { shown } from "./shown.ts";

/** An entry of `added_tokens`. */
interface Added {
  readonly id: number;
  readonly content: string;
  readonly single_word?: unknown;
}

type Json = Readonly<Record<string, unknown>>;

/** No vocabulary has so many tokens: what claims more is damaged, and would only take memory. */
export const MOST_TOKENS = 2 ** 24;

/**
 * The ids of a tokenizer's tokens, by what they say.
 *
 * @param rows of the model's embedding: every id is below
 * @throws {SyntaxError} naming the token whose id is wrong, taken, or not the one that transformers gives it
 */
export function tokenIds(definition: Json, rows = MOST_TOKENS): ReadonlyMap<string, number> {
  const { model, added_tokens: added = [] } = definition;
  if (!isObject(model)) throw new SyntaxError("it has no model");
  const ids = new Map<string, number>(), taken = new Map<number, string>();
  const add = (token: unknown, id: unknown, list: string) => {
    if (typeof token !== "string") throw new SyntaxError(`${list} has a token that is no text`);
    const name = () => shown(token); // no text for each of many tokens
    if (!Number.isInteger(id) || (id as number) < 0) {
      throw new SyntaxError(`token ${name()} of ${list} has id ${shown(id)}`);
    }
    if ((id as number) >= rows) {
      throw new SyntaxError(
        `token ${name()} of ${list} has id ${id}, the model's embedding has ${rows} rows`,
      );
    }
    const other = taken.get(id as number);
    if (other !== undefined && other !== token) {
      throw new SyntaxError(`tokens ${shown(other)} and ${name()} both have id ${id}`);
    }
    taken.set(id as number, token);
    ids.set(token, id as number);
  };
  for (const [token, id] of vocabulary(model.vocab)) add(token, id, "model.vocab");
  const size = ids.size;
  let last = -1;
  for (const entry of list<Added>(added, "added_tokens")) {
    const known = ids.get(entry?.content);
    // Hugging Face's library numbers tokens that are not in the vocabulary itself.
    if (known !== undefined && known !== entry.id) {
      throw new SyntaxError(
        `token ${shown(entry.content)} has id ${known} in model.vocab, ` +
          `${shown(entry.id)} in added_tokens`,
      );
    }
    add(entry?.content, entry?.id, "added_tokens");
    if (entry.single_word === true) {
      throw new SyntaxError(
        `token ${shown(entry.content)} of added_tokens has single_word, which is not supported`,
      );
    }
    const free = Math.max(last + 1, size);
    if (known === undefined && entry.id !== free) {
      throw new SyntaxError(
        `token ${shown(entry.content)} of added_tokens has id ${entry.id}, ` +
          `and transformers gives it ${free}, the next that is free`,
      );
    }
    last = Math.max(last, entry.id);
  }
  checkPostProcessor(definition.post_processor, ids);
  return ids;
}

/** Ids stand in a template of tokens a second time. @throws {SyntaxError} when they are not the vocabulary's */
function checkPostProcessor(processor: unknown, ids: ReadonlyMap<string, number>): void {
  if (!isObject(processor)) return;
  if (Array.isArray(processor.processors)) {
    for (const inner of processor.processors) checkPostProcessor(inner, ids);
  }
  if (!isObject(processor.special_tokens)) return;
  for (const entry of Object.values(processor.special_tokens)) {
    const { tokens, ids: stated } = (entry ?? {}) as { tokens?: unknown; ids?: unknown };
    if (!Array.isArray(tokens) || !Array.isArray(stated)) continue;
    for (const [i, token] of tokens.entries()) {
      if (ids.get(token) !== stated[i]) {
        throw new SyntaxError(
          `post_processor has id ${shown(stated[i])} for ${shown(token)}, the vocabulary ${
            ids.get(token)
          }`,
        );
      }
    }
  }
}

/** Pairs of a `vocab`: by token, or the list with scores of a Unigram model. */
function* vocabulary(vocab: unknown): Iterable<readonly [unknown, unknown]> {
  if (Array.isArray(vocab)) {
    for (const [id, entry] of vocab.entries()) yield [Array.isArray(entry) ? entry[0] : entry, id];
  } else if (isObject(vocab)) {
    for (const token in vocab) yield [token, vocab[token]];
  } else throw new SyntaxError("its model has no vocab");
}

function list<T>(value: unknown, name: string): readonly T[] {
  if (Array.isArray(value)) return value as T[];
  throw new SyntaxError(`${name} is no list`);
}

/** Whether a value of a file is an object with fields. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A definition with the tokens that `added_tokens_decoder` of its `tokenizer_config.json`, or an old `added_tokens.json`,
 * has besides, and with what the former says of how they are split off, as transformers does.
 *
 * @param rows of the model's embedding
 * @throws {SyntaxError} as {@linkcode tokenIds}, and when one is listed with another id than the definition gives it
 */
export function withAddedTokens(
  definition: Json,
  decoder: unknown,
  legacy: Json | undefined,
  rows?: number,
): Json {
  const entries: (Added & Json)[] = isObject(decoder)
    ? Object.entries(decoder).map(([id, token]) => ({
      ...(isObject(token) ? token : {}),
      id: Number(id),
      content: String(isObject(token) ? token.content : token),
    }))
    : Object.entries(legacy ?? {}).map(([content, id]) => ({
      id: Number(id),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: true,
      special: false,
    }));
  if (entries.length === 0) return definition;
  const where = isObject(decoder) ? "added_tokens_decoder" : "added_tokens.json";
  const ids = tokenIds(definition, rows);
  const added = new Map(
    list<Added & Json>(definition.added_tokens ?? [], "added_tokens").map((token) => [
      token.content,
      token,
    ]),
  );
  for (const entry of entries.toSorted((a, b) => a.id - b.id)) {
    const { id, content } = entry, known = ids.get(content);
    if (known !== undefined && known !== id) {
      throw new SyntaxError(
        `token ${shown(content)} has id ${known}, and ${id} in ${where}`,
      );
    }
    // An old list says nothing of how tokens are split off.
    if (isObject(decoder) || !added.has(content)) {
      added.set(content, { ...added.get(content), ...entry });
    }
  }
  return { ...definition, added_tokens: [...added.values()] };
}

/**
 * A definition in which named tokens of the vocabulary are special, as transformers makes those of
 * `tokenizer_config.json`: they are split off as a whole, and left out of texts.
 */
export function withSpecialTokens(
  definition: Json,
  named: readonly string[],
  rows?: number,
): Json {
  const added = list<Added & Json>(definition.added_tokens ?? [], "added_tokens");
  const listed = new Set(added.map((token) => token?.content));
  const unlisted = [...new Set(named)].filter((content) => !listed.has(content));
  if (unlisted.length === 0) return definition;
  const ids = tokenIds(definition, rows);
  const missing = unlisted.flatMap((content) => {
    const id = ids.get(content);
    return id === undefined ? [] : [{
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    }];
  });
  return { ...definition, added_tokens: [...added, ...missing] };
}
