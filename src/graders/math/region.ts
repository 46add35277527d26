/** Parts of the real line as merged intervals. @module */
import { type Answer, isAssignment, type Relation } from "./answer.ts";
import { type Node, nodeText, symbolsOf } from "./node.ts";
import { isPlain } from "./quantity.ts";
import { isFinite, isRealValue, valueAt } from "./value.ts";

/** An end of an interval. */
interface End {
  readonly at: number;
  readonly closed: boolean;
}

/** An interval; a point where both ends are one. */
export interface Interval {
  readonly low: End;
  readonly high: End;
}

const LOWEST: End = { at: -Infinity, closed: false },
  HIGHEST: End = { at: Infinity, closed: false };
const LINE: readonly Interval[] = [{ low: LOWEST, high: HIGHEST }];

/** Whether an answer can be nothing but a part of the real line. */
export function isRegion(answer: Answer): boolean {
  switch (answer.kind) {
    case "union":
      return true;
    case "relation":
      return answer.operators.some((operator) => operator !== "=") && answer.operators[0] !== "=";
    case "sequence":
      if (answer.or === true) return answer.items.some(isRegion);
      if (answer.open === "") return answer.items.every(isRegion);
      return answer.items.length === 2 && (answer.open === "[" || answer.close === "]");
    case "quantity":
      return nodeText(answer.node) === "RealNumbers";
    default:
      return false;
  }
}

/**
 * The part of the real line that an answer is, with the name of what lies there where it has one; undefined where it is none
 * that can be told.
 *
 * @param asInterval whether a pair in parentheses is meant as an interval
 */
export function regionOf(
  answer: Answer,
  asInterval: boolean,
): { readonly name?: string; readonly intervals: readonly Interval[] } | undefined {
  switch (answer.kind) {
    case "quantity": {
      if (nodeText(answer.node) === "RealNumbers") return { intervals: LINE };
      if (nodeText(answer.node) === "EmptySet") return { intervals: [] };
      const at = numberOf(answer);
      return at === undefined || !Number.isFinite(at) ? undefined : { intervals: [point(at)] };
    }
    case "sequence":
      return sequenceRegion(answer, asInterval);
    case "union": {
      const regions = answer.parts.map((part) => regionOf(part, true)?.intervals);
      if (!regions.every((region) => region !== undefined)) return undefined;
      const all = answer.common === true ? regions.reduce(intersection) : merged(regions.flat());
      if (answer.without === undefined) return { intervals: all };
      const without = regionOf(answer.without, true);
      return without && { intervals: intersection(all, complement(without.intervals)) };
    }
    case "relation":
      return relationRegion(answer);
    default:
      return undefined;
  }
}

function sequenceRegion(answer: Answer & { readonly kind: "sequence" }, asInterval: boolean) {
  const { open, close, items } = answer;
  if (open === "{" || open === "") {
    // Points are no intervals, but (0, 1) or (2, 3) is both.
    const isPoint = (item: Answer) =>
      item.kind === "sequence" && item.open === "(" && item.close === ")";
    if (answer.or !== true && items.some(isPoint)) return undefined;
    const regions = items.map((item) => regionOf(item, true));
    if (regions.some((region) => region === undefined)) return undefined;
    const names = new Set(regions.map((region) => region!.name));
    if (names.size > 1) return undefined;
    const [name] = names, parts = regions.map((region) => region!.intervals);
    const intervals = open === "" && items.every(isInequality)
      ? togetherOf(parts, answer.or === true)
      : merged(parts.flat());
    return { intervals, ...(name === undefined ? {} : { name }) };
  }
  if (items.length !== 2) return undefined;
  if (!asInterval && open === "(" && close === ")") return undefined;
  const [low, high] = items.map(numberOf);
  if (low === undefined || high === undefined || low > high) return undefined;
  const ends = {
    low: { at: low, closed: open === "[" },
    high: { at: high, closed: close === "]" },
  };
  return { intervals: isEmpty(ends) ? [] : [ends] };
}

