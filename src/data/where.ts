/** Conditions on columns. @module */
import { patternOf } from "../graders/pattern.ts";
import { asText, type Columns, lookUp } from "./row.ts";

type Scalar = string | number | boolean;

/** What a column must be; all that is said counts. */
export interface Condition {
  readonly equals?: Scalar;
  readonly in?: readonly Scalar[];
  readonly not_in?: readonly Scalar[];
  readonly min?: number;
  readonly max?: number;
  readonly matches?: string;
}

/** Whether a row is wanted. */
export type Filter = (columns: Columns) => boolean;

/** The rows of which every column is as its condition says. @throws {SyntaxError} for a pattern that cannot be read */
export async function filterOf(where: Readonly<Record<string, Condition>>): Promise<Filter> {
  const tests = await Promise.all(
    Object.entries(where).map(async ([path, condition]) => {
      const test = await testOf(condition);
      return (columns: Columns) => test(lookUp(columns, path));
    }),
  );
  return (columns) => tests.every((test) => test(columns));
}

async function testOf(
  { equals, in: any, not_in: none, min, max, matches }: Condition,
): Promise<(value: unknown) => boolean> {
  const tests: ((value: unknown) => boolean)[] = [];
  // Of a column with a list, such as tags, one item is enough.
  const isOneOf = (value: unknown, all: readonly Scalar[]) =>
    [value].flat().some((item) => all.some((other) => isSame(item, other)));
  if (equals !== undefined) tests.push((value) => isOneOf(value, [equals]));
  if (any !== undefined) tests.push((value) => isOneOf(value, any));
  if (none !== undefined) tests.push((value) => !isOneOf(value, none));
  if (min !== undefined) tests.push((value) => numberOf(value) >= min);
  if (max !== undefined) tests.push((value) => numberOf(value) <= max);
  if (matches !== undefined) {
    const find = await patternOf(matches, "");
    tests.push((value) => find(asText(value) ?? "").length > 0);
  }
  return (value) => tests.every((test) => test(value));
}

/** Columns of CSV are text, whatever they say. */
function isSame(value: unknown, other: Scalar): boolean {
  return typeof value === typeof other ? value === other : asText(value) === String(other);
}

/** No number is neither large nor small. */
function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  const text = asText(value);
  return text === undefined ? NaN : Number(text);
}
