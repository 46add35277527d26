/** Whether a schema is one of the subset that configurations are written in, for those that no compiler has seen. @module */

type Any = Readonly<Record<string, unknown>>;

const SCALARS: readonly unknown[] = ["string", "number", "integer", "boolean"];

/** The types of a value that is no list and no map. */
const SCALAR = ["string", "number", "boolean"];

/**
 * What of the schema of a map is outside of the subset; undefined where nothing is.
 *
 * @param kinds of definitions that a setting may name
 * @param at where it stands
 */
export function outsideSubset(
  schema: unknown,
  kinds: readonly string[],
  at = "config",
): string | undefined {
  if (!isMap(schema) || schema.type !== "object") return `${at} has no type: "object"`;
  if (!isMap(schema.properties)) return `${at} has no properties`;
  if (schema.additionalProperties !== false) return `${at} has no additionalProperties: false`;
  return firstOf(
    Object.entries(schema.properties),
    ([name, property]) => settingOutside(property, kinds, `${at}.properties.${name}`),
  );
}

function settingOutside(
  schema: unknown,
  kinds: readonly string[],
  at: string,
): string | undefined {
  if (!isMap(schema)) return `${at} is no map`;
  const { type, component, components, each, shorthand } = schema;
  if (component !== undefined) return kindOutside(component, kinds, at);
  if (components !== undefined) {
    const wrong = kindOutside(components, kinds, at) ??
      outsideSubset(each, kinds, `${at}.each`);
    if (wrong !== undefined) return wrong;
    const { properties } = each as { readonly properties: object };
    return Object.hasOwn(properties, String(shorthand))
      ? undefined
      : `${at}.shorthand is no property of its each`;
  }
  if (schema.enum !== undefined) {
    const isList = Array.isArray(schema.enum) &&
      schema.enum.every((value) => typeof value === "string");
    return isList ? undefined : `${at}.enum is no list of texts`;
  }
  if (type === "object" && isMap(schema.additionalProperties)) {
    if (schema.properties !== undefined) return `${at} has properties beside those of the user's`;
    return settingOutside(schema.additionalProperties, kinds, `${at}.additionalProperties`);
  }
  if (type === "object") return outsideSubset(schema, kinds, at);
  if (type === "array") return settingOutside(schema.items, kinds, `${at}.items`);
  if (String(type) === SCALAR.join()) return undefined;
  return SCALARS.includes(type) ? undefined : `${at} has neither a type, an enum nor a component`;
}

function kindOutside(kind: unknown, kinds: readonly string[], at: string): string | undefined {
  return kinds.includes(kind as string)
    ? undefined
    : `${at} names definitions of no kind: ${kinds.join(", ")}`;
}

function firstOf<T>(
  all: readonly T[],
  find: (one: T) => string | undefined,
): string | undefined {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isMap(value: unknown): value is Any {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
