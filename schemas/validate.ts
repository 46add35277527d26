import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";

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

const ajv = new Ajv({ strict: true, allErrors: true, useDefaults: true, verbose: true });
ajv.addFormat("path", true);
const compiled = new WeakMap<object, ValidateFunction>();

/** Checks a value, filling in defaults in place. @returns every mismatch, none when it fits */
export function validate(schema: object, value: unknown): SchemaProblem[] {
  let check = compiled.get(schema);
  if (check === undefined) compiled.set(schema, check = ajv.compile(exact(schema) as object));
  return check(value) ? [] : (check.errors ?? []).map(toProblem);
}

/** Bounds integers to those that a double tells apart: two seeds must not be one. */
function exact(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(exact);
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.entries(schema).map(([key, part]) => [key, exact(part)]);
  const bounds = (schema as { type?: unknown }).type === "integer"
    ? { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }
    : {};
  return { ...bounds, ...Object.fromEntries(parts) };
}

function toProblem(error: ErrorObject): SchemaProblem {
  const path = pointerPath(error.instancePath);
  const { params, parentSchema } = error;
  switch (error.keyword) {
    case "additionalProperties": {
      const unknownKey = String(params.additionalProperty);
      const allowed = Object.keys((parentSchema?.properties ?? {}) as object);
      return { path: [...path, unknownKey], message: "unknown key", unknownKey, allowed };
    }
    case "required":
      return { path, message: `key ${params.missingProperty} is missing` };
    case "enum": {
      const allowed = (params.allowedValues as unknown[]).map(String);
      return { path, message: `${show(error.data)} is none of ${allowed.join(", ")}`, allowed };
    }
    case "type":
      return { path, message: `expected ${params.type}, got ${kindOf(error.data)}` };
    default:
      return { path, message: `${show(error.data)} ${error.message}` };
  }
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
