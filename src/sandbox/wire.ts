/** Values of a program as they come from a guest (guest/values.py has their form). @module */

/** A value as JSON has them, with integers of any size, and numbers that JSON has not. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Value[]
  | { readonly [key: string]: Value };

/** Deeper values are not looked into. */
const DEEPEST = 200;

/**
 * What a value is in JSON: tuples and lists are arrays, keys texts.
 *
 * @throws {TypeError} when it is none, such as a set or an object
 */
export function toJson(wire: unknown, depth = 0): Value {
  if (depth > DEEPEST) throw new TypeError("a value that is too deep");
  if (Array.isArray(wire)) return wire.map((item) => toJson(item, depth + 1));
  if (typeof wire !== "object" || wire === null) return wire as Value;
  const [kind, part] = Object.entries(wire)[0] ?? [];
  switch (kind) {
    case "i":
      return bigintOf(String(part));
    case "f":
      return numberOf(String(part));
    case "t":
      return toJson(part, depth);
    case "d":
      return Object.fromEntries(
        (part as unknown[]).map((pair) => {
          const [key, item] = pair as [unknown, unknown];
          return [keyOf(toJson(key, depth + 1)), toJson(item, depth + 1)];
        }),
      );
    case "s":
      throw new TypeError("a set, which is no JSON");
    default:
      throw new TypeError("an object, which is no JSON");
  }
}

function keyOf(key: Value): string {
  if (typeof key === "object" && key !== null) throw new TypeError("a key that is no text");
  if (typeof key === "boolean" || key === null) return JSON.stringify(key);
  return String(key);
}

function bigintOf(hex: string): bigint {
  if (!/^-?0x[0-9a-f]+$/.test(hex)) throw new TypeError("no integer");
  return hex.startsWith("-") ? -BigInt(hex.slice(1)) : BigInt(hex);
}

function numberOf(text: string): number {
  switch (text) {
    case "inf":
      return Infinity;
    case "-inf":
      return -Infinity;
    default:
      return Number(text);
  }
}

/** JSON as a program is given it: objects are dictionaries. */
export function fromJson(value: Value): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value === "bigint") {
    return { i: (value < 0n ? "-0x" : "0x") + (value < 0n ? -value : value).toString(16) };
  }
  if (typeof value !== "object" || value === null) return value;
  return { d: Object.entries(value).map(([key, item]) => [key, fromJson(item)]) };
}

/** JSON with integers as they stand there, however large. @throws {SyntaxError} when it is none */
export function parseJson(text: string): Value {
  return JSON.parse(text, (_, value, context?: { readonly source?: string }) => {
    const isLarge = typeof value === "number" && !Number.isSafeInteger(value);
    return isLarge && /^-?\d+$/.test(context?.source ?? "") ? BigInt(context!.source!) : value;
  });
}
