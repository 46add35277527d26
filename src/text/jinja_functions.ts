/**
 * Filters, tests and methods of Jinja templates as Jinja2 has them. A template that uses one that is in no table here is
 * refused by its name.
 *
 * @module
 */
import {
  equal,
  float,
  isList,
  isMapping,
  isNumber,
  isText,
  isUndefined,
  itemsOf,
  json,
  lazy,
  list,
  pair,
  text,
  truth,
  type Value,
  wrap,
} from "./jinja_values.ts";
import { capitalize, isDigits, lines, numberOf, split, strip, titled } from "./python_text.ts";

/** Arguments by the names of parameters. */
type Arguments = Readonly<Record<string, Value | undefined>>;

/** A function of a template: names of its parameters after the value, and what it does. */
export interface Callable {
  readonly parameters: readonly string[];
  apply(value: Value, args: Arguments, rest: readonly Value[]): Value;
}

type Table = Readonly<Record<string, Callable>>;

function of(
  parameters: readonly string[],
  apply: (value: Value, args: Arguments, rest: readonly Value[]) => unknown,
): Callable {
  return {
    parameters,
    apply: (value, args, rest) => {
      const result = apply(value, args, rest);
      return isValue(result) ? result : wrap(result);
    },
  };
}

function isValue(result: unknown): result is Value {
  return typeof result === "object" && result !== null && "__bool__" in result;
}

const ofText = (
  parameters: readonly string[],
  apply: (value: string, args: Arguments) => unknown,
) => of(parameters, (value, args) => apply(asText(value), args));

function asText(value: Value | undefined): string {
  if (value !== undefined && isText(value)) return value.value;
  throw new Error(`a text is wanted, and there is a ${value?.type ?? "gap"}`);
}

/** A text that may be left out, or None. */
function optional(value: Value | undefined): string | undefined {
  return value === undefined || value.type === "NullValue" ? undefined : asText(value);
}

function asInteger(value: Value | undefined, fallback: number): number {
  if (value === undefined || value.type === "NullValue") return fallback;
  if (value.type === "IntegerValue") return value.value as number;
  throw new Error(`a whole number is wanted, and there is a ${value.type}`);
}

function asNumber(value: Value): number {
  if (isNumber(value)) return Number(value.value);
  throw new Error(`a number is wanted, and there is a ${value.type}`);
}

function asItems(value: Value): readonly Value[] {
  const items = itemsOf(value);
  if (items !== undefined) return items;
  throw new Error(`a list is wanted, and there is a ${value.type}`);
}

const flag = (value: Value | undefined) => value !== undefined && truth(value);

function replaced(value: string, { old, new: by, count }: Arguments): string {
  const most = asInteger(count, -1), from = asText(old), to = asText(by);
  if (most < 0) return value.replaceAll(from, () => to);
  const parts = value.split(from);
  return parts.slice(1).reduce((left, part, i) => left + (i < most ? to : from) + part, parts[0]!);
}

function starts(value: string, prefix: Value | undefined, test: "startsWith" | "endsWith") {
  const all = prefix !== undefined && isList(prefix) ? prefix.value : [prefix];
  return all.some((one) => value[test](asText(one)));
}

