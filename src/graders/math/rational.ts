/** Exact fractions of integers, as long as these are not too long. @module */

/** A reduced fraction; the denominator is positive. */
export interface Rational {
  readonly num: bigint;
  readonly den: bigint;
}

/** Bits of a number that is still computed with; beyond, what was written is compared as it stands. */
const MOST_BITS = 60_000;
/** Of these the factorial is computed. */
const LARGEST_FACTORIAL = 5_000n;

export const ZERO: Rational = { num: 0n, den: 1n };
export const ONE: Rational = { num: 1n, den: 1n };

/** The fraction of two integers; undefined where it is none, or too long. */
export function fraction(num: bigint, den: bigint = 1n): Rational | undefined {
  if (den === 0n || bitsOf(num) > MOST_BITS || bitsOf(den) > MOST_BITS) return undefined;
  const divisor = gcd(abs(num), abs(den)) || 1n, sign = den < 0n ? -1n : 1n;
  return { num: sign * num / divisor, den: sign * den / divisor };
}

/** A number as it is written: digits, a point, an exponent. */
export function fromDecimal(text: string): Rational | undefined {
  const [, sign, whole, part = "", exponent = "0"] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (whole === undefined || whole + part === "") return undefined;
  const shift = Number(exponent) - part.length;
  if (Math.abs(shift) > MOST_BITS / 4 || whole.length + part.length > MOST_BITS / 4) {
    return undefined;
  }
  const digits = BigInt(`${sign === "-" ? "-" : ""}${whole + part}`);
  const scale = 10n ** BigInt(Math.abs(shift));
  return shift < 0 ? fraction(digits, scale) : fraction(digits * scale);
}

export function add(a: Rational, b: Rational): Rational | undefined {
  return fraction(a.num * b.den + b.num * a.den, a.den * b.den);
}

export function negate(a: Rational): Rational {
  return { num: -a.num, den: a.den };
}

export function multiply(a: Rational, b: Rational): Rational | undefined {
  return fraction(a.num * b.num, a.den * b.den);
}

export function divide(a: Rational, b: Rational): Rational | undefined {
  return fraction(a.num * b.den, a.den * b.num);
}

/** a to the power of b, where that is a fraction: roots of powers too. */
export function power(a: Rational, b: Rational): Rational | undefined {
  if (b.den !== 1n) {
    const root = rootOf(a, b.den);
    return root && power(root, { num: b.num, den: 1n });
  }
  if (b.num < 0n) return a.num === 0n ? undefined : power({ ...flip(a) }, negate(b));
  if (a.num === 0n && b.num === 0n) return undefined;
  const trivial = a.den === 1n && abs(a.num) <= 1n;
  if (trivial) return b.num % 2n === 0n ? fraction(a.num * a.num) : a;
  if (b.num > BigInt(MOST_BITS)) return undefined;
  const bits = Math.max(bitsOf(a.num), bitsOf(a.den)) * Number(b.num);
  return bits > 2 * MOST_BITS ? undefined : fraction(a.num ** b.num, a.den ** b.num);
}

/** The real root, where it is a fraction. */
export function rootOf(a: Rational, degree: bigint): Rational | undefined {
  if (degree < 1n || degree > 64n || (a.num < 0n && degree % 2n === 0n)) return undefined;
  const num = integerRoot(abs(a.num), degree), den = integerRoot(a.den, degree);
  if (num === undefined || den === undefined) return undefined;
  return { num: a.num < 0n ? -num : num, den };
}

export function factorial(a: Rational): Rational | undefined {
  if (a.den !== 1n || a.num < 0n || a.num > LARGEST_FACTORIAL) return undefined;
  return fraction(product(1n, a.num));
}

export function binomial(n: Rational, k: Rational): Rational | undefined {
  if (n.den !== 1n || k.den !== 1n || k.num < 0n || n.num < 0n) return undefined;
  if (k.num > n.num) return ZERO;
  const fewer = k.num * 2n > n.num ? n.num - k.num : k.num;
  if (fewer > LARGEST_FACTORIAL || n.num > 10n ** 9n) return undefined;
  return fraction(product(n.num - fewer + 1n, n.num), product(1n, fewer));
}

export function compare(a: Rational, b: Rational): -1 | 0 | 1 {
  const difference = a.num * b.den - b.num * a.den;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The nearest float, also of quotients whose parts are none. */
export function toNumber({ num, den }: Rational): number {
  const excess = Math.max(bitsOf(num), bitsOf(den)) - 1000;
  if (excess <= 0) return Number(num) / Number(den);
  const shift = bitsOf(num) - bitsOf(den);
  const scaled = shift < 64 ? (num << BigInt(64 - shift)) / den : num / (den << BigInt(shift - 64));
  return Number(scaled) * 2 ** (shift - 64);
}

export function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

function flip({ num, den }: Rational): Rational {
  return num < 0n ? { num: -den, den: -num } : { num: den, den: num };
}

function abs(n: bigint): bigint {
  return n < 0n ? -n : n;
}

function bitsOf(n: bigint): number {
  return 4 * (n < 0n ? -n : n).toString(16).length;
}

/** The product of all integers from one to another, halves first, which is fast. */
function product(from: bigint, to: bigint): bigint {
  if (from > to) return 1n;
  if (to - from < 8n) {
    let result = from;
    for (let n = from + 1n; n <= to; n++) result *= n;
    return result;
  }
  const middle = (from + to) / 2n;
  return product(from, middle) * product(middle + 1n, to);
}

function integerRoot(n: bigint, degree: bigint): bigint | undefined {
  if (n < 2n) return n;
  let low = 1n, high = 1n << (BigInt(bitsOf(n)) / degree + 1n);
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (middle ** degree <= n) low = middle;
    else high = middle - 1n;
  }
  return low ** degree === n ? low : undefined;
}
