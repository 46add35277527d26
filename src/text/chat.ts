import { Template } from "@huggingface/jinja";

/** One turn of a conversation. */
export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** The template that an instruct model's conversations are written with (Jinja, as in transformers). */
export class ChatTemplate {
  readonly #template: Template;
  readonly #tokens: Readonly<Record<string, unknown>>;

  /**
   * @param tokens special tokens by the names that the template uses, such as `bos_token`
   * @throws {SyntaxError} when the template cannot be read
   */
  constructor(source: string, tokens: Readonly<Record<string, unknown>> = {}) {
    try {
      this.#template = new Template(source);
    } catch (error) {
      throw new SyntaxError(`Cannot read the chat template: ${(error as Error).message}`, {
        cause: error,
      });
    }
    this.#tokens = tokens;
  }

  /** The template of a `tokenizer_config.json`; undefined when it has none. */
  static of(config: Readonly<Record<string, unknown>>): ChatTemplate | undefined {
    const named = config.chat_template;
    const source = Array.isArray(named)
      ? named.find(({ name }) => name === "default")?.template
      : named;
    if (typeof source !== "string") return undefined;
    const tokens = Object.entries(config).flatMap(([name, token]) => {
      // A token is a string, or an object that also tells how it is split off.
      const text = typeof token === "string"
        ? token
        : (token as { content?: string } | null)?.content;
      return name.endsWith("_token") && text !== undefined ? [[name, text]] : [];
    });
    return new ChatTemplate(source, Object.fromEntries(tokens));
  }

  /** The conversation up to where the assistant speaks. @throws {Error} what the template raises */
  render(messages: readonly Message[]): string {
    return this.#template.render({
      ...this.#tokens,
      messages: [...messages],
      add_generation_prompt: true,
    });
  }
}
