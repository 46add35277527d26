/** Whether two expressions have one value. @module */
import { type Node, nodeText, symbolsOf } from "./node.ts";
import { placesFor } from "./points.ts";
import { isSamePrecisely } from "./precise.ts";
import { compare, fraction, multiply, type Rational, toNumber } from "./rational.ts";
import { exactValue } from "./exact.ts";
import { areClose, isFinite, isRealValue, type Value, valueAt } from "./value.ts";

/** How answers are compared. */
export interface Comparison {
  /** How far a decimal may be from what it stands for. */
  readonly tolerance: number;
}

/** Values at fewer places say nothing. */
const FEWEST = 3;
/** A decimal near 0 may be off by this part of it at most: 0.00001 is not 0.00002. */
const SHARE = 1e-3;

export const ONCE: Rational = fraction(1n)!;

/** Whether the first, times a factor, is the second. */
export function sameValue(
  a: Node,
  b: Node,
  factor: Rational,
  decimal: boolean,
  how: Comparison,
): boolean {
  if (factor.num === factor.den && nodeText(a) === nodeText(b)) return true;
  const [x, y] = [exactValue(a), exactValue(b)];
  if (x !== undefined && y !== undefined) {
    const scaled = multiply(x, factor);
    if (scaled === undefined) return false;
    if (compare(scaled, y) === 0) return true;
    return decimal && isWithin(toNumber(scaled), toNumber(y), how);
  }
  const symbols = namesOf(a, b);
  return symbols.length === 0
    ? sameConstant(a, b, factor, decimal, how)
    : sameAtPlaces(a, b, symbols, factor, decimal, how);
}

function namesOf(a: Node, b: Node): string[] {
  return [...symbolsOf(a).union(symbolsOf(b))];
}

function sameConstant(a: Node, b: Node, factor: Rational, decimal: boolean, how: Comparison) {
  const p = scaled(constantValue(a), factor), q = constantValue(b);
  const have = isFinite(p) && isFinite(q);
  if (have && decimal && isNear(p, q, how)) return true;
  if (have && !areClose(p, q)) return false;
  return isSamePrecisely(a, b, factor) ?? have;
}

const CONSTANTS = new WeakMap<Node, Value>();

function constantValue(node: Node): Value {
  let value = CONSTANTS.get(node);
  if (value === undefined) CONSTANTS.set(node, value = valueAt(node, () => NaN));
  return value;
}

function sameAtPlaces(
  a: Node,
  b: Node,
  symbols: readonly string[],
  factor: Rational,
  decimal: boolean,
  how: Comparison,
): boolean {
  const whole = wholeNames(a).union(wholeNames(b));
  let compared = 0;
  for (const { at, negative } of placesFor(symbols, whole)) {
    const p = scaled(valueAt(a, at), factor), q = valueAt(b, at);
    if (negative && p.real !== q.real) {
      // Who writes bars says that what is in them may be negative: ln|x| is not ln x, though ln x² is 2 ln x.
      const [real, other, writer] = p.real ? [p, q, a] : [q, p, b];
      const isOutside = isFinite(real) && isFinite(other) && !isRealValue(other);
      if (isOutside && hasSymbolicBars(writer)) return false;
    }
    if (!isFinite(p) || !isFinite(q)) continue;
    if (negative && !(p.real && q.real)) continue;
    if (!areClose(p, q) && !(decimal && isNear(p, q, how))) return false;
    compared++;
  }
  if (compared < FEWEST) return false;
  if (!decimal && (hasExtremes(a) || hasExtremes(b))) {
    const [place] = placesFor(symbols);
    return isSamePrecisely(a, b, factor, place!.at) ?? true;
  }
  return true;
}

const scaled = (value: Value, factor: Rational): Value => {
  const by = toNumber(factor);
  return { ...value, re: value.re * by, im: value.im * by, error: value.error * by };
};

function hasSymbolicBars(node: Node): boolean {
  if (node.kind !== "call") return false;
  return (node.head === "Abs" && symbolsOf(node).size > 0) || node.args.some(hasSymbolicBars);
}

/** Whether floats may lose one of its numbers beside another. */
function hasExtremes(node: Node): boolean {
  const exact = exactValue(node);
  if (exact !== undefined) {
    const size = Math.abs(toNumber(exact)), longest = 2n ** 50n;
    return exact.num !== 0n && (size < 1e-6 || size > 1e9 || exact.den > longest);
  }
  if (node.kind === "call" && symbolsOf(node).size === 0) {
    const value = constantValue(node), size = Math.hypot(value.re, value.im);
    return !(size === 0 || (size >= 1e-6 && size <= 1e9));
  }
  return node.kind === "call" && node.args.some(hasExtremes);
}

const WHOLE = new WeakMap<Node, ReadonlySet<string>>(), NO_NAMES: ReadonlySet<string> = new Set();

/** Names within factorials, and exponents of negative numbers: they stand for integers. */
function wholeNames(node: Node): ReadonlySet<string> {
  if (node.kind !== "call") return NO_NAMES;
  let names = WHOLE.get(node);
  if (names === undefined) {
    const [base, exponent] = node.args, isFactorial = /^(?:Factorial2?|Binomial)$/.test(node.head);
    const isTurning = node.head === "Power" && isNegative(base!);
    const own = isFactorial ? symbolsOf(node) : isTurning ? symbolsOf(exponent!) : NO_NAMES;
    names = node.args.map(wholeNames).reduce((all, more) => all.union(more), own);
    WHOLE.set(node, names);
  }
  return names;
}

function isNegative(node: Node): boolean {
  const value = exactValue(node);
  return value !== undefined && value.num < 0n;
}

function isNear(p: Value, q: Value, how: Comparison): boolean {
  return isWithin(p.re, q.re, how) && (p.im === q.im || isWithin(p.im, q.im, how));
}

/** Whether two numbers are one but for rounding a decimal. */
export function isWithin(a: number, b: number, { tolerance }: Comparison): boolean {
  if (a === 0 || b === 0) return a === b;
  const share = Math.max(SHARE, 10 * tolerance) * Math.max(Math.abs(a), Math.abs(b));
  return Math.abs(a - b) <= Math.min(tolerance * (1 + 1e-9), share);
}

/** Whether one is the other times a constant that is not 0, or is positive. */
export function isMultiple(a: Node, b: Node, positive: boolean): boolean {
  const symbols = namesOf(a, b);
  if (symbols.length === 0) return false;
  if ([a, b].some((node) => symbolsOf(node).size !== symbols.length)) return false;
  let ratio: Value | undefined, compared = 0;
  for (const { at, negative } of placesFor(symbols)) {
    const [x, y] = [valueAt(a, at), valueAt(b, at)];
    if (!isFinite(x) || !isFinite(y)) continue;
    if (negative && !(x.real && y.real)) continue;
    if (Math.hypot(y.re, y.im) <= 1e3 * y.error) {
      if (Math.hypot(x.re, x.im) > 1e3 * x.error) return false;
      continue;
    }
    const square = y.re ** 2 + y.im ** 2;
    const now: Value = {
      re: (x.re * y.re + x.im * y.im) / square,
      im: (x.im * y.re - x.re * y.im) / square,
      error: (x.error + y.error) / Math.sqrt(square) + 1e-13,
      real: x.real && y.real,
    };
    if (ratio !== undefined && !areClose(ratio, now)) return false;
    ratio ??= now;
    compared++;
  }
  if (ratio === undefined || compared < FEWEST) return false;
  return Math.abs(ratio.re) > 1e-9 && (!positive || ratio.re > 0) && isRealValue(ratio);
}
