/** Values of expressions: exact where they are fractions, else complex numbers with a bound on their error. @module */
import { exactValue } from "./exact.ts";
import { type Node, nodeText } from "./node.ts";
import { binomial, fraction, type Rational, toNumber } from "./rational.ts";

/** A complex number, and how far it may be off. */
export interface Value {
  readonly re: number;
  readonly im: number;
  readonly error: number;
  /** Whether no step on the way to it left the real line. */
  readonly real: boolean;
}

const EPSILON = 2 ** -52;
const NONE: Value = { re: NaN, im: NaN, error: NaN, real: false };
/** Below, floats lose digits; what is smaller and not 0 has no value here. */
const SMALLEST = 1e-290;

const size = ({ re, im }: Value) => Math.hypot(re, im);
const value = (re: number, im = 0, error = 0, real = true): Value => ({
  re,
  im,
  error: error + EPSILON * Math.hypot(re, im),
  real,
});
const nonzero = (a: Value): Value => size(a) < SMALLEST ? NONE : a;
const isReal = ({ im, re }: Value) => Math.abs(im) <= 1e-13 * Math.abs(re) || im === 0;

function plus(a: Value, b: Value): Value {
  return value(a.re + b.re, a.im + b.im, a.error + b.error, a.real && b.real);
}
function minus(a: Value, b: Value): Value {
  return value(a.re - b.re, a.im - b.im, a.error + b.error, a.real && b.real);
}
function times(a: Value, b: Value): Value {
  const error = size(a) * b.error + size(b) * a.error;
  const real = a.real && b.real;
  const product = value(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re, error, real);
  return size(a) === 0 || size(b) === 0 ? product : nonzero(product);
}
function over(a: Value, b: Value): Value {
  const square = b.re * b.re + b.im * b.im;
  if (square === 0 || size(b) <= 4 * b.error) return NONE;
  const re = (a.re * b.re + a.im * b.im) / square, im = (a.im * b.re - a.re * b.im) / square;
  const error = (a.error + Math.hypot(re, im) * b.error) / size(b);
  const quotient = value(re, im, error, a.real && b.real);
  return size(a) === 0 ? quotient : nonzero(quotient);
}
function exp(a: Value): Value {
  const scale = Math.exp(a.re);
  return nonzero(value(scale * Math.cos(a.im), scale * Math.sin(a.im), scale * a.error, a.real));
}
function ln(a: Value): Value {
  if (size(a) === 0) return NONE;
  const angle = Math.atan2(a.im, a.re);
  return value(Math.log(size(a)), angle, a.error / size(a), a.real && angle === 0);
}

/** a to the power of b; odd roots of negative numbers are negative. */
function raise(a: Value, b: Value): Value {
  if (size(a) === 0) return b.re > 0 ? value(0) : NONE;
  const error = (result: number) =>
    result * (size(b) * a.error / size(a) + Math.abs(Math.log(size(a))) * b.error);
  if (isReal(a) && isReal(b)) {
    if (a.re > 0 || Number.isInteger(b.re)) {
      const result = a.re ** b.re;
      return nonzero(value(result, 0, error(Math.abs(result)), a.real && b.real));
    }
    for (let degree = 3; degree < 20; degree += 2) {
      const times = b.re * degree;
      if (Math.abs(times - Math.round(times)) > 1e-12) continue;
      const result = Math.abs(a.re) ** b.re * (Math.round(times) % 2 === 0 ? 1 : -1);
      return nonzero(value(result, 0, error(Math.abs(result)), a.real && b.real));
    }
  }
  const result = exp(times(b, ln(a)));
  return value(result.re, result.im, error(size(result)), false);
}

const real = (of: (x: number) => number, slope: (x: number, y: number) => number) => (a: Value) => {
  if (!isReal(a)) return NONE;
  const y = of(a.re);
  return value(y, 0, Math.abs(slope(a.re, y)) * a.error, a.real);
};
const half = (a: Value) => times(a, value(0.5));
const I = value(0, 1, 0, false);

function sine(a: Value): Value {
  if (isReal(a)) return value(Math.sin(a.re), 0, a.error + EPSILON, a.real);
  const [up, down] = [exp(times(I, a)), exp(times(value(0, -1, 0, false), a))];
  return over(minus(up, down), value(0, 2, 0, false));
}
function cosine(a: Value): Value {
  if (isReal(a)) return value(Math.cos(a.re), 0, a.error + EPSILON, a.real);
  return half(plus(exp(times(I, a)), exp(times(value(0, -1, 0, false), a))));
}
const tangent = (a: Value) => over(sine(a), cosine(a));
const hyperbolicSine = (a: Value) => half(minus(exp(a), exp(times(value(-1), a))));
const hyperbolicCosine = (a: Value) => half(plus(exp(a), exp(times(value(-1), a))));
const inverse = (of: (a: Value) => Value) => (a: Value) => over(value(1), of(a));
const arcsine = real(Math.asin, (x) => 1 / Math.sqrt(Math.max(1e-300, 1 - x * x)));
const arccosine = real(Math.acos, (x) => 1 / Math.sqrt(Math.max(1e-300, 1 - x * x)));
const arctangent = real(Math.atan, (x) => 1 / (1 + x * x));
const reciprocal = (of: (a: Value) => Value) => (a: Value) => of(over(value(1), a));
const whole = (of: (x: number) => number) => (a: Value) => {
  // A value that may be on either side of an integer has none.
  if (!isReal(a)) return NONE;
  const near = Math.round(a.re);
  return value(of(Math.abs(a.re - near) <= 1e3 * a.error + 1e-12 ? near : a.re), 0, 0, a.real);
};
/** Of natural numbers alone; the error is that of the last product. */
const natural = (step: number) => (a: Value) => {
  if (!isReal(a) || !Number.isInteger(a.re) || a.re < 0 || a.re > 170) return NONE;
  let result = 1;
  for (let n = a.re; n > 1; n -= step) result *= n;
  return value(result, 0, EPSILON * result * a.re);
};
function choose(n: Value, k: Value): Value {
  if (![n, k].every((a) => isReal(a) && Number.isInteger(a.re) && a.re >= 0)) return NONE;
  const exact = binomial(fraction(BigInt(n.re))!, fraction(BigInt(k.re))!);
  return exact === undefined ? NONE : value(toNumber(exact));
}

