import { suggest } from "./diagnostic.ts";
import type { Json, JsonObject } from "./document.ts";

/** Names that `${…}` can refer to, such as `params.tau`, `matrix.dataset`, `loop.index`, `seed`. */
export type Variables = JsonObject;

/** A reference in `${…}` that leads nowhere. */
export class InterpolationError extends Error {
  override readonly name = "InterpolationError";
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/**
 * Replaces `${…}` in every string of a value. A string that is nothing but one reference becomes the value
 * referred to, with its type.
 *
 * @throws {InterpolationError} when a name is unknown
 */
export function interpolate(value: Json, variables: Variables): Json {
  if (typeof value === "string") return interpolateText(value, variables);
  if (Array.isArray(value)) return value.map((item) => interpolate(item, variables));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, interpolate(item, variables)]),
    );
  }
  return value;
}

function interpolateText(text: string, variables: Variables): Json {
  const whole = /^\$\{([^}]*)\}$/.exec(text);
  if (whole !== null) return lookUp(whole[1]!, variables);
  return text.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = lookUp(name, variables);
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}

function lookUp(name: string, variables: Variables): Json {
  let value: Json = variables;
  const parts = name.trim().split(".");
  for (const [i, part] of parts.entries()) {
    const known: string[] = typeof value === "object" && value !== null ? Object.keys(value) : [];
    if (!known.includes(part)) {
      const before = parts.slice(0, i).map((p) => `${p}.`).join("");
      throw new InterpolationError(
        `\${${name}} refers to nothing: ${before}${part} is not defined`,
        suggest(part, known),
      );
    }
    value = (value as JsonObject)[part]!;
  }
  return value;
}
