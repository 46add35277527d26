/** Whether two values with what stands beside them are the same. @module */
import type { Node } from "./node.ts";
import type { Quantity } from "./quantity.ts";
import { divide, fraction, type Rational } from "./rational.ts";
import { type Comparison, ONCE, sameValue } from "./same_value.ts";
import type { Unit } from "./units.ts";
import { exactValue } from "./exact.ts";
import { isFinite, valueAt } from "./value.ts";

const HUNDREDTH = fraction(1n, 100n)!;

/** A unit, a percent sign or a base that one of them lacks is left out; of both they must agree. */
export function sameQuantity(a: Quantity, b: Quantity, how: Comparison): boolean {
  if (a.base !== undefined || b.base !== undefined) return sameBase(a, b);
  const decimal = a.decimal || b.decimal;
  const same = (x: Node, y: Node, factor: Rational) => sameValue(x, y, factor, decimal, how);
  if (a.degrees || b.degrees) return sameAngle(a, b, same);
  if (a.percent !== b.percent) {
    const [percent, plain] = a.percent ? [a, b] : [b, a];
    if (plain.unit !== undefined) return false;
    if (same(percent.node, plain.node, HUNDREDTH)) return true;
    // 50 % is 50 as well, but 0.5 % is not 0.5.
    return isAtLeastOne(percent.node) && same(percent.node, plain.node, ONCE);
  }
  const scales = scalesOf(a.unit, b.unit);
  return scales.some((scale) => same(a.node, b.node, scale));
}

/** By what the first unit is multiplied to be the second; nothing where they measure different things. */
function scalesOf(a: Unit | undefined, b: Unit | undefined): Rational[] {
  if (a === undefined || b === undefined) return [ONCE];
  const meanings = ({ also, ...unit }: Unit) => also === undefined ? [unit] : [unit, also];
  return meanings(a).flatMap((x) =>
    meanings(b).filter((y) => x.dimension === y.dimension)
      .map((y) => divide(x.factor, y.factor)!)
  );
}

const RADIAN = "radian", TEMPERATURES = ["celsius", "fahrenheit"];

/** 30° is 30, and π/6 where there is a π, or where that is in radians. */
function sameAngle(
  a: Quantity,
  b: Quantity,
  same: (x: Node, y: Node, factor: Rational) => boolean,
): boolean {
  if (a.percent || b.percent) return false;
  if (a.degrees && b.degrees) return same(a.node, b.node, ONCE);
  const [angle, other] = a.degrees ? [a, b] : [b, a], measured = other.unit?.dimension;
  if (measured === RADIAN || (measured === undefined && mentionsPi(other.node))) {
    const radians: Node = { kind: "call", head: "Degrees", args: [angle.node] };
    return same(radians, other.node, ONCE);
  }
  if (measured !== undefined && !TEMPERATURES.includes(measured)) return false;
  return same(angle.node, other.node, ONCE);
}

function isAtLeastOne(node: Node): boolean {
  const value = valueAt(node, () => NaN);
  return isFinite(value) && Math.abs(value.re) >= 1;
}

function mentionsPi(node: Node): boolean {
  if (node.kind === "call") return node.args.some(mentionsPi);
  return node.kind === "symbol" && node.name === "Pi";
}

/** Digits, and the base where both tell one. */
function sameBase(a: Quantity, b: Quantity): boolean {
  if (a.base !== undefined && b.base !== undefined && a.base !== b.base) return false;
  const [x, y] = [digitsOf(a), digitsOf(b)];
  return x !== undefined && x === y;
}

function digitsOf({ digits, node, unit, percent, decimal }: Quantity): string | undefined {
  if (digits !== undefined) return digits;
  if (node.kind !== "number" || unit !== undefined || percent || decimal) return undefined;
  const value = exactValue(node);
  return value?.den === 1n ? value.num.toString() : undefined;
}