function isInequality(answer: Answer): boolean {
  return answer.kind === "relation" &&
    answer.operators.every((operator) => /[<>]|!=/.test(operator));
}

/** Where inequalities hold: all of them, or any of those that exclude each other. */
function togetherOf(parts: readonly (readonly Interval[])[], or: boolean): readonly Interval[] {
  const common = or ? [] : parts.reduce(intersection);
  return common.length > 0 ? common : merged(parts.flat());
}

/** -2 ≤ x ≤ 7, x ≠ 3, x in a region, 3x + 1 > 7: one name, at most to the first power. */
function relationRegion(relation: Relation) {
  const { operators, sides } = relation;
  if (/^(?:=|in)$/.test(operators.join()) && !isAssignment(relation)) return undefined;
  if (operators.every((operator) => operator === "=")) {
    const at = sides.length === 2 ? numberOf(sides[1]!) : undefined, name = nameOf(sides[0]!);
    return at === undefined || name === undefined ? undefined : { name, intervals: [point(at)] };
  }
  if (operators.length === 1 && operators[0] === "in") {
    const name = nameOf(sides[0]!), region = regionOf(sides[1]!, true);
    return name === undefined || region === undefined
      ? undefined
      : { name, intervals: region.intervals };
  }
  let name: string | undefined, intervals: readonly Interval[] = LINE;
  for (const [i, operator] of operators.entries()) {
    const solved = solve(sides[i]!, operator, sides[i + 1]!) ??
      solveBars(sides[i]!, operator, sides[i + 1]!);
    if (solved === undefined || (name !== undefined && name !== solved.name)) return undefined;
    name = solved.name;
    intervals = intersection(intervals, solved.intervals);
  }
  return { name: name!, intervals };
}

/** An inequality between two sides of one name, at most to the first power. */
function solve(left: Answer, operator: string, right: Answer) {
  if (left.kind !== "quantity" || right.kind !== "quantity") return undefined;
  if (!isPlain(left) || !isPlain(right)) return undefined;
  const names = symbolsOf(left.node).union(symbolsOf(right.node));
  const [name] = names;
  if (names.size !== 1 || name === undefined) return undefined;
  const [low, high] = operator.startsWith("<") ? [left, right] : [right, left];
  if (numberOf(low) === -Infinity || numberOf(high) === Infinity) return { name, intervals: LINE };
  const difference = (x: number) => at(left.node, x) - at(right.node, x);
  const values = [0, 1, 2, 3.5, -4].map(difference);
  const [start, next] = values as [number, number];
  const slope = next - start;
  const isLinear = [2, 3.5, -4].every((x, i) =>
    Math.abs(values[i + 2]! - (start + slope * x)) <= 1e-9 * (1 + Math.abs(values[i + 2]!))
  );
  if (!isLinear || !Number.isFinite(slope) || Math.abs(slope) < 1e-12) return undefined;
  const root = -start / slope;
  if (operator === "!=") return { name, intervals: complement([point(root)]) };
  if (operator === "=") return { name, intervals: [point(root)] };
  const end: End = { at: root, closed: operator.endsWith("=") };
  const isBelow = operator.startsWith("<") === (slope > 0);
  return { name, intervals: [isBelow ? { low: LOWEST, high: end } : { low: end, high: HIGHEST }] };
}

/** |u| < c is -c < u < c, and |u| > c is what lies outside. */
function solveBars(left: Answer, operator: string, right: Answer) {
  if (left.kind !== "quantity" || right.kind !== "quantity") return undefined;
  const isTurned = !isBars(left.node);
  const [bars, size] = isTurned ? [right, left] : [left, right];
  const value = numberOf(size);
  if (!isBars(bars.node) || value === undefined || value <= 0) return undefined;
  const sign = isTurned ? operator.replace(/[<>]/, (one) => one === "<" ? ">" : "<") : operator;
  const inside: Answer = { ...bars, node: bars.node.args[0]! };
  const minus: Answer = { ...size, node: { kind: "call", head: "Negate", args: [size.node] } };
  const [high, low] = [solve(inside, sign, size), solve(minus, sign, inside)];
  if (high === undefined || low === undefined || !/[<>]/.test(sign)) return undefined;
  const intervals = sign.startsWith("<")
    ? intersection(high.intervals, low.intervals)
    : merged([...high.intervals, ...low.intervals]);
  return { name: high.name, intervals };
}

