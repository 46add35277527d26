import { clip, closest, show, suggest } from "./diagnostic.ts";
import type { Json, JsonObject, Path } from "./document.ts";
import { isMap } from "./node.ts";

/** Names that `${…}` can refer to, such as `params.tau`, `matrix.dataset`, `loop.index`, `seed`. */
export type Variables = JsonObject;

/** A reference in `${…}` that leads nowhere. */
export class InterpolationError extends Error {
  override readonly name = "InterpolationError";
  readonly hint: string;
  /** Where the reference stands in the value that was interpolated. */
  readonly path: Path;

  constructor(message: string, hint: string, path: Path) {
    super(message);
    this.hint = hint;
    this.path = path;
  }
}

/** Values, and characters of texts with references, that one value may become: references double what they name. */
const MAX_SIZE = 1_000_000;

/**
 * Replaces `${…}` in every string of a value. A string that is nothing but one reference becomes the value
 * referred to, with its type. `$${` stands for `${` itself.
 *
 * @returns a value of its own, which shares nothing with what was given
 * @throws {InterpolationError} when a name is unknown, a `${` is not closed, or the value becomes too large
 */
export function interpolate(value: JsonObject, variables: Variables): JsonObject;
export function interpolate(value: Json, variables: Variables): Json;
export function interpolate(value: Json, variables: Variables): Json {
  return new Interpolation(variables).replace(value);
}

class Interpolation {
  readonly #variables: Variables;
  /** Where the value being replaced stands. */
  readonly #path: (string | number)[] = [];
  #size = 0;

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  replace(value: Json): Json {
    if (typeof value === "string" && value.includes("${")) return this.#replaceText(value);
    return this.#copy(value, (item) => this.replace(item));
  }

  /** @param inside what becomes of the values of a list or a map */
  #copy(value: Json, inside: (value: Json) => Json): Json {
    this.#grow(1);
    if (typeof value !== "object" || value === null) return value;
    const at = (item: Json, key: string | number) => {
      this.#path.push(key);
      const made = inside(item);
      this.#path.pop();
      return made;
    };
    if (Array.isArray(value)) return value.map(at);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, at(item, key)]));
  }

  #replaceText(text: string): Json {
    const [doubled, inside] = /\$\{\{\s*([^{}]*?)\s*\}\}/.exec(text) ?? [];
    if (doubled !== undefined && !text.includes(`$${doubled}`)) {
      this.#fail(`${show(doubled)} has two braces`, `write \${${clip(inside!, 80)}}`);
    }
    const whole = /^\$\{([^}]*)\}$/.exec(text);
    if (whole !== null) return this.#copyAll(this.#lookUp(whole[1]!));
    return text.replaceAll(/\$\$\{|\$\{([^}]*)(\}?)/g, (reference, name?: string, end?: string) => {
      if (name === undefined) return "${";
      if (end === "") {
        const hint = "write ${name}, such as ${params.tau}; $${ stands for ${ itself";
        this.#fail(`${show(reference)} is not closed`, hint);
      }
      const value = this.#lookUp(name);
      const made = typeof value === "string" ? value : JSON.stringify(value);
      this.#grow(made.length);
      return made;
    });
  }

  #copyAll(value: Json): Json {
    return this.#copy(value, (item) => this.#copyAll(item));
  }

  #lookUp(name: string): Json {
    let value: Json = this.#variables;
    const parts = name.trim().split(".");
    for (const [i, part] of parts.entries()) {
      if (typeof value !== "object" || value === null || !isKey(value, part)) {
        const known = typeof value === "object" && value !== null ? Object.keys(value) : [];
        const before = parts.slice(0, i).map((p) => `${p}.`).join("");
        const message = `\${${clip(name, 80)}} refers to nothing: ${before}${part} is not defined`;
        this.#fail(message, this.#hintOn(parts, i, known));
      }
      value = (value as JsonObject)[part]!;
    }
    return value;
  }

  /** What to write instead of a name, of which the parts before one are known. */
  #hintOn(parts: readonly string[], at: number, known: readonly string[]): string {
    const [first, name = "NAME"] = parts, wanted = clip(parts[at]!, 80);
    const { params } = this.#variables;
    if (at === 0 && isMap(params) && Object.hasOwn(params, wanted)) {
      return `write \${params.${wanted}}`;
    }
    if (closest(wanted, known) !== undefined) return suggest(wanted, known);
    if (first === "matrix" && at === 1 && known.length === 0) {
      return `write matrix: { ${wanted}: 0..4 } in this step, or in a loop around it`;
    }
    if ((at === 0 || known.length === 0) && Object.hasOwn(ROOTS, first!)) {
      return ROOTS[first!]!(clip(name, 80));
    }
    if (at === 1 && known.length === 0 && first === "params") {
      return `write params: { ${wanted}: … } at the top of the file`;
    }
    if (at === 0 && parts.length > 1) {
      const output = clip(parts.join("."), 80);
      return `${suggest(wanted, known)}; outputs of steps stand in in:, without \${ }: ${output}`;
    }
    if (known.length > 0) return suggest(wanted, known);
    return `${parts.slice(0, at).join(".")} has no values in it: leave out .${wanted}`;
  }

  #grow(size: number): void {
    this.#size += size;
    if (this.#size <= MAX_SIZE) return;
    this.#fail(`its references make more than ${MAX_SIZE} values or characters`, "refer to less");
  }

  #fail(message: string, hint: string): never {
    throw new InterpolationError(message, hint, [...this.#path]);
  }
}

/** What to write to have a name that is there only in some places. */
const ROOTS: Readonly<Record<string, (name: string) => string>> = {
  matrix: (name) =>
    `with: and in: know it where the step, or a loop around, has matrix: { ${name}: … }`,
  loop: () => "it is known to the steps of a loop alone",
  env: (name) => `write params: { ${name}: … } in the file, and params.${name}=value after it`,
  oc: () => "write params: { NAME: … } in the file, and params.NAME=value after it",
  steps: () => "outputs of steps stand in in:, as step.port, without ${ }",
};

function isKey(value: JsonObject | readonly Json[], part: string): boolean {
  return Object.hasOwn(value, part) && Object.getOwnPropertyDescriptor(value, part)!.enumerable!;
}