/** Methods of texts. */
export const TEXT_METHODS: Table = {
  strip: ofText(["chars"], (value, { chars }) => strip(value, optional(chars), "both")),
  lstrip: ofText(["chars"], (value, { chars }) => strip(value, optional(chars), "left")),
  rstrip: ofText(["chars"], (value, { chars }) => strip(value, optional(chars), "right")),
  split: ofText(
    ["sep", "maxsplit"],
    (value, { sep, maxsplit }) => split(value, optional(sep), asInteger(maxsplit, -1)),
  ),
  splitlines: ofText([], lines),
  startswith: ofText(["prefix"], (value, { prefix }) => starts(value, prefix, "startsWith")),
  endswith: ofText(["suffix"], (value, { suffix }) => starts(value, suffix, "endsWith")),
  removeprefix: ofText(
    ["prefix"],
    (value, { prefix }) =>
      value.startsWith(asText(prefix)) ? value.slice(asText(prefix).length) : value,
  ),
  removesuffix: ofText(["suffix"], (value, { suffix }) => {
    const end = asText(suffix);
    return end !== "" && value.endsWith(end) ? value.slice(0, -end.length) : value;
  }),
  replace: ofText(["old", "new", "count"], replaced),
  join: ofText(["items"], (value, { items }) => asItems(items!).map(asText).join(value)),
  find: ofText(["sub"], (value, { sub }) => {
    const at = value.indexOf(asText(sub));
    return at < 0 ? at : [...value.slice(0, at)].length;
  }),
  count: ofText(["sub"], (value, { sub }) => {
    const part = asText(sub);
    return part === "" ? [...value].length + 1 : value.split(part).length - 1;
  }),
  upper: ofText([], (value) => value.toUpperCase()),
  lower: ofText([], (value) => value.toLowerCase()),
  title: ofText([], titled),
  capitalize: ofText([], capitalize),
  isdigit: ofText([], isDigits),
};

const pairs = (value: Value) => {
  if (isUndefined(value)) return list([]);
  if (!isMapping(value)) throw new Error(`a mapping is wanted, and there is a ${value.type}`);
  return list([...value.value].map(([key, item]) => pair(key, item)));
};

/** Methods of mappings. */
export const MAPPING_METHODS: Table = {
  get: of(["key", "default"], (value, { key, default: fallback }) => {
    const map = value.value as ReadonlyMap<string, Value>;
    return (isText(key!) ? map.get(key.value) : undefined) ?? fallback ?? null;
  }),
  items: of([], pairs),
  keys: of([], (value) => list([...(value.value as ReadonlyMap<string, Value>).keys()].map(wrap))),
  values: of([], (value) => list([...(value.value as ReadonlyMap<string, Value>).values()])),
};

/** Tests of a value, and of a value and another. */
export const TESTS: Readonly<Record<string, (value: Value, other?: Value) => boolean>> = {
  defined: (value) => !isUndefined(value),
  undefined: isUndefined,
  none: ({ type }) => type === "NullValue",
  boolean: ({ type }) => type === "BooleanValue",
  true: ({ type, value }) => type === "BooleanValue" && value === true,
  false: ({ type, value }) => type === "BooleanValue" && value === false,
  string: isText,
  number: isNumber,
  integer: ({ type }) => type === "IntegerValue",
  float: ({ type }) => type === "FloatValue",
  mapping: isMapping,
  iterable: (value) => TESTS.sequence!(value) || value.type === "Generator",
  sequence: (value) => isList(value) || isText(value) || isMapping(value) || isUndefined(value),
  // What is undefined can be called in Jinja2, and raises then.
  callable: ({ type }) => type === "FunctionValue" || type === "UndefinedValue",
  odd: (value) => Math.abs(asNumber(value) % 2) === 1,
  even: (value) => asNumber(value) % 2 === 0,
  equalto: (value, other) => equal(value, other!),
  eq: (value, other) => equal(value, other!),
  "==": (value, other) => equal(value, other!),
  ne: (value, other) => !equal(value, other!),
  "!=": (value, other) => !equal(value, other!),
  in: (value, other) => contains(other!, value),
};

/** Python's `in`. */
export function contains(whole: Value, part: Value): boolean {
  if (isText(whole)) return whole.value.includes(asText(part));
  if (isMapping(whole) && (isList(part) || isMapping(part))) {
    throw new Error(`a ${part.type} is no key of a mapping`);
  }
  return asItems(whole).some((item) => equal(item, part));
}

