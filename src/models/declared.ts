/**
 * What a format declares about the keys of its files: which are used, which cannot change what is computed, and which
 * may have one value alone. Whatever else a file says could matter, and is refused by its name.
 *
 * @module
 */

/** What is known about a key. */
export type Declaration =
  | { readonly kind: "used" }
  | { readonly kind: "harmless" }
  | {
    readonly kind: "only";
    /** The values that are supported, in words. */
    readonly values: string;
    readonly allows: (value: unknown, json: Json) => boolean;
    /** Why there are no others, or what to do instead. */
    readonly why?: string;
  };

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** Every key that a format knows. */
export type Declarations = ReadonlyMap<string, Declaration>;

/** Keys that are read. */
export function used(...keys: readonly string[]): [string, Declaration][] {
  return keys.map((key) => [key, { kind: "used" }]);
}

/** Keys that cannot change what is computed. */
export function harmless(...keys: readonly string[]): [string, Declaration][] {
  return keys.map((key) => [key, { kind: "harmless" }]);
}

/** Keys of which one value is supported; a key that is left out or null is never refused. */
export function only(
  value: string | number | boolean,
  keys: readonly string[],
  why?: string,
): [string, Declaration][] {
  return onlyIf(String(value), (given) => given === value, keys, why);
}

/** Keys of which no value is supported. */
export function refused(keys: readonly string[], why?: string): [string, Declaration][] {
  return onlyIf("null", isNothing, keys, why);
}

/** Keys of which some values are supported. */
export function onlyIf(
  values: string,
  allows: (value: unknown, json: Json) => boolean,
  keys: readonly string[],
  why?: string,
): [string, Declaration][] {
  const declaration = { kind: "only", values, allows, ...(why === undefined ? {} : { why }) };
  return keys.map((key) => [key, declaration as Declaration]);
}

/** Whether a value says nothing: null, an empty list or an empty object. */
export function isNothing(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/**
 * What is wrong with an object, the first thing that is.
 *
 * @param isOff whether an unknown key says nothing with its value
 * @param ignore keys that the user vouches for
 * @param advice what to do about an unknown key, where it cannot be vouched for
 * @returns undefined when every key is known, or says nothing
 */
export function undeclared(
  json: Json,
  declarations: Declarations,
  { isOff = isNothing, ignore = [], advice }: {
    readonly isOff?: (value: unknown, key: string) => boolean;
    readonly ignore?: Ignore;
    readonly advice?: string;
  },
): string | undefined {
  for (const [key, value] of Object.entries(json)) {
    const declaration = declarations.get(key);
    if (declaration?.kind === "only") {
      if (value === null || declaration.allows(value, json)) continue;
      const reason = declaration.why === undefined ? "" : `: ${declaration.why}`;
      return `${shown(key)} is ${shown(value)}; only ${declaration.values} is supported${reason}`;
    }
    if (declaration === undefined && !isOff(value, key) && !isIgnored(ignore, key)) {
      return `${shown(key)} is ${
        shown(value)
      }, which is not known here and might change what the model ` +
        `computes; ${advice ?? `${VOUCH} ${shown(key)}`}`;
    }
  }
}

/**
 * Names of keys and tensors that a user vouches for; `*` stands for any characters.
 *
 * @internal
 */
export type Ignore = readonly string[];

/** What to do about something unknown. */
const VOUCH = "if it does not, add it to the step's ignore:";

/** Whether a user vouches for a name. */
export function isIgnored(ignore: Ignore, name: string): boolean {
  return ignore.some((pattern) => matches(pattern.split("*"), name));
}

/** Whether `name` is the parts in their order, with anything between; no regular expression, which could take for ever. */
function matches([first = "", ...rest]: readonly string[], name: string): boolean {
  if (!name.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop();
  if (last === undefined) return at === name.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

const SHOWN = 80;

/** A value of a file for a message: never long, whatever the file holds. */
export function shown(value: unknown): string {
  let text: string;
  try {
    text = typeof value === "string" ? value : JSON.stringify(value) ?? String(value);
  } catch {
    text = "nested too deep"; // no room on the stack for it
  }
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}
