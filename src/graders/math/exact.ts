/** Expressions that are fractions, exactly. @module */
import type { Node } from "./node.ts";
import {
  add,
  binomial,
  compare,
  divide,
  factorial,
  fraction,
  gcd,
  multiply,
  negate,
  ONE,
  power,
  type Rational,
  rootOf,
} from "./rational.ts";

const EXACT_VALUES = new WeakMap<Node, Rational | null>();

/** The fraction that an expression is; undefined where it is none, or too long for one. */
export function exactValue(node: Node): Rational | undefined {
  if (node.kind === "number") return node.value;
  if (node.kind === "symbol") return undefined;
  let value = EXACT_VALUES.get(node);
  if (value === undefined) EXACT_VALUES.set(node, value = computed(node.head, node.args) ?? null);
  return value ?? undefined;
}

function computed(head: string, args: readonly Node[]): Rational | undefined {
  const rule = Object.hasOwn(EXACT, head) ? EXACT[head]! : undefined;
  if (rule === undefined) return undefined;
  const values: Rational[] = [];
  for (const arg of args) {
    const value = exactValue(arg);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return rule(values);
}

type Rule = (values: readonly Rational[]) => Rational | undefined;

const fold = (step: (a: Rational, b: Rational) => Rational | undefined): Rule => (values) =>
  values.slice(1).reduce<Rational | undefined>((sum, next) => sum && step(sum, next), values[0]);
const two = (rule: (a: Rational, b: Rational) => Rational | undefined): Rule => ([a, b]) =>
  a === undefined || b === undefined ? undefined : rule(a, b);
const floor = (a: Rational): bigint => {
  const quotient = a.num / a.den;
  return a.num < 0n && quotient * a.den !== a.num ? quotient - 1n : quotient;
};
const integers = (rule: (a: bigint, b: bigint) => bigint | undefined): Rule =>
  two((a, b) => {
    if (a.den !== 1n || b.den !== 1n) return undefined;
    const result = rule(a.num, b.num);
    return result === undefined ? undefined : fraction(result);
  });

const EXACT: Readonly<Record<string, Rule>> = {
  Add: fold(add),
  Subtract: fold((a, b) => add(a, negate(b))),
  Negate: ([a]) => a && negate(a),
  Multiply: fold(multiply),
  Divide: fold(divide),
  Power: two(power),
  Square: ([a]) => a && multiply(a, a),
  Sqrt: ([a]) => a && rootOf(a, 2n),
  Root: two((a, b) => b.den === 1n ? rootOf(a, b.num) : undefined),
  Abs: ([a]) => a && (a.num < 0n ? negate(a) : a),
  Factorial: ([a]) => a && factorial(a),
  Binomial: two(binomial),
  Floor: ([a]) => a && fraction(floor(a)),
  Ceil: ([a]) => a && fraction(-floor(negate(a))),
  Max: fold((a, b) => compare(a, b) < 0 ? b : a),
  Min: fold((a, b) => compare(a, b) < 0 ? a : b),
  GCD: integers((a, b) => gcd(a < 0n ? -a : a, b < 0n ? -b : b)),
  LCM: integers((a, b) => a === 0n || b === 0n ? 0n : a * b / gcd(a < 0n ? -a : a, b)),
  Mod: integers((a, b) => b === 0n ? undefined : ((a % b) + b) % b),
  Ln: ([a]) => a && compare(a, ONE) === 0 ? fraction(0n) : undefined,
};
