import { show, suggest } from "./diagnostic.ts";
import type { Json, JsonObject, Path } from "./document.ts";

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

/**
 * Replaces `${…}` in every string of a value. A string that is nothing but one reference becomes the value
 * referred to, with its type.
 *
 * @returns a value of its own, which shares nothing with what was given
 * @throws {InterpolationError} when a name is unknown, or a `${` is not closed
 */
export function interpolate(value: Json, variables: Variables): Json {
  return replace(value, variables, []);
}

/** @param path where the value stands; one array, as it is read only when there is a mistake */
function replace(value: Json, variables: Variables, path: (string | number)[]): Json {
  if (typeof value === "string") {
    return value.includes("${") ? replaceText(value, variables, path) : value;
  }
  if (typeof value !== "object" || value === null) return value;
  const inside = (item: Json, key: string | number) => {
    path.push(key);
    const replaced = replace(item, variables, path);
    path.pop();
    return replaced;
  };
  if (Array.isArray(value)) return value.map(inside);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inside(item, key)]));
}

function replaceText(text: string, variables: Variables, path: Path): Json {
  const whole = /^\$\{([^}]*)\}$/.exec(text);
  if (whole !== null) {
    const value = lookUp(whole[1]!, variables, path);
    return typeof value === "object" ? structuredClone(value) : value;
  }
  return text.replaceAll(/\$\{([^}]*)(\}?)/g, (reference, name: string, end: string) => {
    if (end === "") {
      throw new InterpolationError(
        `${show(reference)} is not closed`,
        "write ${name}, such as ${params.tau}",
        [...path],
      );
    }
    const value = lookUp(name, variables, path);
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}

function lookUp(name: string, variables: Variables, path: Path): Json {
  let value: Json = variables;
  const parts = name.trim().split(".");
  for (const [i, part] of parts.entries()) {
    if (typeof value !== "object" || value === null || !isKey(value, part)) {
      const known = typeof value === "object" && value !== null ? Object.keys(value) : [];
      const before = parts.slice(0, i).map((p) => `${p}.`).join("");
      throw new InterpolationError(
        `\${${name}} refers to nothing: ${before}${part} is not defined`,
        suggest(part, known),
        [...path],
      );
    }
    value = (value as JsonObject)[part]!;
  }
  return value;
}

function isKey(value: JsonObject | readonly Json[], part: string): boolean {
  return Object.hasOwn(value, part) && Object.getOwnPropertyDescriptor(value, part)!.enumerable!;
}
