/** Values of a Jinja template, and what Python's `str`, `repr`, `==` and `json.dumps` make of them. @module */
import { Environment, Interpreter } from "@huggingface/jinja";

/** A value while a template is rendered, as `@huggingface/jinja` holds it. */
export interface Value {
  readonly type: string;
  readonly value: unknown;
}

/** The variables that a part of a template sees. */
export type Scope = Environment;

/** Variables of their own for a part, over those around it. */
export function within(scope: Scope): Scope {
  return new Environment(scope);
}

/** A value of the library for one of JavaScript. */
export function wrap(value: unknown): Value {
  return new Environment().set("value", value);
}

type Constructor = new (value: unknown) => Value;
// The library keeps its classes to itself.
const constructorOf = (value: unknown) => wrap(value).constructor as Constructor;
const Float = constructorOf(0.5), List = constructorOf([]);
const Tuple = new Interpreter().evaluate(
  { type: "TupleLiteral", value: [] } as never,
  new Environment(),
).constructor as Constructor;

/** A float, also where it is whole. */
export function float(value: number): Value {
  return new Float(value);
}

/** A list of values. */
export function list(values: readonly Value[]): Value {
  return new List(values);
}

/** A tuple of values. */
export function tuple(values: readonly Value[]): Value {
  return new Tuple(values);
}

/**
 * What a filter gives that Jinja2 makes lazily: it is gone over once, is true even where it has nothing in it, and has
 * no length, parts or text.
 */
export function lazy(values: readonly Value[]): Value {
  return Object.assign(new List(values), { type: LAZY, __bool__: () => wrap(true) });
}

const LAZY = "Generator";

/** A pair as Python's dictionaries give it. */
export function pair(key: string, value: Value): Value {
  return new Tuple([wrap(key), value]);
}

export function isText(value: Value): value is Value & { readonly value: string } {
  return value.type === "StringValue";
}

export function isList(value: Value): value is Value & { readonly value: readonly Value[] } {
  return value.type === "ArrayValue" || value.type === "TupleValue";
}

/** A dictionary, of Python's or of keyword arguments. */
export function isMapping(
  value: Value,
): value is Value & { readonly value: ReadonlyMap<string, Value> } {
  return value.type === "ObjectValue" || value.type === "KeywordArgumentsValue";
}

export function isUndefined(value: Value): boolean {
  return value.type === "UndefinedValue";
}

/** A number, as Python counts booleans among them. */
export function isNumber(
  value: Value,
): value is Value & { readonly value: number | boolean } {
  return ["IntegerValue", "FloatValue", "BooleanValue"].includes(value.type);
}

/** The items that a loop goes over; undefined where Python would not loop. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (isList(value)) return value.value;
  if (isMapping(value)) return [...value.value.keys()].map(wrap);
  if (isText(value)) return [...value.value].map(wrap);
  if (value.type === LAZY) {
    const items = value.value as readonly Value[];
    (value as { value: unknown }).value = [];
    return items;
  }
  return isUndefined(value) ? [] : undefined;
}

/** Python's truth. */
export function truth(value: Value): boolean {
  return (value as Value & { __bool__(): { readonly value: boolean } }).__bool__().value;
}

/** Python's `str`. @throws {Error} for what has no text that means something */
export function text(value: Value): string {
  if (isText(value)) return value.value;
  return isUndefined(value) ? "" : repr(value);
}

/** Python's `repr`. */
export function repr(value: Value): string {
  switch (value.type) {
    case "NullValue":
      return "None";
    case "BooleanValue":
      return value.value ? "True" : "False";
    case "IntegerValue":
      return String(value.value);
    case "FloatValue":
      return floatText(value.value as number);
    case "StringValue":
      return quoted(value.value as string);
    case "UndefinedValue":
      return "Undefined";
  }
  if (isList(value)) {
    const items = value.value.map(repr).join(", ");
    if (value.type === "ArrayValue") return `[${items}]`;
    return value.value.length === 1 ? `(${items},)` : `(${items})`;
  }
  if (isMapping(value)) {
    const entries = [...value.value].map(([key, item]) => `${quoted(key)}: ${repr(item)}`);
    return `{${entries.join(", ")}}`;
  }
  throw new Error(`a ${value.type} has no text`);
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [digits, exponent] = value.toExponential().split("e");
    return `${digits}e${exponent![0]}${exponent!.slice(1).padStart(2, "0")}`;
  }
  return Object.is(value, -0) ? "-0.0" : Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function quoted(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value.replace(/[\\\n\r\t]|\p{C}|\p{Z}/gu, (char) => {
    const short: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
    if (char === " ") return char;
    const code = char.codePointAt(0)!, hex = code.toString(16);
    if (char in short) return short[char]!;
    if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
  });
  return quote + escaped.replaceAll(quote, `\\${quote}`) + quote;
}

/** Python's `==`. */
export function equal(a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) return Number(a.value) === Number(b.value);
  if (isList(a) && isList(b)) {
    return a.type === b.type && a.value.length === b.value.length &&
      a.value.every((item, i) => equal(item, b.value[i]!));
  }
  if (isMapping(a) && isMapping(b)) {
    return a.value.size === b.value.size && [...a.value].every(([key, item]) => {
      const other = b.value.get(key);
      return other !== undefined && equal(item, other);
    });
  }
  return a.type === b.type && a.value === b.value;
}

/** How `tojson` writes. */
export interface JsonOptions {
  readonly indent?: number | undefined;
  readonly separators?: readonly [string, string] | undefined;
  readonly sorted?: boolean;
  readonly ascii?: boolean;
}

/** Python's `json.dumps`. @throws {Error} for what JSON has not */
export function json(value: Value, options: JsonOptions = {}, depth = 0): string {
  const { indent, ascii } = options;
  const [comma, colon] = options.separators ?? [indent === undefined ? ", " : ",", ": "];
  const newline = (level: number) => indent === undefined ? "" : `\n${" ".repeat(indent * level)}`;
  const written = (string: string) => {
    const plain = JSON.stringify(string);
    if (ascii !== true) return plain;
    return plain.replace(
      /[\x7f-\uffff]/g,
      (char) => char === "\x7f" ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  };
  const wrapped = (open: string, parts: readonly string[], close: string) =>
    parts.length === 0
      ? open + close
      : open + newline(depth + 1) + parts.join(comma + newline(depth + 1)) + newline(depth) + close;
  if (isText(value)) return written(value.value);
  if (value.type === "NullValue") return "null";
  if (value.type === "BooleanValue") return String(value.value);
  if (isNumber(value)) {
    return repr(value).replace("nan", "NaN").replace("inf", "Infinity");
  }
  if (isList(value)) {
    return wrapped("[", value.value.map((item) => json(item, options, depth + 1)), "]");
  }
  if (isMapping(value)) {
    const entries = [...value.value];
    if (options.sorted) entries.sort(([a], [b]) => a < b ? -1 : 1);
    const parts = entries.map(([key, item]) =>
      written(key) + colon + json(item, options, depth + 1)
    );
    return wrapped("{", parts, "}");
  }
  throw new Error(`a ${value.type} cannot be written as JSON`);
}
