/** Whether what a program gave is what is expected. @module */
import type { Value } from "../../sandbox/mod.ts";

/** How far numbers may be apart, as a share or, below 1, as they are. */
export const TOLERANCE = 1e-6;

function near(given: number, expected: number): boolean {
  if (given === expected || (Number.isNaN(given) && Number.isNaN(expected))) return true;
  if (!Number.isFinite(expected)) return false; // all else is as near to it as it is itself
  return Math.abs(given - expected) <= TOLERANCE * Math.max(1, Math.abs(expected));
}

/** Whether texts have the same lines of the same words; blanks at ends do not count, and decimals may be off by a bit. */
export function sameOutput(given: string, expected: string): boolean {
  const [left, right] = [linesOf(given), linesOf(expected)];
  return left.length === right.length && left.every((line, i) => sameLine(line, right[i]!));
}

function linesOf(text: string): string[] {
  return text.trim().split("\n").map((line) => line.trim());
}

function sameLine(given: string, expected: string): boolean {
  if (given === expected) return true;
  const [left, right] = [given.split(/\s+/), expected.split(/\s+/)];
  return left.length === right.length && left.every((word, i) => sameWord(word, right[i]!));
}

// Each digit is matched in one way only: a program may write a million before what is none.
const INTEGER = /^[-+]?\d+$/, DECIMAL = /^([-+]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([-+]?\d+))?$/;

function sameWord(given: string, expected: string): boolean {
  if (given === expected) return true;
  if (!DECIMAL.test(expected) || !DECIMAL.test(given)) return false;
  // An integer is met exactly, however it is written: 3.0 is 3, 2.9999999 is not.
  if (INTEGER.test(expected)) return plain(given) === plain(expected);
  return near(Number(given), Number(expected));
}

/** Digits of a power of ten, above which a number is equal to none but itself. */
const MOST_POWER = 12;

/** Digits and the power of ten that they are multiplied with: numbers that are equal have the same, of any size. */
function plain(number: string): string {
  const [, sign, whole = "", part = "", onlyPart = "", power = "0"] = DECIMAL.exec(number)!;
  if (power.length > MOST_POWER) return number;
  const digits = (whole + part + onlyPart).replace(/^0+/, "");
  const end = lastNonzero(digits) + 1;
  if (end === 0) return "0";
  const zeros = digits.length - end - part.length - onlyPart.length;
  return `${sign === "-" ? "-" : ""}${digits.slice(0, end)}e${Number(power) + zeros}`;
}

function lastNonzero(digits: string): number {
  let at = digits.length - 1;
  while (at >= 0 && digits[at] === "0") at--;
  return at;
}

/** Whether a value has a number that is no integer. */
export function hasDecimals(value: Value): boolean {
  if (typeof value === "number") return !Number.isInteger(value);
  return typeof value === "object" && value !== null && Object.values(value).some(hasDecimals);
}

/**
 * Whether values are equal; integers exactly, other numbers but for a bit.
 *
 * @param decimals whether numbers are decimals: JSON writes 3.0 as 3, and a sum of decimals may be off by a bit there too
 */
export function sameValue(given: Value, expected: Value, decimals = false): boolean {
  if (isNumber(given) && isNumber(expected)) {
    if (typeof given === "bigint" || typeof expected === "bigint") return given == expected;
    if (Number.isInteger(expected) && (!decimals || Number.isInteger(given))) {
      return given === expected;
    }
    return near(given, expected);
  }
  // In Python, True is 1.
  if (typeof given === "boolean" && isNumber(expected)) return Number(given) == expected;
  if (isNumber(given) && typeof expected === "boolean") return given == Number(expected);
  if (typeof given !== "object" || typeof expected !== "object") return given === expected;
  if (given === null || expected === null) return given === expected;
  if (Array.isArray(given) || Array.isArray(expected)) {
    return Array.isArray(given) && Array.isArray(expected) && given.length === expected.length &&
      given.every((item, i) => sameValue(item, expected[i]!, decimals));
  }
  const left = given as { readonly [key: string]: Value };
  const right = expected as { readonly [key: string]: Value };
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key]!, right[key]!, decimals));
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
