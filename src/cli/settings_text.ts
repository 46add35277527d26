/** Settings in words, for people who look them up. @module */
import type { ObjectSchema, Schema } from "../../schemas/infer.ts";

/** A setting as it is told. */
export interface SettingText {
  /** Its name; one within another as `outer.inner`. */
  readonly name: string;
  /** What may be written, such as `integer, at least 1`. */
  readonly type: string;
  /** `required`, what it is unless set, or nothing. */
  readonly fallback: string;
  readonly description: string;
}

/** Every setting of a schema, those within others behind them. */
export function settingTexts(schema: ObjectSchema, prefix = ""): SettingText[] {
  return Object.entries(schema.properties).flatMap(([key, property]) => {
    const name = `${prefix}${key}`, { description = "" } = property;
    const value = (property as { readonly default?: unknown }).default;
    const fallback = value !== undefined
      ? beginningOf(JSON.stringify(value))
      : schema.required?.includes(key)
      ? "required"
      : "";
    const own = { name, type: typeOf(property), fallback, description };
    if ("additionalProperties" in property && !("properties" in property)) {
      return [own, ...insideOf(property.additionalProperties, `${name}.NAME`)];
    }
    return "properties" in property
      ? [
        { ...own, fallback: fallback === "{}" ? "" : fallback },
        ...settingTexts(property, `${name}.`),
      ]
      : [own];
  });
}

/** Settings of each value of a map, where these are maps themselves. */
function insideOf(schema: Schema, name: string): SettingText[] {
  return "properties" in schema ? settingTexts(schema, `${name}.`) : [];
}

/** A long text, such as a prompt, is told by its beginning. */
function beginningOf(text: string): string {
  return text.length <= 72 ? text : `${text.slice(0, 64)} …"`;
}

function typeOf(schema: Schema): string {
  if ("component" in schema) return `a ${schema.component}`;
  if ("components" in schema) return `${schema.components}s, each with a ${schema.shorthand}`;
  if ("enum" in schema) return schema.enum.join(", ");
  if ("additionalProperties" in schema && !("properties" in schema)) {
    const values = typeOf(schema.additionalProperties);
    return values === "map" ? "map" : `map of ${values}`;
  }
  if (typeof schema.type === "object") return "text, number, true or false";
  switch (schema.type) {
    case "string":
      return schema.format === "path" ? "path" : "text";
    case "number":
    case "integer":
      return [schema.type === "integer" ? "integer" : "number", ...boundsOf(schema)].join(", ");
    case "boolean":
      return "true, false";
    case "array":
      return `list of ${typeOf(schema.items)}`;
    case "object":
      return "map";
    default:
      return schema satisfies never;
  }
}

function boundsOf(
  { minimum, maximum, exclusiveMinimum, exclusiveMaximum }: {
    readonly minimum?: number;
    readonly maximum?: number;
    readonly exclusiveMinimum?: number;
    readonly exclusiveMaximum?: number;
  },
): string[] {
  return [
    ...minimum === undefined ? [] : [`at least ${minimum}`],
    ...exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`],
    ...maximum === undefined ? [] : [`at most ${maximum}`],
    ...exclusiveMaximum === undefined ? [] : [`below ${exclusiveMaximum}`],
  ];
}
