/** Whether what a program gave is what is expected. @module */
import type { Value } from "../../sandbox/mod.ts";

/** How far numbers may be apart, as a share or, below 1, as they are. */
export const TOLERANCE = 1e-6;

function near(given: number, expected: number): boolean {
  if (given === expected || (Number.isNaN(given) && Number.isNaN(expected))) return true;
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

const INTEGER = /^[-+]?\d+$/, DECIMAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

function sameWord(given: string, expected: string): boolean {
  if (given === expected) return true;
  if (INTEGER.test(expected) && INTEGER.test(given)) return plain(given) === plain(expected);
  if (!DECIMAL.test(expected) || !DECIMAL.test(given)) return false;
  // An integer is met exactly, however it is written: 3.0 is 3, 2.9999999 is not.
  if (INTEGER.test(expected)) return Number(given) === Number(expected);
  return near(Number(given), Number(expected));
}

/** An integer without what does not count: its plus sign, zeros before it, the sign of zero. */
function plain(integer: string): string {
  const [, minus, digits] = /^[+]?(-?)0*(\d+)$/.exec(integer)!;
  return digits === "0" ? "0" : minus! + digits!;
}

/** Whether values are equal; integers exactly, other numbers but for a bit. */
export function sameValue(given: Value, expected: Value): boolean {
  if (isNumber(given) && isNumber(expected)) {
    if (typeof given === "bigint" || typeof expected === "bigint") return given == expected;
    if (Number.isInteger(expected)) return given === expected;
    return near(given, expected);
  }
  // In Python, True is 1.
  if (typeof given === "boolean" && isNumber(expected)) return Number(given) == expected;
  if (isNumber(given) && typeof expected === "boolean") return given == Number(expected);
  if (typeof given !== "object" || typeof expected !== "object") return given === expected;
  if (given === null || expected === null) return given === expected;
  if (Array.isArray(given) || Array.isArray(expected)) {
    return Array.isArray(given) && Array.isArray(expected) && given.length === expected.length &&
      given.every((item, i) => sameValue(item, expected[i]!));
  }
  const left = given as { readonly [key: string]: Value };
  const right = expected as { readonly [key: string]: Value };
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key]!, right[key]!));
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
