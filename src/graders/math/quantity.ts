/** A single value, with what stands beside it: a unit, a percent sign, a base. @module */
import { type Node, readNode, Unreadable } from "./node.ts";
import { fraction, ONE, type Rational } from "./rational.ts";
import { type Unit, unitNamed, unitOf } from "./units.ts";
import { numberOfWords } from "./words.ts";

/** A value. */
export interface Quantity {
  readonly kind: "quantity";
  readonly node: Node;
  /** Whether it is written as a decimal: then it may be rounded. */
  readonly decimal: boolean;
  readonly percent: boolean;
  /** Whether it is in degrees. */
  readonly degrees: boolean;
  /** The base that its digits are in. */
  readonly base?: number;
  /** Its digits, where they are in a base. */
  readonly digits?: string;
  /** What it is measured in: a known unit, or words. */
  readonly unit?: Unit;
}

/** Whether nothing stands beside it. */
export function isPlain({ unit, percent, degrees, base }: Quantity): boolean {
  return unit === undefined && !percent && !degrees && base === undefined;
}

/** A bare value. */
export function quantityOf(node: Node): Quantity {
  return { kind: "quantity", node, decimal: false, percent: false, degrees: false };
}

const SIGN =
  String.raw`(?:US\s*\\\$|\\\$|\\pounds|\\euro|\\yen|\\rupee|\\text\s*\{\s*(?:\\\$|Rs\.?)\s*\}|` +
  String.raw`(?<![A-Za-z])(?:USD|EUR|GBP|INR|Rs\.?)(?=\s*\d))`;
const CURRENCY = new RegExp(String.raw`^(-?)\s*(${SIGN})\s*(-?)\s*(?=\S)`);
const CURRENCY_AFTER = /^(.*\d)\s*(\\\$|\\pounds|\\euro|\\yen|\\rupee|\\cent)$/;
const PERCENT =
  /\s*(?:\\?%|(?:\\text\s*\{\s*|(?<=[\s\d}]))(?:per\s?cent(?:age)?|pct)(?:\s+points?)?\s*\}?)$/i;
const DEGREES =
  /\s*(?:\^\\circ|\\text\s*\{\s*(?:\^\\circ|degrees?|deg\.?)\s*\}|(?<=[\s\d])deg(?:rees?)?)\s*(?:\\text\s*\{\s*\}\s*)?$/i;
const TEMPERATURE =
  /\s*(?:\^\\circ|(?:\\text\s*\{\s*|(?<=[\s\d]))degrees?\s*\}?)\s*(?:\\text\s*\{\s*(C|F|Celsius|Fahrenheit)\s*\}|(C|F|Celsius|Fahrenheit))\s*\}?$/;
const TRIGONOMETRY = /\\(?:sin|cos|tan|cot|sec|csc)(?![a-zA-Z])|\\operatorname\{cis\}/;

/** @throws {Unreadable} when it is no value */
export function readQuantity(text: string): Quantity {
  const together = sumOf(text) ?? basedOf(text);
  if (together !== undefined) return together;
  let rest = text.trim(), percent = false, degrees = false, unit: Unit | undefined, scale = ONE;
  const take = (pattern: RegExp) => {
    const found = pattern.exec(rest);
    if (found !== null) rest = rest.slice(0, found.index);
    return found;
  };
  const currency = CURRENCY.exec(rest);
  if (currency !== null) {
    rest = currency[1]! + currency[3]! + rest.slice(currency[0].length);
    unit = unitNamed(currency[2]!.replaceAll(/US\s*|\\text|[{}\s.]/g, ""));
  } else {
    const after = CURRENCY_AFTER.exec(rest);
    if (after !== null) [rest, unit] = [after[1]!, unitNamed(after[2]!)];
  }
  percent = take(PERCENT) !== null;
  const temperature = take(TEMPERATURE);
  if (temperature !== null) {
    unit = unitNamed(/^C/.test((temperature[1] ?? temperature[2])!) ? "celsius" : "fahrenheit");
  }
  // The sine of 30° is no angle.
  if (!TRIGONOMETRY.test(rest)) degrees = take(DEGREES) !== null;
  if (degrees) rest = rest.replaceAll(/\^\\circ/g, " ");
  const [bare, words] = splitUnit(rest);
  if (words !== undefined) {
    const named = unitOf(words);
    unit = named.unit ?? unit;
    scale = named.scale;
    rest = bare;
  }
  const node = scaledBy(scale, nodeOf(rest));
  const decimal = /\d*\.\d/.test(rest);
  return { kind: "quantity", node, decimal, percent, degrees, ...(unit && { unit }) };
}

