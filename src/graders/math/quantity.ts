/** A single value, with what stands beside it: a unit, a percent sign, a base. @module */
import { fraction, ONE, type Rational } from "./rational.ts";
import { type Node, readNode, Unreadable } from "./node.ts";
import { UNITS } from "./units.ts";

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
  /** What it is measured in: a known unit, or words. */
  readonly unit?: Unit;
}

/** A unit: how many of the unit of its dimension it is; a dimension of its own where it is not known. */
export interface Unit {
  readonly dimension: string;
  readonly factor: Rational;
}

/** @throws {Unreadable} when it is no value */
export function readQuantity(text: string): Quantity {
  let rest = text.trim(), percent = false, degrees = false;
  const currency = /^(-?)\s*(?:\\\$|\\pounds|\\euro|US\s*\\\$)\s*/.exec(rest);
  let unit: Unit | undefined;
  if (currency !== null) {
    rest = currency[1] + rest.slice(currency[0].length);
    unit = UNITS.get("dollar");
  }
  const isPercent =
    /\s*(?:\\?%|(?:\\text\s*\{\s*|(?<=[\s\d}]))(?:percent(?:age)?|pct)(?:\s+points?)?\s*\}?)$/i
      .exec(rest);
  if (isPercent !== null) {
    percent = true;
    rest = rest.slice(0, isPercent.index);
  }
  const isDegrees =
    /\s*(?:\^\\circ|\\text\s*\{\s*degrees?\s*\}|(?<=[\s\d])degrees?)\s*(?:\\text\s*\{\s*\}\s*)?$/i
      .exec(rest);
  // The sine of 30° is no angle.
  const isWhole = isDegrees !== null && !/\\(?:sin|cos|tan|cot|sec|csc)(?![a-zA-Z])/.test(rest);
  if (isWhole) {
    degrees = true;
    rest = rest.slice(0, isDegrees.index);
  }
  const [bare, words] = splitUnit(rest);
  if (words !== undefined) {
    unit = unitOf(words);
    rest = bare;
  }
  const based = /^\(?(\d+)\)?_\{?\s*(?:\\text\s*\{)?\s*(\d{1,2})\s*\}?\}?$/.exec(rest.trim());
  if (based !== null) {
    const node = readNode(based[1]!.replace(/^0+(?=\d)/, ""));
    return { kind: "quantity", node, decimal: false, percent, degrees, base: Number(based[2]) };
  }
  if (/(?<![\\A-Za-z{])[A-Za-z]{2,}\s+[A-Za-z]{2,}/.test(rest)) {
    throw new Unreadable("there are words in it");
  }
  if (/(?<![_^\d])\d+\s+\d/.test(rest)) throw new Unreadable("there are two numbers side by side");
  const improper = /^-?\d+\s+\\frac/.test(rest);
  if (improper) throw new Unreadable("there are a number and an improper fraction side by side");
  return {
    kind: "quantity",
    node: readNode(spaced(rest)),
    decimal: /\d*\.\d/.test(rest),
    percent,
    degrees,
    ...(unit === undefined ? {} : { unit }),
  };
}

/** 016 is 16; a point at the end ends a sentence. */
function spaced(text: string): string {
  return text.replaceAll(/(?<![\d.\w])0+(?=\d)/g, "").replace(/(?<=\d)\.$/, "")
    .replace(/^\+/, "").replaceAll(/(?<![\d.])\.(?=\d)/g, "0.").trim();
}

/** A value and the words after it. */
function splitUnit(text: string): [string, string | undefined] {
  const inText =
    /^(.*?[^\\\s])\s*((?:\\text\s*\{[^{}]*\}\s*(?:\^\s*\{?\d\}?)?\s*(?:\/|\\cdot)?\s*)+)$/.exec(
      text,
    );
  if (inText !== null && /[\p{L}$€£¢°]/u.test(inText[2]!)) return [inText[1]!, inText[2]];
  const plain =
    /^([-+\d.,\s\\{}()^/]*(?:\\frac\s*\{\d+\}\s*\{\d+\}|[\d})!]))\s+(\p{L}{2,}[\p{L}\s]*(?:\/\s*\p{L}+)?(?:\s*\^\s*\{?\d\}?)?)$/u
      .exec(text);
  if (plain !== null && !/\\/.test(plain[2]!)) return [plain[1]!, plain[2]];
  const glued =
    /^([-+]?\d[\d.,]*)\s*((?:mm|cm|km|kg|mg|ml|mL|m|g|L|s|h|min|hr|hrs|ft|in|lb|oz|mph|cents?|dollars?|meters?|units?|days?|hours?|years?)(?:\s*\^\s*\{?[23]\}?)?)$/
      .exec(text);
  if (glued !== null) return [glued[1]!, glued[2]];
  return [text, undefined];
}

/** The unit that words name. */
function unitOf(words: string): Unit | undefined {
  const name = words.replaceAll(/\\text\s*\{([^{}]*)\}/g, " $1 ").toLowerCase()
    .replaceAll(/\{|\}|\^|\\cdot|\./g, " ").replaceAll(/\s+/g, " ").trim();
  const raised = /^(?:(square|sq|cubic|cu) )?(.*?)(?: ?([23]))?$/.exec(name)!;
  const power = raised[1] !== undefined ? (/^sq/.test(raised[1]) ? 2 : 3) : Number(raised[3] ?? 1);
  const known = UNITS.get(singular(raised[2]!.trim()));
  if (known === undefined) {
    return { dimension: `${raised[2]!.split(" ").map(singular).join(" ")}^${power}`, factor: ONE };
  }
  const { num, den } = known.factor, exponent = BigInt(power);
  const factor = fraction(num ** exponent, den ** exponent)!;
  return { dimension: power === 1 ? known.dimension : `${known.dimension}^${power}`, factor };
}

function singular(word: string): string {
  if (UNITS.has(word)) return word;
  return word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word;
}
