/** Exact numbers: no rounding, however many digits they have. @module */

/** `over / under`, where `under` is positive. */
export interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

/** A decimal's digits and exponent beyond which it is no number that anybody means. */
const MOST_DIGITS = 1000;

/** The value of digits with a point and an exponent; undefined where it is out of all bounds. */
export function fromDecimal(digits: string, exponent = 0): Fraction | undefined {
  const [whole = "", part = ""] = digits.split(".");
  const shift = exponent - part.length;
  if (whole.length + part.length > MOST_DIGITS || !(Math.abs(shift) <= MOST_DIGITS)) {
    return undefined;
  }
  const mantissa = BigInt(whole + part);
  return shift >= 0
    ? { over: mantissa * 10n ** BigInt(shift), under: 1n }
    : { over: mantissa, under: 10n ** BigInt(-shift) };
}

/** The value that a number of the settings is written as: 0.1 is a tenth. */
export function fromNumber(value: number): Fraction {
  const [digits, exponent = "0"] = String(value).split("e");
  return fromDecimal(digits!, Number(exponent))!; // of a double there are 17 digits, and 308 places
}

export function negated({ over, under }: Fraction): Fraction {
  return { over: -over, under };
}

export function sum(a: Fraction, b: Fraction): Fraction {
  return { over: a.over * b.under + b.over * a.under, under: a.under * b.under };
}

export function product(a: Fraction, b: Fraction): Fraction {
  return { over: a.over * b.over, under: a.under * b.under };
}

/** Undefined where it is divided by 0. */
export function quotient(a: Fraction, b: Fraction): Fraction | undefined {
  if (b.over === 0n) return undefined;
  const sign = b.over < 0n ? -1n : 1n;
  return { over: sign * a.over * b.under, under: sign * a.under * b.over };
}

export function magnitude({ over, under }: Fraction): Fraction {
  return { over: over < 0n ? -over : over, under };
}

/** Whether one is at most another. */
export function atMost(a: Fraction, b: Fraction): boolean {
  return a.over * b.under <= b.over * a.under;
}

export function areEqual(a: Fraction, b: Fraction): boolean {
  return a.over * b.under === b.over * a.under;
}
