/** Whether two answers say the same. Symmetric: neither is told that it is the right one. @module */
import { createHash } from "node:crypto";
import { type Answer, isAssignment, type Relation, type Sequence } from "./answer.ts";
import { type Node, nodeText, symbolsOf } from "./node.ts";
import type { Quantity } from "./quantity.ts";
import { compare, divide, fraction, multiply, type Rational, toNumber } from "./rational.ts";
import { isRegion, regionOf, sameRegion } from "./region.ts";
import { areClose, exactValue, isFinite, isRealValue, type Value, valueAt } from "./value.ts";

/** How answers are compared. */
export interface Comparison {
  /** How far a decimal may be from what it stands for. */
  readonly tolerance: number;
}

/** Places that symbols are put at: positive ones, then some that are not. */
const POSITIVE = 8, NEGATIVE = 4, FEWEST = 3;

/** Whether two answers say the same in some reading. */
export function areSame(a: readonly Answer[], b: readonly Answer[], how: Comparison): boolean {
  return a.some((x) => b.some((y) => areEqual(x, y, how)));
}

/** Whether two answers say the same. */
export function areEqual(a: Answer, b: Answer, how: Comparison): boolean {
  const [left, right] = unnamed(a, b);
  if (isRegion(left) || isRegion(right)) {
    const regions = [left, right].map((answer) => regionOf(answer, true));
    const [x, y] = regions;
    if (x !== undefined && y !== undefined) {
      const names = [x.name, y.name].filter((name) => name !== undefined);
      if (names.length === 2 && names[0] !== names[1]) return false;
      return sameRegion(x.intervals, y.intervals, (p, q) => closeNumbers(p, q, left, right, how));
    }
    if ((x === undefined) !== (y === undefined)) return false;
  }
  if (left.kind === "relation" && right.kind === "relation") return sameRelation(left, right, how);
  if (left.kind === "matrix" || right.kind === "matrix") return sameMatrix(left, right, how);
  if (left.kind === "sequence" || right.kind === "sequence") {
    return sameSequence(asSequence(left), asSequence(right), how);
  }
  if (left.kind === "union" && right.kind === "union") return sameUnion(left, right, how);
  if (left.kind === "ratio" || right.kind === "ratio") return sameRatio(left, right);
  if (left.kind === "text" || right.kind === "text") return sameText(left, right);
  if (left.kind === "quantity" && right.kind === "quantity") return sameQuantity(left, right, how);
  return false;
}

/** Without the name that one of them gives to its value. */
function unnamed(a: Answer, b: Answer): [Answer, Answer] {
  const value = (answer: Answer) => {
    if (answer.kind !== "relation" || answer.operators.some((operator) => operator !== "=")) {
      return answer;
    }
    // The last of a chain is what it comes to.
    return isAssignment(answer) || answer.operators.length > 1 ? answer.sides.at(-1)! : answer;
  };
  if (a.kind === "relation" && b.kind === "relation") return [a, b];
  // A list of names with values says the same as its values.
  if (a.kind === "sequence" && b.kind === "sequence") {
    const [left, right] = [a, b].map((list) =>
      list.items.every((item) => item.kind === "relation")
    );
    const values = (list: Sequence): Sequence => ({ ...list, items: list.items.map(value) });
    if (left === right) return [a, b];
    return left ? [values(a), b] : [a, values(b)];
  }
  return [value(a), value(b)];
}

function textOf(answer: Answer): string {
  switch (answer.kind) {
    case "text":
      return answer.text;
    case "quantity":
      return nodeText(answer.node);
    case "sequence":
      return answer.items.map(textOf).join(",");
    case "ratio":
      return answer.parts.map(nodeText).join(":");
    default:
      return answer.kind;
  }
}

function sameName(a: Answer, b: Answer): boolean {
  return textOf(a) === textOf(b);
}

