/**
 * Checks values against JSON Schemas with what ajv makes of them. Loading ajv and compiling the schemas that ship would take a
 * third of a start, so that `deno task schema` does it beforehand (docs/decisions/0022).
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { ObjectSchema, Schema } from "./infer.ts";
import type { AjvError, Check } from "./compile.ts";
import { PREPARED } from "./validators.js";

/** One mismatch between a value and a schema. */
export interface SchemaProblem {
  /** Keys and indices from the value to the place. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** A key that the schema does not know, and those it does. */
  readonly unknownKey?: string;
  /** A key that is not there. */
  readonly missing?: string;
  /** What the unknown key is called here. */
  readonly calledNow?: string;
  /** How it is reckoned in that, where it counted something else. */
  readonly reckoned?: string;
  /** What to do instead, where the key is one of an earlier version that nothing stands for. */
  readonly gone?: string;
  /** What to write instead, where that is known. */
  readonly hint?: string;
  /** What would have been right, where there is a list. */
  readonly allowed?: readonly string[];
}

const prepared: Readonly<Record<string, Check>> = PREPARED;
const known = new WeakMap<object, Check>();
let compile: ((schema: object) => Check) | undefined;

/** Loads ajv, for schemas that do not ship. */
export async function loadCompiler(): Promise<void> {
  ({ compile } = await import("./compile.ts"));
}

/**
 * Checks a value, filling in defaults in place.
 *
 * @returns every mismatch, none when it fits
 * @throws {TypeError} when the schema is not one that was prepared, and {@linkcode loadCompiler} was not called
 */
export function validate(schema: object, value: unknown): SchemaProblem[] {
  let check = known.get(schema);
  if (check === undefined) known.set(schema, check = checkOf(schema));
  return check(value) ? [] : (check.errors ?? []).map(toProblem);
}

/** What a schema is prepared under. */
export function schemaDigest(schema: object): string {
  return createHash("sha256").update(JSON.stringify(schema)).digest("hex").slice(0, 16);
}

function checkOf(schema: object): Check {
  const check = prepared[schemaDigest(schema)] ?? compile?.(schema);
  if (check !== undefined) return check;
  throw new TypeError(
    "Cannot check a schema that schemas/validators.js does not have; write it anew with `deno task schema`",
  );
}

function toProblem(error: AjvError): SchemaProblem {
  const path = pointerPath(error.instancePath);
  const { params, parentSchema } = error;
  switch (error.keyword) {
    case "additionalProperties": {
      const unknownKey = String(params.additionalProperty);
      const { properties = {}, gone } = (parentSchema ?? {}) as Partial<ObjectSchema>;
      const told = gone !== undefined && Object.hasOwn(gone, unknownKey) ? gone[unknownKey]! : null;
      const allowed = Object.keys(properties), calledNow = calledBefore(properties, unknownKey);
      return {
        path: [...path, unknownKey],
        message: "unknown key",
        unknownKey,
        allowed,
        ...(told === null ? {} : { gone: told }),
        ...(calledNow === undefined
          ? {}
          : { calledNow, ...reckoning(properties[calledNow]!, unknownKey) }),
      };
    }
    case "required":
      return {
        path,
        message: `key ${params.missingProperty} is missing`,
        missing: String(params.missingProperty),
        hint: missingHint(String(params.missingProperty), parentSchema as Partial<ObjectSchema>),
      };
    case "enum": {
      const allowed = (params.allowedValues as unknown[]).map(String);
      const { meant = {} } = error.parentSchema as { meant?: Readonly<Record<string, string>> };
      const given = String(error.data);
      return {
        path,
        message: `${show(error.data)} is none of ${allowed.join(", ")}`,
        allowed,
        ...Object.hasOwn(meant, given) ? { hint: meant[given]! } : {},
      };
    }
    case "type":
      return {
        path,
        message: `expected ${[params.type].flat().join(" or ")}, got ${kindOf(error.data)}`,
        hint: writing(error, String([params.type].flat()[0])),
      };
    case "pattern":
      return {
        path,
        ...params.pattern === NAME
          ? {
            message: `${show(error.data)} is no name`,
            hint: "use a-z, 0-9 and _, a letter first",
          }
          : { message: `${show(error.data)} must match pattern "${params.pattern}"` },
      };
    default:
      return {
        path,
        message: `${show(error.data)} ${error.message}`,
        ...Object.hasOwn(BOUNDS, error.keyword)
          ? { hint: BOUNDS[error.keyword]!(String(params.limit)) }
          : {},
      };
  }
}

/** The names of pipelines. */
const NAME = "^[a-z][a-z0-9_]*$";

/** What to write, by type. */
const WRITE: Readonly<Record<string, string>> = {
  integer: "write a whole number",
  number: "write a number",
  boolean: "write true or false",
  string: "write a text",
  array: "write a list, [one, two]",
};

/** What to write instead of a value of another type. */
function writing({ data, parentSchema }: AjvError, type: string): string {
  if (type !== "object") return WRITE[type]!;
  if (Array.isArray(data)) {
    return "write a map, with a name before each value instead of -: key: value";
  }
  const { properties = {}, required = [] } = (parentSchema ?? {}) as Partial<ObjectSchema>;
  const keys = Object.keys(properties), key = required[0] ?? keys[0] ?? "key";
  return keys.length === 0
    ? "write a map, key: value"
    : `write { ${key}: … }, a map of ${keys.join(", ")}`;
}

/** What to write, by the bound that it is beyond. */
const BOUNDS: Readonly<Record<string, (limit: string) => string>> = {
  minimum: (limit) => `write ${limit} or more`,
  maximum: (limit) => `write ${limit} or less`,
  exclusiveMinimum: (limit) => `write more than ${limit}`,
  exclusiveMaximum: (limit) => `write less than ${limit}`,
  minItems: (limit) => `write ${limit} or more`,
};

/** To add a key, and what it is. */
function missingHint(name: string, { properties = {} }: Partial<ObjectSchema> = {}): string {
  const text = Object.hasOwn(properties, name) ? properties[name]!.description : undefined;
  return text === undefined
    ? `add ${name}`
    : `add ${name}: ${text[0]!.toLowerCase()}${text.slice(1).replace(/\.$/, "")}`;
}

/** The setting that was called so, or is elsewhere. */
export function calledBefore(
  properties: ObjectSchema["properties"],
  name: string,
): string | undefined {
  return Object.keys(properties).find((key) => properties[key]!.was?.includes(name));
}

function reckoning({ unlike = {} }: Schema, name: string): { readonly reckoned?: string } {
  return Object.hasOwn(unlike, name) ? { reckoned: unlike[name]! } : {};
}

function pointerPath(pointer: string): (string | number)[] {
  return pointer.split("/").slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => /^\d+$/.test(part) ? Number(part) : part);
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