function isBars(node: Node): node is Node & { readonly kind: "call" } {
  return node.kind === "call" && node.head === "Abs";
}

function at(node: Node, x: number): number {
  const value = valueAt(node, () => x);
  return isFinite(value) && isRealValue(value) ? value.re : NaN;
}

function nameOf(answer: Answer): string | undefined {
  if (answer.kind === "text") return answer.text;
  if (answer.kind !== "quantity" || answer.unit !== undefined) return undefined;
  return answer.node.kind === "number" ? undefined : nodeText(answer.node);
}

/** The real number, or infinity, that an answer is. */
function numberOf(answer: Answer): number | undefined {
  if (answer.kind !== "quantity" || answer.base !== undefined || answer.unit !== undefined) {
    return undefined;
  }
  if (symbolsOf(answer.node).size > 0) return undefined;
  const text = nodeText(answer.node);
  if (text === "PositiveInfinity") return Infinity;
  if (text === "Negate(PositiveInfinity)") return -Infinity;
  const value = valueAt(answer.node, () => NaN);
  if (!isFinite(value) || !isRealValue(value)) return undefined;
  return value.re * (answer.percent ? 0.01 : 1);
}

function point(at: number): Interval {
  return { low: { at, closed: true }, high: { at, closed: true } };
}

function isEmpty({ low, high }: Interval): boolean {
  return low.at > high.at || (low.at === high.at && !(low.closed && high.closed));
}

/** In order, without gaps that are none. */
function merged(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.toSorted((a, b) =>
    a.low.at - b.low.at || Number(b.low.closed) - Number(a.low.closed)
  );
  const result: Interval[] = [];
  for (const interval of sorted) {
    const last = result.at(-1);
    const touches = last !== undefined && (last.high.at > interval.low.at ||
      (last.high.at === interval.low.at && (last.high.closed || interval.low.closed)));
    if (!touches) result.push(interval);
    else if (isLater(interval.high, last.high)) {
      result[result.length - 1] = { ...last, high: interval.high };
    }
  }
  return result;
}

function isLater(a: End, b: End): boolean {
  return a.at > b.at || (a.at === b.at && a.closed && !b.closed);
}

function complement(intervals: readonly Interval[]): Interval[] {
  const gaps: Interval[] = [];
  let low = LOWEST;
  for (const interval of merged(intervals)) {
    gaps.push({ low, high: { at: interval.low.at, closed: !interval.low.closed } });
    low = { at: interval.high.at, closed: !interval.high.closed };
  }
  gaps.push({ low, high: HIGHEST });
  return gaps.filter((gap) =>
    !isEmpty(gap) && gap.low.at !== Infinity && gap.high.at !== -Infinity
  );
}

function intersection(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const both = a.flatMap((x) =>
    b.map((y) => ({
      low: isLater(x.low, y.low) || x.low.at > y.low.at
        ? startOf(x.low, y.low)
        : startOf(y.low, x.low),
      high: isLater(x.high, y.high) ? y.high : x.high,
    }))
  );
  return merged(both.filter((interval) => !isEmpty(interval)));
}

/** The later start; of two at one place, the open one. */
function startOf(later: End, other: End): End {
  return later.at === other.at ? { at: later.at, closed: later.closed && other.closed } : later;
}

/** Whether two parts of the line are one. */
export function sameRegion(
  a: readonly Interval[],
  b: readonly Interval[],
  isSame: (x: number, y: number) => boolean,
): boolean {
  const same = (x: End, y: End) => x.closed === y.closed && (x.at === y.at || isSame(x.at, y.at));
  return a.length === b.length &&
    a.every((interval, i) => same(interval.low, b[i]!.low) && same(interval.high, b[i]!.high));
}