function nodeOf(text: string): Node {
  const spelled = numberOfWords(text);
  if (spelled !== undefined) return { kind: "number", value: spelled };
  if (/(?<![\\A-Za-z{])[A-Za-z]{2,}\s+[A-Za-z]{2,}/.test(text)) {
    throw new Unreadable("there are words in it");
  }
  if (/(?<![_^\d])\d+\.?\s+\d|\d\s*_\s*\{?\d+\}?\s+\d/.test(text)) {
    throw new Unreadable("there are two numbers side by side");
  }
  if (/^-?\d+\s+\\frac/.test(text)) {
    throw new Unreadable("there are a number and an improper fraction side by side");
  }
  if (/\d\.\d+\.\d/.test(text)) throw new Unreadable("there is a number with two points");
  return readNode(spaced(text));
}

function scaledBy(scale: Rational, node: Node): Node {
  if (scale.num === scale.den) return node;
  return { kind: "call", head: "Multiply", args: [{ kind: "number", value: scale }, node] };
}

/** 016 is 16; a point at the end ends a sentence. */
function spaced(text: string): string {
  return text.replaceAll(/(?<![\d.\w])0+(?=\d)/g, "").replace(/(?<=\d)\.$/, "")
    .replace(/^\+/, "").replaceAll(/(?<![\d.])\.(?=\d)/g, "0.").trim();
}

const IN_TEXT = String.raw`\\text\s*\{[^{}]*\}(?:\s*\^\s*\{?-?\d\}?)?`;
const FRACTION_IN_TEXT = String.raw`\\frac\s*\{\s*${IN_TEXT}\s*\}\s*\{\s*${IN_TEXT}\s*\}`;
const UNIT_IN_TEXT = new RegExp(
  String.raw`^(.*?[^\\\s])\s*((?:(?:${FRACTION_IN_TEXT}|${IN_TEXT})\s*(?:(?:\/|\\cdot)\s*)?)+)$`,
);
const WORDS = String.raw`\p{L}{2,}\.?(?:\s+\p{L}+\.?)*(?:\s*\/\s*\p{L}+)?(?:\s*\^\s*\{?-?\d\}?)?`;
const UNIT_IN_WORDS = new RegExp(
  String.raw`^([-+\d.,\s\\{}()^/]*(?:\\frac\s*\{\d+\}\s*\{\d+\}\)?|[\d})!]))\s+(${WORDS})$`,
  "u",
);
const KNOWN_UNIT = /^(.*(?:[\d})]|\\pi))\s+(\p{L}{2,}(?:\s*\^\s*\{?[23]\}?)?)$/u;
const ONE_LETTER =
  /^([-+]?\d[\d.,]*)\s+([mgLshNJW](?:\s*\/\s*(?:s|h)(?:\s*\^\s*\{?2\}?)?)?(?:\s*\^\s*\{?[23]\}?)?)$/;
const GLUED = /^([-+]?\d[\d.,]*)\s*([a-zA-Z]+(?:\/[a-zA-Z]+)?(?:\s*\^\s*\{?[23]\}?)?)$/;
/** Single letters that are units where they stand at a number. */
const LETTERS = /^[mgLsh](?![a-zA-Z])/;

/** A value and the words after it. */
function splitUnit(text: string): [string, string | undefined] {
  const inText = UNIT_IN_TEXT.exec(text);
  if (inText !== null && /[\p{L}$€£¢]/u.test(inText[2]!.replaceAll("\\text", ""))) {
    return [inText[1]!, inText[2]];
  }
  const plain = UNIT_IN_WORDS.exec(text) ?? ONE_LETTER.exec(text);
  if (plain !== null && !/\\/.test(plain[2]!)) return [plain[1]!, plain[2]];
  const known = KNOWN_UNIT.exec(text);
  if (known !== null && unitNamed(known[2]!.replace(/[\s^{}\d]+$/, "")) !== undefined) {
    return [known[1]!, known[2]];
  }
  const glued = GLUED.exec(text), name = (glued?.[2] ?? "").replace(/[/^\s{].*$/, "");
  const isUnit = name.length > 1 ? unitNamed(name) ?? /^units?$/.test(name) : LETTERS.test(name);
  return glued !== null && isUnit ? [glued[1]!, glued[2]] : [text, undefined];
}

/** 1 hour 30 minutes, 5 dollars and 50 cents: known units of one dimension, each smaller than the one before. */
export function sumOf(text: string): Quantity | undefined {
  const plain = text.replaceAll(/\\text\s*\{([^{}]*)\}/g, " $1 ").replaceAll(/\s+/g, " ").trim();
  if (!/^\d[\d.]* ?[a-z]+\.?(?:,? (?:and )?\d[\d.]* ?[a-z]+\.?)+$/i.test(plain)) return undefined;
  const parts = [...plain.matchAll(/(\d[\d.]*) ?([a-z]+)/gi)]
    .filter(([, , name]) => name !== "and");
  let sum: Node | undefined, last: Unit | undefined;
  for (const [, size, name] of parts) {
    const unit = unitNamed(name!);
    if (unit === undefined || (last !== undefined && last.dimension !== unit.dimension)) return;
    if (
      last !== undefined && last.factor.num * unit.factor.den <= unit.factor.num * last.factor.den
    ) return;
    const part = scaledBy(unit.factor, readNode(size!));
    sum = sum === undefined ? part : { kind: "call", head: "Add", args: [sum, part] };
    last = unit;
  }
  const unit: Unit = { dimension: last!.dimension, factor: ONE };
  return {
    kind: "quantity",
    node: sum!,
    decimal: plain.includes("."),
    percent: false,
    degrees: false,
    unit,
  };
}

const BASES = new Map(
  ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    .map((name, i) => [name, i + 2] as const),
);

/** Digits with the base that they are in, such as 204_5. */
function basedOf(text: string): Quantity | undefined {
  const plain = text.replaceAll(/\\text\s*\{\s*([\w-]+)\s*\}/g, "$1").replaceAll(/[\s{}]/g, "");
  const [, digits, base] = /^\(?([\dA-Fa-f]+)\)?_(?:base)?(\d{1,2}|[a-z]+)$/.exec(plain) ?? [];
  const known = base === undefined ? undefined : BASES.get(base) ?? Number(base);
  if (digits === undefined || known === undefined || !(known >= 2 && known <= 36)) return undefined;
  if (!/^\d/.test(digits) && (known <= 10 || digits.length === 1)) return undefined; // a name with an index
  const shown = digits.toUpperCase().replace(/^0+(?=.)/, "");
  const node: Node = /^\d{1,999}$/.test(shown)
    ? { kind: "number", value: fraction(BigInt(shown))! }
    : { kind: "symbol", name: `digits ${shown}` };
  return {
    kind: "quantity",
    node,
    decimal: false,
    percent: false,
    degrees: false,
    base: known,
    digits: shown,
  };
}
