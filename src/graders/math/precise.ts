/** Real constants to many digits, where floats cannot tell two of them apart. @module */
import { Decimal } from "decimal.js";
import { type Node, symbolsOf } from "./node.ts";
import type { Rational } from "./rational.ts";
import { exactValue } from "./exact.ts";

type Digits = typeof Decimal;

/** What is not the same to so many digits differs, unless what differs gets smaller with more of them. */
const COARSE: Digits = Decimal.clone({ precision: 70 }),
  FINE: Digits = Decimal.clone({ precision: 140 });
/** A difference that is nothing but rounding loses about as many digits as there are more. */
const ROUNDING = new COARSE("1e-40");

/** Nearly all of the digits. */
const ALIKE = new COARSE("1e-60");

/** Each takes some milliseconds but for these. */
const MOST_FUNCTIONS = 24, QUICK = /^(?:Add|Subtract|Multiply|Divide|Negate|Abs|Square|Sqrt)$/;

/** Larger arguments of exponential functions, and of periodic ones, take too long. */
const LARGEST_POWER = 100_000, LARGEST_ANGLE = 1_000_000;

/**
 * Whether two expressions, the first times a factor, have one real value where names have values; undefined where that cannot
 * be told.
 */
export function isSamePrecisely(
  a: Node,
  b: Node,
  factor: Rational,
  point: (name: string) => number = () => NaN,
): boolean | undefined {
  const both = (digits: Digits) => {
    const x = preciseValue(a, digits, point), y = preciseValue(b, digits, point);
    return x && y && ([x.times(rational(factor, digits)), y] as const);
  };
  if (functionsIn(a) + functionsIn(b) > MOST_FUNCTIONS) return undefined;
  try {
    const coarse = both(COARSE);
    if (coarse === undefined) return undefined;
    const largest = COARSE.max(coarse[0].abs(), coarse[1].abs());
    if (coarse[0].minus(coarse[1]).abs().lessThanOrEqualTo(ALIKE.times(largest))) return true;
    const fine = both(FINE)!;
    if (isRounding(coarse[0], fine[0]) !== isRounding(coarse[1], fine[1])) return false;
    return isRounding(coarse[0].minus(coarse[1]), fine[0].minus(fine[1]));
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("[DecimalError]")) return undefined;
    throw error;
  }
}

function functionsIn(node: Node): number {
  if (node.kind !== "call") return 0;
  const own = QUICK.test(node.head) ? 0 : 1;
  return node.args.reduce((sum, arg) => sum + functionsIn(arg), own);
}

/** Whether there is nothing left of it with more digits. */
function isRounding(coarse: Decimal, fine: Decimal): boolean {
  return fine.abs().lessThanOrEqualTo(ROUNDING.times(coarse.abs()));
}

function rational({ num, den }: Rational, digits: Digits): Decimal {
  return new digits(num.toString()).div(new digits(den.toString()));
}

const CONSTANTS = new Map<Digits, WeakMap<Node, Decimal | null>>([
  [COARSE, new WeakMap()],
  [FINE, new WeakMap()],
]);

function preciseValue(
  node: Node,
  digits: Digits,
  point: (name: string) => number,
): Decimal | undefined {
  if (node.kind !== "call" || symbolsOf(node).size > 0) return computed(node, digits, point);
  const known = CONSTANTS.get(digits)!, found = known.get(node);
  if (found !== undefined) return found ?? undefined;
  const value = computed(node, digits, point);
  known.set(node, value ?? null);
  return value;
}

