/**
 * Checks values against the closed subset of JSON Schema (draft-07) that this project writes its schemas in, and
 * fills in defaults. A general validator takes a third of the time of a start (docs/decisions/0022); tests compare
 * this one with ajv.
 *
 * @module
 */

/** One mismatch between a value and a schema. */
export interface SchemaProblem {
  /** Keys and indices from the value's root to what is wrong. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** A key that the schema does not know; `path` then ends in it. */
  readonly unknownKey?: string;
  /** What was allowed: the keys of the object, or the values of an enumeration. */
  readonly allowed?: readonly string[];
}

/** What a schema of the subset may say. Numbers of type `integer` are those that a double tells apart. */
interface Subset {
  readonly type?: "string" | "number" | "integer" | "boolean" | "array" | "object";
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly pattern?: string;
  readonly format?: "path";
  readonly items?: Subset;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, Subset>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
  readonly default?: unknown;
  readonly description?: string;
}

const KEYWORDS: Readonly<Record<keyof Subset, true>> = {
  type: true,
  enum: true,
  minimum: true,
  maximum: true,
  exclusiveMinimum: true,
  pattern: true,
  format: true,
  items: true,
  minItems: true,
  properties: true,
  required: true,
  additionalProperties: true,
  default: true,
  description: true,
};

/** Schemas that say nothing outside of the subset. */
const known = new WeakSet<object>();

/**
 * Checks a value, filling in defaults in place.
 *
 * @returns every mismatch, none when it fits
 * @throws {TypeError} when the schema has a keyword outside of the subset
 */
export function validate(schema: object, value: unknown): SchemaProblem[] {
  checkKeywords(schema);
  const problems: SchemaProblem[] = [];
  check(schema as Subset, value, [], problems);
  return problems;
}

function checkKeywords(schema: Subset): void {
  if (known.has(schema)) return;
  for (const keyword of Object.keys(schema)) {
    if (!Object.hasOwn(KEYWORDS, keyword)) throw new TypeError(`Cannot check ${keyword}`);
  }
  if (schema.items !== undefined) checkKeywords(schema.items);
  Object.values(schema.properties ?? {}).forEach(checkKeywords);
  known.add(schema);
}

/** @param path where the value stands; one array, copied where something is wrong */
function check(
  schema: Subset,
  value: unknown,
  path: (string | number)[],
  problems: SchemaProblem[],
): void {
  const tell = (message: string, allowed?: readonly string[]) =>
    problems.push({ path: [...path], message, ...allowed === undefined ? {} : { allowed } });
  const { type } = schema;
  if (type !== undefined && !isOfType(value, type)) {
    tell(`expected ${type}, got ${kindOf(value)}`);
  } else if (schema.enum !== undefined && !schema.enum.includes(value as string)) {
    tell(`${show(value)} is none of ${schema.enum.join(", ")}`, schema.enum);
  } else if (typeof value === "number") checkNumber(schema, value, tell);
  else if (typeof value === "string") {
    if (schema.pattern !== undefined && !new RegExp(schema.pattern, "u").test(value)) {
      tell(`${show(value)} must match pattern "${schema.pattern}"`);
    }
  } else if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0)) {
      tell(`${show(value)} must NOT have fewer than ${schema.minItems} items`);
    }
    const { items } = schema;
    if (items !== undefined) value.forEach((item, i) => inside(items, item, i, path, problems));
  } else if (typeof value === "object" && value !== null) {
    checkObject(schema, value as Record<string, unknown>, path, problems);
  }
}

function inside(
  schema: Subset,
  value: unknown,
  key: string | number,
  path: (string | number)[],
  problems: SchemaProblem[],
): void {
  path.push(key);
  check(schema, value, path, problems);
  path.pop();
}

function checkNumber(schema: Subset, value: number, tell: (message: string) => void): void {
  const integer = schema.type === "integer";
  const { minimum = integer ? Number.MIN_SAFE_INTEGER : -Infinity } = schema;
  const { maximum = integer ? Number.MAX_SAFE_INTEGER : Infinity, exclusiveMinimum } = schema;
  if (value > maximum) tell(`${value} must be <= ${maximum}`);
  if (value < minimum) tell(`${value} must be >= ${minimum}`);
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) {
    tell(`${value} must be > ${exclusiveMinimum}`);
  }
}

function checkObject(
  { properties = {}, required = [], additionalProperties }: Subset,
  value: Record<string, unknown>,
  path: (string | number)[],
  problems: SchemaProblem[],
): void {
  for (const key of required) {
    if (Object.hasOwn(value, key)) continue;
    problems.push({ path: [...path], message: `key ${key} is missing` });
  }
  if (additionalProperties === false) {
    for (const unknownKey of Object.keys(value)) {
      if (Object.hasOwn(properties, unknownKey)) continue;
      const allowed = Object.keys(properties);
      problems.push({ path: [...path, unknownKey], message: "unknown key", unknownKey, allowed });
    }
  }
  for (const [key, property] of Object.entries(properties)) {
    if (!Object.hasOwn(value, key)) {
      if (property.default === undefined) continue;
      value[key] = structuredClone(property.default);
    }
    inside(property, value[key], key, path, problems);
  }
}

function isOfType(value: unknown, type: NonNullable<Subset["type"]>): boolean {
  switch (type) {
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    default:
      return type satisfies never;
  }
}

/** As much of a value as tells which one is meant. */
function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(clip(value));
  return clip(JSON.stringify(value) ?? String(value));
}

function clip(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `${typeof value} ${show(value)}`;
}
