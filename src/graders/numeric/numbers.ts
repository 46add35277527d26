/** Numbers as people and models write them in prose. @module */
import { type Fraction, fromDecimal, negated, product, quotient, sum } from "./fraction.ts";
import { numberPattern, SCALES } from "./number_pattern.ts";

/** How numbers are written. */
export interface Notation {
  /** What stands before the decimals. */
  readonly decimal_mark: "." | ",";
  /** What 50% is: 50, or a half. */
  readonly percent: "unit" | "hundredth";
}

/** A number in a text. */
export interface Written {
  /** As it is written. */
  readonly text: string;
  readonly value: Fraction;
  /** Where it stands in the text that {@linkcode plainly} gives. */
  readonly start: number;
  readonly end: number;
}

const PATTERNS = { ".": numberPattern("."), ",": numberPattern(",") };
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A text with the digits that Unicode has besides as the usual ones, ½ as 1⁄2, and no underscores around what is bold. */
export function plainly(text: string): string {
  return text
    .replace(/[\u200b-\u200d\u2060\ufe0e\ufe0f\ufeff\u20e3]/g, "") // what has no width, and keycaps
    .replace(/[\uff05\uff0b-\uff0f\uff1a\uff1d]/g, (wide) => wide.normalize("NFKC"))
    .replace(/(?![0-9])\p{Nd}/gu, (digit) => String(valueOfDigit(digit.codePointAt(0)!)))
    .replace(/(?<![\p{L}\p{N}_\\)\]}])_{1,3}(?=\S)|(?<=\S)_{1,3}(?![\p{L}\p{N}_{\\])/gu, " ")
    .replace(
      /(?<digit>\d?)(?<![¼-¾⅐-⅞])(?<part>[¼-¾⅐-⅞])(?![¼-¾⅐-⅞])/g,
      (_, digit: string, part: string) =>
        `${digit === "" ? "" : `${digit} `}${part.normalize("NFKC")}`,
    );
}

/** Digits of a script stand in a row, from 0; where several rows adjoin, each has ten. */
function valueOfDigit(code: number): number {
  let before = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before++;
  return before % 10;
}

/** Every number of a text that {@linkcode plainly} gave, in order. */
export function numbersIn(text: string, notation: Notation): Written[] {
  return [...text.matchAll(PATTERNS[notation.decimal_mark])].flatMap(({ groups, index }) => {
    const written = groups!.number;
    if (written === undefined) return [];
    const value = valueOf(groups!, notation);
    if (value === undefined) return [];
    return [{ text: written, value, start: index, end: index + written.length }];
  });
}

type Parts = Readonly<Record<string, string | undefined>>;

function valueOf(parts: Parts, notation: Notation): Fraction | undefined {
  const size = sizeOf(parts, notation);
  if (size === undefined) return undefined;
  const signs = [parts.sign, parts.inner, parts.top, parts.bottom];
  const minuses = signs.filter((sign) => /^(?:[-−–]|negative|minus)/.test(sign ?? ""));
  const signed = minuses.length % 2 === 1 ? negated(size) : size;
  const isShare = parts.percent !== undefined && notation.percent === "hundredth";
  const power = (parts.scale === undefined ? 0 : SCALES[parts.scale]!) - (isShare ? 2 : 0);
  return product(signed, fromDecimal("1", power)!);
}

/** The value without its sign; undefined where it has none, as 1/0. */
function sizeOf(parts: Parts, notation: Notation): Fraction | undefined {
  const read = (digits: string | undefined, exponent = 0) =>
    digits === undefined ? undefined : fromDecimal(digitsOf(digits, notation), exponent);
  const top = read(parts.top ?? parts.top_digit ?? parts.small ?? parts.over);
  const bottom = read(parts.bottom ?? parts.bottom_digit ?? parts.large ?? parts.under);
  if (top !== undefined && bottom !== undefined) {
    const ratio = quotient(top, bottom), whole = read(parts.mixed ?? parts.whole);
    return whole === undefined || ratio === undefined ? ratio : sum(whole, ratio);
  }
  const alone = exponentOf(parts, "alone");
  if (alone !== undefined) return read("1", alone);
  return read(parts.plain, exponentOf(parts, "e") ?? exponentOf(parts, "ten") ?? 0);
}

function exponentOf(parts: Parts, name: string): number | undefined {
  const written = parts[name] ?? parts[`${name}_bare`] ?? parts[`${name}_raised`];
  if (written === undefined) return undefined;
  const digits = written.replace(/[⁰¹²³⁴-⁹]/g, (digit) => String(RAISED.indexOf(digit)));
  return Number(digits.replace(/[−⁻]/, "-").replace("⁺", "+"));
}

/** Digits and a point alone. */
function digitsOf(written: string, { decimal_mark }: Notation): string {
  return decimal_mark === "."
    ? written.replace(/[^\d.]/g, "")
    : written.replace(/[^\d,]/g, "").replace(",", ".");
}
