import { suggest } from "./diagnostic.ts";
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
 * @throws {InterpolationError} when a name is unknown
 */
export function interpolate(value: Json, variables: Variables, path: Path = []): Json {
  if (typeof value === "string") return interpolateText(value, variables, path);
  if (Array.isArray(value)) {
    return value.map((item, i) => interpolate(item, variables, [...path, i]));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map((
        [key, item],
      ) => [key, interpolate(item, variables, [...path, key])]),
    );
  }
  return value;
}

function interpolateText(text: string, variables: Variables, path: Path): Json {
  const whole = /^\$\{([^}]*)\}$/.exec(text);
  if (whole !== null) return lookUp(whole[1]!, variables, path);
  return text.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = lookUp(name, variables, path);
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}

function lookUp(name: string, variables: Variables, path: Path): Json {
  let value: Json = variables;
  const parts = name.trim().split(".");
  for (const [i, part] of parts.entries()) {
    const known: string[] = typeof value === "object" && value !== null ? Object.keys(value) : [];
    if (!known.includes(part)) {
      const before = parts.slice(0, i).map((p) => `${p}.`).join("");
      throw new InterpolationError(
        `\${${name}} refers to nothing: ${before}${part} is not defined`,
        suggest(part, known),
        path,
      );
    }
    value = (value as JsonObject)[part]!;
  }
  return value;
}
