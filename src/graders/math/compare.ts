/** Whether two answers say the same. Symmetric: neither is told that it is the right one. @module */
import {
  type Answer,
  isAssignment,
  type Ratio,
  type Relation,
  type Sequence,
  type Time,
  type Union,
} from "./answer.ts";
import { textOf, unnamed } from "./names.ts";
import { type Node, nodeText } from "./node.ts";
import { isRegion, regionOf, sameRegion } from "./region.ts";
import { sameResidue } from "./residue.ts";
import { isPlain, type Quantity } from "./quantity.ts";
import { sameQuantity } from "./same_quantity.ts";
import { type Comparison, isMultiple, isWithin, ONCE, sameValue } from "./same_value.ts";
import { bareText } from "./texts.ts";

/** Whether two answers say the same in some reading. */
export function areSame(a: readonly Answer[], b: readonly Answer[], how: Comparison): boolean {
  return a.some((x) => b.some((y) => areEqual(x, y, how)));
}

/** Whether two answers say the same. */
export function areEqual(a: Answer, b: Answer, how: Comparison): boolean {
  if (isNumber(a) && isNumber(b)) return sameQuantity(a, b, how);
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
  if (left.kind === "residue" && right.kind === "residue") return sameResidue(left, right);
  if (left.kind === "ratio" || right.kind === "ratio") return sameRatio(left, right, how);
  if (left.kind === "text" || right.kind === "text") return sameText(left, right, how);
  if (left.kind === "quantity" && right.kind === "quantity") return sameQuantity(left, right, how);
  return false;
}

/** Whether it is a value that is no name, and so no set. */
function isNumber(answer: Answer): answer is Quantity {
  return answer.kind === "quantity" && answer.node.kind !== "symbol";
}

function sameName(a: Answer, b: Answer): boolean {
  return textOf(a) === textOf(b);
}

function sameRelation(a: Relation, b: Relation, how: Comparison): boolean {
  if (isAssignment(a) && isAssignment(b)) {
    const names = namesIn(a);
    if (names === namesIn(b) && (names !== "" || sameName(a.sides[0]!, b.sides[0]!))) {
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

/** The letters that a chain gives its value to: a = b = 3 is more than a = 3. */
function namesIn({ sides }: Relation): string {
  const isLetter = (side: Answer) => side.kind === "quantity" && side.node.kind === "symbol";
  return sides.slice(0, -1).filter(isLetter).map(textOf).toSorted().join();
}

/** Left minus right, with what it is compared with 0 by: "=", "!=", "<" or "<=". */
function differenceOf({ operators, sides }: Relation) {
  const [left, right] = sides, operator = operators[0]!;
  if (left?.kind !== "quantity" || right?.kind !== "quantity" || operator === "in") {
    return undefined;
  }
  if (!isPlain(left) || !isPlain(right)) return undefined;
  const isGreater = operator.startsWith(">");
  const args = isGreater ? [right.node, left.node] : [left.node, right.node];
  const node: Node = { kind: "call", head: "Subtract", args };
  return { node, operator: operator.replace(">", "<") };
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
    // One or the other, and in no order.
    if (a.or === true || b.or === true) return false;
    return a.items.length === b.items.length &&
      a.items.every((item, i) => areEqual(item, b.items[i]!, how));
  }
  // What a set has twice it has once, as alternatives and points; the sides 3, 3, 5 are not 3, 5.
  const isNumbers = ({ open, or, items }: Sequence) =>
    open === "" && or !== true && items.every(({ kind }) => kind === "quantity");
  const isList = isNumbers(a) && isNumbers(b);
  const [left, right] = isList
    ? [a.items, b.items]
    : [distinct(a.items, how), distinct(b.items, how)];
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
  a: Union,
  b: Union,
  how: Comparison,
): boolean {
  if (a.common !== b.common) return false;
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
function sameRatio(a: Answer, b: Answer, how: Comparison): boolean {
  if (a.kind !== "ratio" || b.kind !== "ratio") return false;
  if (a.time !== undefined && b.time !== undefined) return sameTime(a.time, b.time);
  return a.parts.length === b.parts.length && a.parts.length > 0 && sameShares(a, b, how);
}

/** Each part times the other's first. */
function sameShares(a: Ratio, b: Ratio, how: Comparison): boolean {
  const zero: Node = { kind: "number", value: { num: 0n, den: 1n } };
  const times = (x: Node, y: Node): Node => ({ kind: "call", head: "Multiply", args: [x, y] });
  const [x, y] = [a.parts[0]!, b.parts[0]!];
  if ([...a.parts, ...b.parts].some((part) => sameValue(part, zero, ONCE, false, how))) {
    return a.parts.every((part, i) => sameValue(part, b.parts[i]!, ONCE, false, how));
  }
  return a.parts.every((part, i) =>
    sameValue(times(part, y), times(b.parts[i]!, x), ONCE, false, how) &&
    // Turned signs are no factor of a ratio.
    isNegative(part) === isNegative(b.parts[i]!)
  );
}

function isNegative(node: Node): boolean {
  return nodeText(node).startsWith("Negate") || nodeText(node).startsWith("-");
}

/** Where one tells the half of the day, the other may be of 12 hours or of 24. */
function sameTime(a: Time, b: Time): boolean {
  const seconds = ({ parts, half }: Time) => {
    const [hour = 0, minute = 0, second = 0] = parts;
    const shown = half === undefined ? hour : hour % 12 + (half === "pm" ? 12 : 0);
    return (shown * 60 + minute) * 60 + second;
  };
  if (seconds(a) === seconds(b)) return true;
  const isHalf = (a.half === undefined) !== (b.half === undefined);
  return isHalf && seconds({ parts: a.parts }) === seconds({ parts: b.parts });
}

function sameText(a: Answer, b: Answer, how: Comparison): boolean {
  const plain = (answer: Answer) =>
    answer.kind === "text" || (answer.kind === "quantity" && answer.unit === undefined)
      ? bareText(textOf(answer))
      : undefined;
  const [x, y] = [plain(a), plain(b)];
  if (x === undefined || x === "" || x !== y) return false;
  // Where both tell what their choice says, that is the same.
  const [said, other] = [a, b].map((answer) => answer.kind === "text" ? answer.said : undefined);
  return said === undefined || other === undefined || said.kind !== other.kind ||
    areEqual(said, other, how);
}

/** Ends of intervals. */
function closeNumbers(p: number, q: number, a: Answer, b: Answer, how: Comparison) {
  if (p === q) return true;
  if (!Number.isFinite(p) || !Number.isFinite(q)) return false;
  if (Math.abs(p - q) <= 1e-12 * Math.max(Math.abs(p), Math.abs(q))) return true;
  return (isDecimal(a) || isDecimal(b)) && isWithin(p, q, how);
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