function attribute(value: Value, path: Value | undefined): Value {
  const parts = path?.type === "IntegerValue" ? [String(path.value)] : asText(path).split(".");
  return parts.reduce((at, part) => {
    if (isMapping(at)) return at.value.get(part) ?? wrap(undefined);
    if (isList(at) && /^\d+$/.test(part)) return at.value[Number(part)] ?? wrap(undefined);
    return wrap(undefined);
  }, value);
}

/** A test given by its name, among the arguments of `select` and its like. */
function named(name: Value | undefined, other: Value | undefined): (value: Value) => boolean {
  if (name === undefined) return truth;
  const key = asText(name);
  if (!Object.hasOwn(TESTS, key)) throw new Error(`test ${key} is not supported`);
  const test = TESTS[key]!;
  return (value) => test(value, other);
}

const selecting = (keep: boolean, by: "attribute" | "item") =>
  of(by === "item" ? ["test", "other"] : ["attribute", "test", "other"], (value, args) => {
    const test = named(args.test, args.other);
    const part = (item: Value) => by === "item" ? item : attribute(item, args.attribute);
    return lazy(asItems(value).filter((item) => test(part(item)) === keep));
  });

/** Half to even, as Python rounds: a half is one when all the digits of a float that follow are 0. */
function round(value: number, digits: number): number {
  const exact = Math.abs(value).toFixed(Math.min(100, digits + 60));
  const cut = exact.length - Math.min(100, digits + 60) + digits;
  if (!/^50*$/.test(exact.slice(cut).replace(".", ""))) return Number(value.toFixed(digits));
  const down = Number(exact.slice(0, cut)), even = /[02468]\.?$/.test(exact.slice(0, cut));
  const size = even ? down : Number((down + 10 ** -digits).toFixed(digits));
  return value < 0 ? -size : size;
}

function compare(a: Value, b: Value, exact: boolean): number {
  if (isNumber(a) && isNumber(b)) return Number(a.value) - Number(b.value);
  const [left, right] = [a, b].map((value) => exact ? asText(value) : asText(value).toLowerCase());
  return left! < right! ? -1 : left! > right! ? 1 : 0;
}

function number(value: Value, fallback: Value | undefined, whole: boolean): Value {
  if (isUndefined(value)) throw new Error("a number is wanted of what is undefined");
  const parsed = isNumber(value) || value.type === "BooleanValue"
    ? Number(value.value)
    : isText(value)
    ? numberOf(value.value)
    : undefined;
  const fits = parsed !== undefined && (!whole || Number.isFinite(parsed));
  if (!fits) return fallback ?? (whole ? wrap(0) : float(0));
  return whole ? wrap(Math.trunc(parsed)) : float(parsed);
}

const length = of([], (value) => {
  if (value.type === "Generator") throw new Error("a Generator has no length");
  return isText(value) ? [...value.value].length : asItems(value).length;
});
const fallBack = of(
  ["default_value", "boolean"],
  (value, { default_value: other, boolean }) =>
    isUndefined(value) || (flag(boolean) && !truth(value)) ? other ?? "" : value,
);

