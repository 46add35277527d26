/** The key of a service: it is read from the environment, goes into a header, and is told nowhere. @module */

/** A mistake of which not even the line may be shown: a key may stand there. */
export class SecretMistake extends Error {
  override readonly name = "SecretMistake";
  /** Whether what is wrong must not be quoted. */
  readonly secret = true;
}

/** Characters of the shortest key that a reply could give away. */
const SHORTEST_SECRET = 8;

/** A key that shows in nothing that is printed or written. */
export class ApiKey {
  readonly #value: string;

  private constructor(value: string) {
    this.#value = value;
  }

  /**
   * The key in a variable of the environment; undefined where that is not set.
   *
   * @throws {SecretMistake} when it cannot stand in a header
   */
  static of(
    variable: string,
    env: (name: string) => string | undefined = Deno.env.get,
  ): ApiKey | undefined {
    const value = env(variable)?.trim() ?? "";
    if (value === "") return undefined;
    if (/^[\x21-\x7e]+$/.test(value)) return new ApiKey(value);
    throw new SecretMistake(
      `Cannot use the key in ${variable}: it has characters that no key has; set it to the key alone`,
    );
  }

  /** What a request proves itself by. */
  get header(): string {
    return `Bearer ${this.#value}`;
  }

  /** A text without the key, whoever wrote it there: as it is, or within JSON or an address. */
  hideIn(text: string): string {
    const forms = [
      this.#value,
      JSON.stringify(this.#value).slice(1, -1),
      encodeURIComponent(this.#value),
    ];
    return forms.reduce((hidden, form) => hidden.replaceAll(form, "(the key)"), text);
  }

  /** A reply without the key. What is so short is a word that local servers want, such as EMPTY, and no secret. */
  hideInReply(text: string): string {
    return this.#value.length < SHORTEST_SECRET ? text : this.hideIn(text);
  }
}

/** @throws {SecretMistake} when it is no name of a variable, such as the key itself */
export function checkVariable(name: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(name) && !/^sk_/.test(name)) return;
  throw new SecretMistake(
    "Cannot read api_key_env: it is the name of a variable of the environment, such as " +
      "OPENAI_API_KEY; never write the key itself into a pipeline",
  );
}