/** Functions of one number. */
const UNARY: Readonly<Record<string, (a: Value) => Value>> = {
  Negate: (a) => value(-a.re, -a.im, a.error, a.real),
  Square: (a) => times(a, a),
  Sqrt: (a) => raise(a, value(0.5)),
  Exp: exp,
  Ln: ln,
  Lb: (a) => over(ln(a), value(Math.LN2)),
  Lg: (a) => over(ln(a), value(Math.LN10)),
  Sin: sine,
  Cos: cosine,
  Tan: tangent,
  Cot: inverse(tangent),
  Sec: inverse(cosine),
  Csc: inverse(sine),
  Arcsin: arcsine,
  Arccos: arccosine,
  Arctan: arctangent,
  Arccot: reciprocal(arctangent),
  Arcsec: reciprocal(arccosine),
  Arccsc: reciprocal(arcsine),
  Sinh: hyperbolicSine,
  Cosh: hyperbolicCosine,
  Tanh: (a) => over(hyperbolicSine(a), hyperbolicCosine(a)),
  Abs: (a) => value(size(a), 0, a.error, a.real),
  Conjugate: (a) => value(a.re, -a.im, a.error, a.real),
  Real: (a) => value(a.re, 0, a.error),
  Imaginary: (a) => value(a.im, 0, a.error),
  Cis: (a) => plus(cosine(a), times(I, sine(a))),
  Cbrt: (a) => raise(a, over(value(1), value(3))),
  Factorial: natural(1),
  Factorial2: natural(2),
  Floor: whole(Math.floor),
  Ceil: whole(Math.ceil),
  Degrees: (a) => times(a, value(Math.PI / 180)),
};

const more = (step: (a: Value, b: Value) => Value) => (values: readonly Value[]) =>
  values.slice(1).reduce(step, values[0] ?? NONE);

/** Functions of several. */
const MANY: Readonly<Record<string, (values: readonly Value[]) => Value>> = {
  Add: more(plus),
  Subtract: more(minus),
  Multiply: more(times),
  Divide: more(over),
  Power: ([a = NONE, b = NONE]) => raise(a, b),
  Root: ([a = NONE, b = NONE]) => raise(a, over(value(1), b)),
  Log: ([a = NONE, b = value(10)]) => over(ln(a), ln(b)),
  Binomial: ([n = NONE, k = NONE]) => choose(n, k),
  Max: more((a, b) => a.re < b.re ? b : a),
  Min: more((a, b) => a.re < b.re ? a : b),
};

const NUMBERS: Readonly<Record<string, Value>> = {
  Pi: value(Math.PI),
  ExponentialE: value(Math.E),
  ImaginaryUnit: I,
  PositiveInfinity: { re: Infinity, im: 0, error: 0, real: true },
};

/** Functions whose arguments have a meaning of their own, such as bounds. */
const BINDING =
  /^(Sum|Product|Integrate|CircularIntegrate|Limit|D|Derivative|Prime|Function|Block)$/;

/**
 * The value of an expression where symbols have values; not a number where there is none. Functions that are not known have
 * values by their name and arguments.
 */
export function valueAt(node: Node, point: (symbol: string) => number): Value {
  switch (node.kind) {
    case "number":
      return floatOf(node.value);
    case "symbol":
      return NUMBERS[node.name] ?? value(point(node.name));
    case "call": {
      const exact = exactValue(node);
      if (exact !== undefined) return floatOf(exact);
      if (BINDING.test(node.head)) return value(point(nodeText(node)));
      const args = node.args.map((arg) => valueAt(arg, point));
      const unary = args.length === 1 && Object.hasOwn(UNARY, node.head)
        ? UNARY[node.head]
        : undefined;
      if (unary !== undefined) return unary(args[0]!);
      if (Object.hasOwn(MANY, node.head)) return MANY[node.head]!(args);
      if (!args.every(isFinite)) return NONE;
      const known = args.map(({ re, im }) => `${re.toPrecision(9)},${im.toPrecision(9)}`);
      return value(point(`${node.head}(${known.join(";")})`));
    }
  }
}

function floatOf(exact: Rational): Value {
  const result = value(toNumber(exact));
  // Integers are exact as floats, too.
  if (exact.den === 1n && Number.isSafeInteger(result.re)) return { ...result, error: 0 };
  return nonzero(result);
}

const LARGEST_ERROR = 1e-8;

/** Whether two values are the same but for rounding. */
export function areClose(a: Value, b: Value): boolean {
  const difference = Math.hypot(a.re - b.re, a.im - b.im);
  const rounding = 1e3 * (a.error + b.error) + 1e-11 * Math.min(size(a), size(b));
  // What is known less exactly than this is not known.
  return difference <= Math.min(rounding, LARGEST_ERROR * Math.max(1, size(a), size(b)));
}

/** Whether there is a value. */
export function isFinite({ re, im, error }: Value): boolean {
  return Number.isFinite(re) && Number.isFinite(im) && Number.isFinite(error);
}

/** Whether it is a real number. */
export function isRealValue(a: Value): boolean {
  return Math.abs(a.im) <= 1e3 * a.error || isReal(a);
}