function sameRelation(a: Relation, b: Relation, how: Comparison): boolean {
  if (isAssignment(a) && isAssignment(b)) {
    if (sameName(a.sides[0]!, b.sides[0]!)) {
      return areEqual(a.sides.at(-1)!, b.sides.at(-1)!, how);
    }
  }
  if (a.operators.length !== 1 || b.operators.length !== 1) {
    return a.operators.join() === b.operators.join() &&
      a.sides.every((side, i) => areEqual(side, b.sides[i]!, how));
  }
  const [x, y] = [differenceOf(a), differenceOf(b)];
  if (x === undefined || y === undefined) {
    return a.operators[0] === b.operators[0] &&
      a.sides.every((side, i) => areEqual(side, b.sides[i]!, how));
  }
  if (x.operator !== y.operator) return false;
  return isMultiple(x.node, y.node, x.operator !== "=" && x.operator !== "!=");
}

/** Left minus right, with what it is compared with 0 by: "=", "!=", "<" or "<=". */
function differenceOf({ operators, sides }: Relation) {
  const [left, right] = sides, operator = operators[0]!;
  if (left?.kind !== "quantity" || right?.kind !== "quantity" || operator === "in") {
    return undefined;
  }
  const isGreater = operator.startsWith(">");
  const args = isGreater ? [right.node, left.node] : [left.node, right.node];
  const node: Node = { kind: "call", head: "Subtract", args };
  return { node, operator: operator.replace(">", "<") };
}

/** Whether one is the other times a constant that is not 0, or is positive. */
function isMultiple(a: Node, b: Node, positive: boolean): boolean {
  const symbols = [...symbolsOf(a, symbolsOf(b))];
  if (symbols.length === 0) return false;
  if ([a, b].some((node) => symbolsOf(node).size !== symbols.length)) return false;
  let ratio: Value | undefined, compared = 0;
  for (let place = 0; place < POSITIVE; place++) {
    const [x, y] = [a, b].map((node) => valueAt(node, (name) => pointAt(name, place)));
    if (!isFinite(x!) || !isFinite(y!)) continue;
    if (Math.hypot(y!.re, y!.im) <= 1e3 * y!.error) {
      if (Math.hypot(x!.re, x!.im) > 1e3 * x!.error) return false;
      continue;
    }
    const square = y!.re ** 2 + y!.im ** 2;
    const now: Value = {
      re: (x!.re * y!.re + x!.im * y!.im) / square,
      im: (x!.im * y!.re - x!.re * y!.im) / square,
      error: (x!.error + y!.error) / Math.sqrt(square) + 1e-13,
    };
    if (ratio !== undefined && !areClose(ratio, now)) return false;
    ratio ??= now;
    compared++;
  }
  if (ratio === undefined || compared < FEWEST) return false;
  return Math.abs(ratio.re) > 1e-9 && (!positive || ratio.re > 0) && isRealValue(ratio);
}

function asSequence(answer: Answer): Sequence {
  if (answer.kind === "sequence") return answer;
  return { kind: "sequence", open: "", close: "", items: [answer] };
}

/** Braces have no order, parentheses have; a bare list is as what it is compared with. */
function sameSequence(a: Sequence, b: Sequence, how: Comparison): boolean {
  const isTuple = ({ open }: Sequence) => open === "(" || open === "[";
  const isSet = ({ open }: Sequence) => open === "{";
  if ((isTuple(a) && isSet(b)) || (isSet(a) && isTuple(b))) return false;
  if (isTuple(a) && isTuple(b) && (a.open !== b.open || a.close !== b.close)) return false;
  if (isTuple(a) || isTuple(b)) {
    return a.items.length === b.items.length &&
      a.items.every((item, i) => areEqual(item, b.items[i]!, how));
  }
  const [left, right] = [distinct(a.items, how), distinct(b.items, how)];
  return left.length === right.length && matchAll(left, right, how);
}

function distinct(items: readonly Answer[], how: Comparison): Answer[] {
  const kept: Answer[] = [];
  for (const item of items) if (!kept.some((other) => areEqual(item, other, how))) kept.push(item);
  return kept;
}

