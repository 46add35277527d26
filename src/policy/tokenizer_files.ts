/** The tokenizer of a directory in Hugging Face layout, and what ends its texts. @module */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ChatTemplate, specialTokens, withChat } from "../text/chat.ts";
import { isObject, withAddedTokens, withSpecialTokens } from "../text/definition.ts";
import { shortened, shown } from "../text/shown.ts";
import { Tokenizer } from "../text/tokenizer.ts";
import { readJson } from "./json_files.ts";

type Json = Readonly<Record<string, unknown>>;

const FILES = {
  tokenizer: "tokenizer.json",
  config: "tokenizer_config.json",
  special: "special_tokens_map.json",
  added: "added_tokens.json",
  chat: "chat_template.jinja",
  chats: "additional_chat_templates",
  generation: "generation_config.json",
} as const;

/**
 * Reads a tokenizer as transformers does: `special_tokens_map.json` and `added_tokens.json` count where
 * `tokenizer_config.json` has no `added_tokens_decoder`, and templates in files go before those in it.
 *
 * @param rows of the model's embedding
 * @param date that the chat template is told, as YYYY-MM-DD
 * @throws {Error} naming the file, and the token or field, that cannot be used
 */
export function readTokenizer(directory: string, rows: number, date?: string): Tokenizer {
  const file = join(directory, FILES.tokenizer), configFile = join(directory, FILES.config);
  const definition = readJson(file);
  const config = readConfig(directory);
  const legacy = "added_tokens_decoder" in config ? undefined : optional(directory, FILES.added);
  if (config.split_special_tokens === true) {
    throw new SyntaxError(
      `Cannot read ${configFile}: split_special_tokens is true; supported is false`,
    );
  }
  const dated = naming(configFile, () => withChat(withTemplates(directory, config), date));
  const tokenizer = naming(file, () => {
    const whole = withAddedTokens(definition, config.added_tokens_decoder, legacy, rows);
    return new Tokenizer(withSpecialTokens(whole, named(config), rows), dated, rows);
  });
  naming(configFile, () => checkNamed(tokenizer));
  return tokenizer;
}

/** Texts of the special tokens of a config, and of those that have no name. */
function named(config: Json): readonly string[] {
  const lists = [config.additional_special_tokens, config.extra_special_tokens].flat();
  return [...Object.values(specialTokens(config)), ...lists].flatMap((token) => {
    const text = isObject(token) ? token.content : token;
    return typeof text === "string" ? [text] : [];
  });
}

function readConfig(directory: string): Json {
  const config = optional(directory, FILES.config) ?? {};
  if ("added_tokens_decoder" in config) return config;
  return { ...config, ...optional(directory, FILES.special) };
}

/** Templates that stand in files of their own take the place of those in the config. */
function withTemplates(directory: string, config: Json): Json {
  const templates: Record<string, string> = {};
  const main = join(directory, FILES.chat), others = join(directory, FILES.chats);
  if (existsSync(main)) templates.default = Deno.readTextFileSync(main);
  if (existsSync(others)) {
    for (const { name } of Deno.readDirSync(others)) {
      const [, called] = /^(.+)\.jinja$/.exec(name) ?? [];
      if (called !== undefined) templates[called] = Deno.readTextFileSync(join(others, name));
    }
  }
  return Object.keys(templates).length === 0 ? config : { ...config, chat_template: templates };
}

/** transformers would make new tokens of names that the vocabulary has not, beyond the embedding. */
function checkNamed({ config, ids }: Tokenizer): void {
  const template = typeof config.chat_template === "string" ? config.chat_template : "";
  for (const [name, token] of Object.entries(specialTokens(config))) {
    const matters = name === "eos_token" || name === "bos_token" || template.includes(name);
    if (matters && !ids.has(token)) {
      throw new SyntaxError(`${shortened(name)} is ${shown(token)}, which the vocabulary has not`);
    }
  }
}

/** What ends a completion. */
export interface Ends {
  readonly ids: ReadonlySet<number>;
  /** Where the files disagree. */
  readonly note?: string;
}

/**
 * The tokens that end a completion: those of `generation_config.json` (without one, of `config.json`) and the
 * tokenizer's own, as vLLM takes them. transformers takes the former alone, and TRL the latter.
 *
 * @param rows of the model's embedding
 * @throws {Error} naming the file, when it tells none or one that the model cannot write
 */
export function readEnds(
  directory: string,
  config: Json,
  tokenizer: Tokenizer,
  rows: number,
): Ends {
  const generation = optional(directory, FILES.generation) ?? {};
  const file = (generation.eos_token_id ?? null) === null ? "config.json" : FILES.generation;
  const given = generation.eos_token_id ?? config.eos_token_id ?? [];
  const told = [given].flat();
  for (const id of told) {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= rows) {
      throw new Error(
        `Cannot read ${join(directory, file)}: eos_token_id is ${shown(given)}; ` +
          `the model writes tokens 0 to ${rows - 1}`,
      );
    }
  }
  const end = specialTokens(tokenizer.config).eos_token;
  const own = end === undefined ? undefined : tokenizer.id(end);
  const ids = new Set([...told as number[], ...(own === undefined ? [] : [own])]);
  if (ids.size === 0) {
    throw new Error(
      `Cannot load policy ${directory}: ${FILES.generation} has no eos_token_id, and ${FILES.config} no eos_token`,
    );
  }
  if (own === undefined || told.length === 0 || told.includes(own)) return { ids };
  const note = `${file} ends texts at ${told.join(", ")}, the tokenizer at ${own} (${end}): ` +
    `completions end at any of them`;
  return { ids, note };
}

/**
 * The chat template of a tokenizer, tried on a message.
 *
 * @param source shown in errors
 * @throws {SyntaxError} when it is not supported, or raises for a user's message
 */
export function chatOf(tokenizer: Tokenizer, source: string): ChatTemplate | undefined {
  return naming(source, () => {
    const chat = ChatTemplate.of(tokenizer.config);
    try {
      chat?.render([{ role: "user", content: "a" }]);
    } catch (error) {
      throw new SyntaxError(
        `its chat template takes no user's message: ${shortened((error as Error).message, 300)}`,
      );
    }
    return chat;
  });
}

/**
 * What a tokenizer would put after a prompt, which is left out: a prompt goes on.
 *
 * @param source shown in errors
 * @throws {SyntaxError} when it is more than an end of text
 */
export function checkAffixes(
  tokenizer: Tokenizer,
  ends: ReadonlySet<number>,
  source: string,
): void {
  naming(source, () => {
    const other = tokenizer.affixes.after.find((id) => !ends.has(id));
    if (other === undefined) return;
    throw new SyntaxError(
      `its post_processor appends token ${other} to texts, which does not end them; ` +
        `take it out of tokenizer.json`,
    );
  });
}

function naming<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new SyntaxError(`Cannot read ${file}: ${shortened((error as Error).message, 400)}`, {
      cause: error,
    });
  }
}

function optional(directory: string, name: string): Json | undefined {
  const file = join(directory, name);
  return existsSync(file) ? readJson(file) : undefined;
}