function computed(
  node: Node,
  digits: Digits,
  point: (name: string) => number,
): Decimal | undefined {
  if (node.kind === "symbol") {
    if (node.name === "Pi") return digits.acos(-1);
    if (node.name === "ExponentialE") return digits.exp(1);
    const at = point(node.name);
    return Number.isFinite(at) ? new digits(at) : undefined;
  }
  const exact = exactValue(node);
  if (exact !== undefined) {
    const long = exact.num.toString().length + exact.den.toString().length > 2_000;
    return long ? undefined : rational(exact, digits);
  }
  if (node.kind === "number" || !Object.hasOwn(RULES, node.head)) return undefined;
  const values: Decimal[] = [];
  for (const arg of node.args) {
    const value = preciseValue(arg, digits, point);
    if (value === undefined || !value.isFinite()) return undefined;
    values.push(value);
  }
  const result = RULES[node.head]!(digits, values);
  return result?.isFinite() === true ? result : undefined;
}

type Rule = (digits: Digits, values: readonly Decimal[]) => Decimal | undefined;

const fold = (step: (a: Decimal, b: Decimal) => Decimal): Rule => (_, [first, ...rest]) =>
  first && rest.reduce(step, first);
const one =
  (of: (a: Decimal, digits: Digits) => Decimal | undefined): Rule => (digits, [a, ...more]) =>
    a === undefined || more.length > 0 ? undefined : of(a, digits);
const angle = (of: (a: Decimal) => Decimal) =>
  one((a) => a.abs().greaterThan(LARGEST_ANGLE) ? undefined : of(a));
const exponential = (of: (a: Decimal) => Decimal) =>
  one((a) => a.abs().greaterThan(LARGEST_POWER) ? undefined : of(a));
const positive = (of: (a: Decimal) => Decimal) => one((a) => a.greaterThan(0) ? of(a) : undefined);
const within = (of: (a: Decimal) => Decimal) =>
  one((a) => a.abs().lessThanOrEqualTo(1) ? of(a) : undefined);

function power(digits: Digits, [base, exponent]: readonly Decimal[]): Decimal | undefined {
  if (base === undefined || exponent === undefined) return undefined;
  if (base.isZero()) return exponent.greaterThan(0) ? new digits(0) : undefined;
  const size = base.abs().ln().times(exponent).abs();
  if (size.greaterThan(LARGEST_POWER)) return undefined;
  if (base.isNegative() && !exponent.isInteger()) return undefined;
  return base.pow(exponent);
}

/** Odd ones of negative numbers are negative. */
function root(digits: Digits, [base, degree]: readonly Decimal[]): Decimal | undefined {
  if (base === undefined || degree === undefined) return undefined;
  if (degree.equals(3)) return base.cbrt();
  const isTurned = base.isNegative() && degree.isInteger() && degree.mod(2).abs().equals(1);
  const result = power(digits, [isTurned ? base.abs() : base, new digits(1).div(degree)]);
  return isTurned ? result?.negated() : result;
}

const RULES: Readonly<Record<string, Rule>> = {
  Add: fold((a, b) => a.plus(b)),
  Subtract: fold((a, b) => a.minus(b)),
  Multiply: fold((a, b) => a.times(b)),
  Divide: fold((a, b) => a.div(b)),
  Negate: one((a) => a.negated()),
  Abs: one((a) => a.abs()),
  Square: one((a) => a.times(a)),
  Sqrt: one((a) => a.isNegative() ? undefined : a.sqrt()),
  Power: power,
  Root: root,
  Exp: exponential((a) => a.exp()),
  Sinh: exponential((a) => a.sinh()),
  Cosh: exponential((a) => a.cosh()),
  Tanh: exponential((a) => a.tanh()),
  Ln: positive((a) => a.ln()),
  Lg: positive((a) => a.log(10)),
  Lb: positive((a) => a.log(2)),
  Log: (_, [a, base]) =>
    a?.greaterThan(0) && (base === undefined || base.greaterThan(0))
      ? a.ln().div((base ?? a.mul(0).plus(10)).ln())
      : undefined,
  Sin: angle((a) => a.sin()),
  Cos: angle((a) => a.cos()),
  Tan: angle((a) => a.tan()),
  Arctan: one((a) => a.atan()),
  Arcsin: within((a) => a.asin()),
  Arccos: within((a) => a.acos()),
  Degrees: one((a, digits) => a.times(digits.acos(-1)).div(180)),
};
