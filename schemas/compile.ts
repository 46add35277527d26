import { Ajv, type Options } from "ajv";

/** How ajv is set up, here and where it prepares validators. */
export const AJV_OPTIONS: Options = {
  strict: true,
  allowUnionTypes: true,
  allErrors: true,
  useDefaults: true,
  verbose: true,
};

/** What ajv says of one mismatch. */
export interface AjvError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly parentSchema?: object;
  readonly data?: unknown;
}

/** What ajv makes of a schema: whether a value fits, with defaults filled in; and why not. */
export interface Check {
  (value: unknown): boolean;
  errors?: readonly AjvError[] | null;
}

/** An ajv that knows the formats of the subset. */
export function makeAjv(options: Options = AJV_OPTIONS): Ajv {
  // What they name is looked up by the planner (src/core/settings.ts).
  return new Ajv(options).addFormat("path", true)
    .addVocabulary([
      ...[
        "component",
        "components",
        "each",
        "shorthand",
        "was",
        "unlike",
        "unkeyed",
        "gone",
        "meant",
        "hub",
      ],
    ]);
}

/** Bounds integers to those that a double tells apart: two seeds must not be one. */
export function exact<S>(schema: S): S {
  if (Array.isArray(schema)) return schema.map(exact) as S;
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.entries(schema).map(([key, part]) => [key, exact(part)]);
  const bounds = (schema as { type?: unknown }).type === "integer"
    ? { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }
    : {};
  return { ...bounds, ...Object.fromEntries(parts) };
}

let ajv: Ajv | undefined;

/** Compiles a schema. @throws {Error} when it says what ajv does not know */
export function compile(schema: object): Check {
  ajv ??= makeAjv();
  return ajv.compile(exact(schema)) as Check;
}
