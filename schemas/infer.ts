/**
 * The closed subset of JSON Schema (draft-07) that configurations are written in, and the TypeScript type of
 * what such a schema admits.
 *
 * @module
 */

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A JSON object. */
export interface JsonObject {
  /** Any key. */
  readonly [key: string]: Json;
}

/** @internal */
interface Described {
  readonly description?: string;
  /** Names of the setting in earlier versions or elsewhere: who writes one is told today's. */
  readonly was?: readonly string[];
  /** How what one of these counted is reckoned in this one, where they differ. */
  readonly unlike?: Readonly<Record<string, string>>;
  /** Whether it changes only how results are come by, as a limit does, so that it is not in their keys. */
  readonly unkeyed?: true;
}

/** A schema of the subset. */
export type Schema =
  | (Described & {
    readonly type: "string";
    readonly default?: string;
    readonly format?: "path";
    /** What fetches it, where a path that is not there is a name on the hub, OWNER/NAME. */
    readonly hub?: string;
  })
  | (Described & {
    readonly type: "number" | "integer";
    readonly default?: number;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly exclusiveMinimum?: number;
  })
  | (Described & { readonly type: "boolean"; readonly default?: boolean })
  | (Described & {
    readonly enum: readonly string[];
    readonly default?: string;
    /** What to write instead of values that others write. */
    readonly meant?: Readonly<Record<string, string>>;
  })
  /** A value that is no list and no map. */
  | (Described & { readonly type: readonly ["string", "number", "boolean"] })
  | (Described & { readonly type: "array"; readonly items: Schema; readonly minItems?: number })
  | (Described & {
    /** Names a definition of this kind: `name`, or `{ uses: name, … }` with settings of its own. */
    readonly component: string;
    readonly default?: string;
  })
  | (Described & {
    /** Names definitions of this kind: `{ name: value }`, or `{ label: { uses: name, … } }`. */
    readonly components: string;
    /** What each has besides settings of its own. */
    readonly each: ObjectSchema;
    /** Which of these a value that is no object stands for. */
    readonly shorthand: string;
    readonly default?: Readonly<Record<string, number>>;
  })
  | MapSchema
  | ObjectSchema;

/** A map with keys of the user's, and values of one kind. */
export interface MapSchema extends Described {
  /** A map. */
  readonly type: "object";
  /** What each of its values is. */
  readonly additionalProperties: Schema;
}

/** A closed object; `required` names the keys without a default. */
export interface ObjectSchema extends Described {
  /** A map. */
  readonly type: "object";
  /** Schemas of its keys. */
  readonly properties: Readonly<Record<string, Schema>>;
  /** Keys that have to be there; those with a default are in any case. */
  readonly required?: readonly string[];
  /** Keys of earlier versions that no key stands for any more: what to do instead, for whoever writes one. */
  readonly gone?: Readonly<Record<string, string>>;
  /** Other keys are mistakes. */
  readonly additionalProperties: false;
  /** Whether it is there, with its defaults, unless written. */
  readonly default?: Readonly<Record<string, never>>;
}

/** @internal */
type RequiredKeys<S> = S extends { readonly required: readonly (infer K)[] } ? K : never;
/** @internal */
type PresentKeys<S, P> = {
  [K in keyof P]: K extends RequiredKeys<S> ? K
    : P[K] extends { readonly default: unknown } ? K
    : never;
}[keyof P];

/** What a setting that names a definition becomes. */
export interface Used {
  /** A name, or the URL of a module. */
  readonly uses: string;
}

/**
 * The type of the values that schema `S` admits, after defaults are filled in. Beyond the subset, an object without
 * `properties` admits any map, and a schema that says nothing any value: the frame of a pipeline has such.
 */
export type Infer<S> = S extends { readonly enum: readonly (infer E)[] } ? E
  : S extends { readonly type: readonly ["string", "number", "boolean"] }
    ? string | number | boolean
  : S extends { readonly type: "string" } ? string
  : S extends { readonly type: "number" | "integer" } ? number
  : S extends { readonly type: "boolean" } ? boolean
  : S extends { readonly type: "array"; readonly items: infer I } ? readonly Infer<I>[]
  : S extends { readonly component: string } ? Used
  : S extends { readonly components: string; readonly each: infer E }
    ? Readonly<Record<string, Used & Infer<E>>>
  : S extends { readonly type: "object"; readonly properties: infer P } ?
      & { readonly [K in PresentKeys<S, P>]: Infer<P[K]> }
      & { readonly [K in Exclude<keyof P, PresentKeys<S, P>>]?: Infer<P[K]> }
  : S extends { readonly type: "object"; readonly additionalProperties: infer V extends object }
    ? { readonly [key: string]: Infer<V> }
  : S extends { readonly type: "object" } ? JsonObject
  : S extends { readonly type: unknown } ? never
  : Json;

/** The type of settings that a table of properties admits, none of them required. */
export type InferAll<P extends ObjectSchema["properties"]> = Infer<
  { readonly type: "object"; readonly properties: P; readonly additionalProperties: false }
>;

/** The keys of a table, in its order, as what a setting may be: `enum: keysOf(TABLE)`. */
export function keysOf<T extends object>(table: T): readonly (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[];
}

/** The value of an object schema where nothing is given. */
export function defaultsOf<const S extends ObjectSchema>(schema: S): Infer<S> {
  return filled(schema) as Infer<S>;
}

function filled(schema: ObjectSchema): object {
  const values = Object.entries(schema.properties).flatMap(([key, property]) =>
    "default" in property && property.default !== undefined
      ? [[key, "properties" in property ? filled(property) : property.default]]
      : []
  );
  return Object.fromEntries(values);
}
