import { isObject } from "./definition.ts";
import { Jinja } from "./jinja.ts";
import { shortened, shown } from "./shown.ts";

/** One turn of a conversation. */
export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

type Json = Readonly<Record<string, unknown>>;

/** The day that a template is told where none is given: the one that Llama 3's templates fall back to. */
export const CHAT_DATE = "2024-07-26";

/** Where a policy's `tokenizer_config.json` keeps the day; transformers does not know it. */
const DATE_FIELD = "chat_date";

/**
 * The template that an instruct model's conversations are written with (Jinja, as in transformers).
 *
 * @internal
 */
export class ChatTemplate {
  readonly #template: Jinja;
  readonly #tokens: Json;

  /**
   * @param tokens special tokens by the names that the template uses, such as `bos_token`
   * @param date what `strftime_now` tells, as YYYY-MM-DD
   * @throws {SyntaxError} when the template cannot be read, or would be rendered otherwise than by transformers
   */
  constructor(source: string, tokens: Json = {}, date: string = CHAT_DATE) {
    this.#template = new Jinja(source, date);
    this.#tokens = tokens;
  }

  /**
   * The template of a `tokenizer_config.json`; undefined when it has none, as a base model's has.
   *
   * @throws {SyntaxError} as the constructor, or when several are named and none is the default
   */
  static of(config: Json): ChatTemplate | undefined {
    const source = defaultTemplate(config.chat_template);
    if (source === undefined) return undefined;
    return new ChatTemplate(source, specialTokens(config), config[DATE_FIELD] as string);
  }

  /** The conversation up to where the assistant speaks. @throws {Error} what the template raises */
  render(messages: readonly Message[]): string {
    return this.#template.render({
      ...this.#tokens,
      messages: [...messages],
      tools: null,
      documents: null,
      add_generation_prompt: true,
    });
  }
}

/**
 * The template for conversations without tools.
 *
 * @param given one template, or several by name as an object or as a list of `{name, template}`
 * @throws {SyntaxError} when none of several is the default, or it is no text
 */
export function defaultTemplate(given: unknown): string | undefined {
  if (given === undefined || given === null) return undefined;
  const named = Array.isArray(given)
    ? Object.fromEntries(given.map((entry) => [entry?.name, entry?.template]))
    : isObject(given)
    ? given
    : { default: given };
  if (!Object.hasOwn(named, "default")) {
    throw new SyntaxError(
      `there are chat templates ${
        shortened(Object.keys(named).join(", "))
      } and none is called default; ` +
        `put the one to use into chat_template.jinja`,
    );
  }
  const source = named.default;
  if (typeof source === "string" && source !== "") return source;
  throw new SyntaxError(
    `chat_template is ${source === "" ? "empty" : `no text: ${shown(source)}`}`,
  );
}

/** Texts of special tokens by name: those at the top, and those under `extra_special_tokens`. */
export function specialTokens(config: Json): Readonly<Record<string, string>> {
  const extra = isObject(config.extra_special_tokens) ? config.extra_special_tokens : {};
  return Object.fromEntries(
    Object.entries({ ...extra, ...config }).flatMap(([name, token]) => {
      // A token is a string, or an object that also tells how it is split off.
      const text = isObject(token) ? token.content : token;
      const named = name.endsWith("_token") || name in extra;
      return named && typeof text === "string" ? [[name, text]] : [];
    }),
  );
}

/**
 * A `tokenizer_config.json` with one chat template and its day.
 *
 * @param date as YYYY-MM-DD; {@linkcode CHAT_DATE} unless given
 * @throws {SyntaxError} as {@linkcode defaultTemplate}, or when a day is given that nothing asks for
 */
export function withChat(config: Json, date?: string): Json {
  const template = defaultTemplate(config.chat_template);
  const asks = template?.includes("strftime_now") === true;
  if (date !== undefined && !asks) {
    throw new SyntaxError(`the date is ${date}, and the chat template asks for none`);
  }
  const { chat_template: _, [DATE_FIELD]: kept, ...rest } = config;
  return {
    ...rest,
    ...(template === undefined ? {} : { chat_template: template }),
    ...(asks ? { [DATE_FIELD]: date ?? kept ?? CHAT_DATE } : {}),
  };
}