/** Filters. */
export const FILTERS: Table = {
  safe: of([], text),
  string: of([], text),
  trim: of(["chars"], (value, { chars }) => strip(text(value), optional(chars), "both")),
  upper: of([], (value) => text(value).toUpperCase()),
  lower: of([], (value) => text(value).toLowerCase()),
  capitalize: of([], (value) => capitalize(text(value))),
  title: of([], (value) => text(value).split(/([-\s({[<]+)/).map(capitalize).join("")),
  length,
  count: length,
  first: of([], (value) => asItems(value)[0]),
  last: of([], (value) => asItems(value).at(-1)),
  list: of([], (value) => list(asItems(value))),
  reverse: of(
    [],
    (value) =>
      isText(value) ? [...value.value].reverse().join("") : lazy([...asItems(value)].reverse()),
  ),
  join: of(
    ["d", "attribute"],
    (value, args) =>
      asItems(value).map((item) =>
        text(args.attribute === undefined ? item : attribute(item, args.attribute))
      ).join(args.d === undefined ? "" : text(args.d)),
  ),
  default: fallBack,
  d: fallBack,
  int: of(["default"], (value, args) => number(value, args.default, true)),
  float: of(["default"], (value, args) => number(value, args.default, false)),
  abs: of([], (value) => {
    const size = Math.abs(asNumber(value));
    return value.type === "FloatValue" ? float(size) : size;
  }),
  round: of(["precision"], (value, { precision }) => {
    const digits = asInteger(precision, 0), number = asNumber(value);
    if (digits < 0) throw new Error(`round to ${digits} digits is not supported`);
    return value.type === "FloatValue" ? float(round(number, digits)) : number;
  }),
  items: of([], (value) => lazy(asItems(pairs(value)))),
  dictsort: of(["case_sensitive", "by", "reverse"], (value, args) => {
    if (isUndefined(value)) throw new Error("a mapping is wanted of what is undefined");
    const at = args.by === undefined || asText(args.by) === "key" ? 0 : 1;
    const key = (pair: Value) => (pair.value as readonly Value[])[at]!;
    const sign = flag(args.reverse) ? -1 : 1, exact = flag(args.case_sensitive);
    return list(
      [...asItems(pairs(value))].sort((a, b) => sign * compare(key(a), key(b), exact)),
    );
  }),
  sort: of(["reverse", "case_sensitive", "attribute"], (value, args) => {
    const key = (item: Value) =>
      args.attribute === undefined ? item : attribute(item, args.attribute);
    const sign = flag(args.reverse) ? -1 : 1, exact = flag(args.case_sensitive);
    return list([...asItems(value)].sort((a, b) => sign * compare(key(a), key(b), exact)));
  }),
  select: selecting(true, "item"),
  reject: selecting(false, "item"),
  selectattr: selecting(true, "attribute"),
  rejectattr: selecting(false, "attribute"),
  map: of(["filter", "attribute", "default"], (value, args) => {
    if (args.filter === undefined) {
      return lazy(
        asItems(value).map((item) => {
          const found = attribute(item, args.attribute);
          return isUndefined(found) ? args.default ?? found : found;
        }),
      );
    }
    const name = asText(args.filter);
    if (!Object.hasOwn(FILTERS, name)) throw new Error(`filter ${name} is not supported`);
    return lazy(asItems(value).map((item) => FILTERS[name]!.apply(item, {}, [])));
  }),
  replace: of(["old", "new", "count"], (value, args) => replaced(text(value), args)),
  indent: of(["width", "first", "blank"], (value, { width, first, blank }) => {
    const by = width !== undefined && isText(width) ? width.value : " ".repeat(asInteger(width, 4));
    return lines(`${asText(value)}\n`).map((line, i) =>
      (i === 0 ? flag(first) : line !== "" || flag(blank)) ? by + line : line
    ).join("\n");
  }),
  format: of(["*"], (value, _, rest) => {
    const left = [...rest];
    const done = asText(value).replace(/%(.?)/g, (_, kind) => {
      if (kind === "%") return "%";
      const next = left.shift();
      if (next === undefined) throw new Error("not enough arguments for format");
      if (kind === "s") return text(next);
      if (kind === "d") return String(asInteger(next, 0));
      throw new Error(`format %${kind} is not supported`);
    });
    if (left.length > 0) throw new Error("too many arguments for format");
    return done;
  }),
  tojson: of(["ensure_ascii", "indent", "separators", "sort_keys"], (value, args) => {
    const { indent, separators } = args;
    return json(value, {
      ascii: flag(args.ensure_ascii),
      sorted: flag(args.sort_keys),
      indent: indent === undefined || indent.type === "NullValue"
        ? undefined
        : asInteger(indent, 0),
      separators: separators === undefined || separators.type === "NullValue"
        ? undefined
        : asItems(separators).map(asText) as [string, string],
    });
  }),
};