function matchAll(a: readonly Answer[], b: readonly Answer[], how: Comparison): boolean {
  const left = [...b];
  return a.every((item) => {
    const at = left.findIndex((other) => areEqual(item, other, how));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

function sameUnion(
  a: Answer & { readonly kind: "union" },
  b: Answer & { readonly kind: "union" },
  how: Comparison,
): boolean {
  if ((a.without === undefined) !== (b.without === undefined)) return false;
  if (a.without !== undefined && !areEqual(a.without, b.without!, how)) return false;
  return a.parts.length === b.parts.length && matchAll(a.parts, b.parts, how);
}

/** Entry by entry; a row or a column is as a tuple, and a row is no column. */
function sameMatrix(a: Answer, b: Answer, how: Comparison): boolean {
  if (a.kind === "matrix" && b.kind === "matrix") {
    return a.rows.length === b.rows.length && a.rows.every((row, i) => {
      const other = b.rows[i]!;
      return row.length === other.length && row.every((cell, j) => areEqual(cell, other[j]!, how));
    });
  }
  const [matrix, other] = a.kind === "matrix" ? [a, b] : [b, a];
  if (matrix.kind !== "matrix") return false;
  const { rows } = matrix;
  if (rows.length > 1 && rows.some((row) => row.length > 1)) return false;
  const cells = rows.flat();
  if (other.kind === "sequence") {
    const isTuple = other.open === "(" || other.open === "[";
    return isTuple && other.items.length === cells.length &&
      cells.every((cell, i) => areEqual(cell, other.items[i]!, how));
  }
  return cells.length === 1 && areEqual(cells[0]!, other, how);
}

/** Ratios up to a factor; times of day part by part. */
function sameRatio(a: Answer, b: Answer): boolean {
  if (a.kind !== "ratio" || b.kind !== "ratio" || a.parts.length !== b.parts.length) return false;
  if (a.parts.map(nodeText).join() === b.parts.map(nodeText).join()) return true;
  const [x, y] = [a, b].map(({ parts }) => parts.map(exactValue));
  if ([...x!, ...y!].some((part) => part === undefined || part.num === 0n)) return false;
  const factor = divide(x![0]!, y![0]!)!;
  return x!.every((part, i) => compare(part!, multiply(y![i]!, factor)!) === 0);
}

function sameText(a: Answer, b: Answer): boolean {
  const plain = (answer: Answer) =>
    answer.kind === "text" || answer.kind === "quantity"
      ? textOf(answer).toLowerCase().replaceAll(/^(the|a|an) |[\s.'’,-]/g, "").replaceAll("*", "")
      : undefined;
  const [x, y] = [plain(a), plain(b)];
  return x !== undefined && x !== "" && x === y;
}

const HUNDREDTH = fraction(1n, 100n)!;

function sameQuantity(a: Quantity, b: Quantity, how: Comparison): boolean {
  if (a.base !== undefined || b.base !== undefined) return sameBase(a, b);
  let scale: Rational = fraction(1n)!;
  if (a.unit !== undefined && b.unit !== undefined) {
    if (a.unit.dimension !== b.unit.dimension) return false;
    scale = divide(a.unit.factor, b.unit.factor)!;
  }
  const decimal = a.decimal || b.decimal;
  const same = (x: Node, y: Node, factor: Rational) => sameValue(x, y, factor, decimal, how);
  if (a.percent !== b.percent) {
    const [percent, plain] = a.percent ? [a, b] : [b, a];
    if (plain.unit !== undefined || plain.degrees) return false;
    if (same(percent.node, plain.node, HUNDREDTH)) return true;
    // 50 % is 50 as well, but 0.5 % is not 0.5.
    return isAtLeastOne(percent.node) && same(percent.node, plain.node, fraction(1n)!);
  }
  if (a.degrees !== b.degrees) {
    const [inDegrees, other] = a.degrees ? [a, b] : [b, a];
    if (!mentionsPi(other.node)) return same(a.node, b.node, scale);
    const radians: Node = { kind: "call", head: "Degrees", args: [inDegrees.node] };
    return same(radians, other.node, fraction(1n)!);
  }
  return same(a.node, b.node, scale);
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
  const [x, y] = [exactValue(a.node), exactValue(b.node)];
  if (x === undefined || y === undefined || compare(x, y) !== 0) return false;
  return a.base === undefined || b.base === undefined || a.base === b.base;
}

/** Whether the first, times a factor, is the second. */
function sameValue(
  a: Node,
  b: Node,
  factor: Rational,
  decimal: boolean,
  { tolerance }: Comparison,
): boolean {
  if (factor.num === factor.den && nodeText(a) === nodeText(b)) return true;
  const [x, y] = [exactValue(a), exactValue(b)];
  if (x !== undefined && y !== undefined) {
    const scaled = multiply(x, factor);
    if (scaled === undefined) return false;
    if (compare(scaled, y) === 0) return true;
    return decimal && isWithin(toNumber(scaled), toNumber(y), tolerance);
  }
  const scale = toNumber(factor), symbols = symbolsOf(a, symbolsOf(b));
  let compared = 0;
  for (let place = 0; place < POSITIVE + NEGATIVE; place++) {
    const at = (name: string) => pointAt(name, place);
    const p = valueAt(a, at), q = valueAt(b, at);
    const scaled = { re: p.re * scale, im: p.im * scale, error: p.error * scale };
    if (!isFinite(scaled) || !isFinite(q)) {
      // Where neither has a value nothing can be told, and where one has none they differ, but for a gap.
      continue;
    }
    if (place >= POSITIVE && !(isRealValue(scaled) && isRealValue(q))) continue;
    if (areClose(scaled, q)) compared++;
    else if (
      decimal && isWithin(scaled.re, q.re, tolerance) && isWithin(scaled.im, q.im, tolerance, true)
    ) {
      compared++;
    } else return false;
    if (symbols.size === 0) return true;
  }
  return compared >= FEWEST;
}

function isWithin(a: number, b: number, tolerance: number, mayBeZero = false): boolean {
  if (!mayBeZero && (a === 0 || b === 0)) return a === b;
  return Math.abs(a - b) <= tolerance * (1 + 1e-9);
}

/** Ends of intervals. */
function closeNumbers(p: number, q: number, a: Answer, b: Answer, { tolerance }: Comparison) {
  if (p === q) return true;
  if (!Number.isFinite(p) || !Number.isFinite(q)) return false;
  if (Math.abs(p - q) <= 1e-12 * Math.max(Math.abs(p), Math.abs(q))) return true;
  return (isDecimal(a) || isDecimal(b)) && isWithin(p, q, tolerance);
}

function isDecimal(answer: Answer): boolean {
  switch (answer.kind) {
    case "quantity":
      return answer.decimal;
    case "sequence":
      return answer.items.some(isDecimal);
    case "union":
      return answer.parts.some(isDecimal);
    case "relation":
      return answer.sides.some(isDecimal);
    default:
      return false;
  }
}

/**
 * A number for a name, always the same: between 1/2 and 5/2, and after the positive places below zero at every other one,
 * which these are being the name's own.
 */
function pointAt(name: string, place: number): number {
  const key = `${place} ${name}`;
  let point = POINTS.get(key);
  if (point === undefined) {
    if (POINTS.size >= MOST_POINTS) POINTS.clear();
    POINTS.set(key, point = makePoint(name, place));
  }
  return point;
}

const POINTS = new Map<string, number>(), MOST_POINTS = 10_000;

function makePoint(name: string, place: number): number {
  const digest = createHash("sha256").update(`${place} ${name}`).digest();
  const size = 0.5 + 2 * (digest.readUInt32LE(0) / 2 ** 32);
  if (place < POSITIVE) return size;
  const own = createHash("sha256").update(name).digest()[0]!, turn = place - POSITIVE;
  const isNegative = (turn + own + (turn >> 1) * (own >> 1)) % 2 === 0;
  return isNegative ? -size : size;
}
