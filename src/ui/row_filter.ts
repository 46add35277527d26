/** Which rows of a table somebody wants to see. @module */
import type { Json, JsonObject } from "../core/mod.ts";
import type { RowBrief, RowFilter } from "./views.ts";

/** Characters of a text in a list. */
const BRIEF = 240;
/** Columns that what a model wrote is looked for in; a row without any shows its first text. */
const WRITTEN = ["completion", "text"];

/** The verdict of a row, where it has one. */
export function verdictOf({ verdict }: JsonObject): string | undefined {
  return typeof verdict === "string" ? verdict : undefined;
}

/** Tells whether a row is wanted. */
export function matcherOf(filter: RowFilter): (row: JsonObject) => boolean {
  const { verdict, min, max, from, to, text } = filter;
  const pattern = text === undefined ? undefined : new RegExp(RegExp.escape(text), "i");
  const inside = (value: Json | undefined, low = -Infinity, high = Infinity) =>
    typeof value === "number" && value >= low && value <= high;
  return (row) => {
    if (verdict !== undefined && verdictOf(row) !== verdict) return false;
    if ((min ?? max) !== undefined && !inside(row["reward"], min, max)) return false;
    if ((from ?? to) !== undefined && !inside(row["step"], from, to)) return false;
    return pattern === undefined || hasText(row, pattern);
  };
}

/** A row for a list. */
export function briefOf(value: JsonObject, row: number): RowBrief {
  const verdict = verdictOf(value), { reward, step } = value;
  const texts = [...WRITTEN.map((name) => value[name]), ...Object.values(value)];
  const text = texts.find((one) => typeof one === "string") ?? JSON.stringify(value);
  return {
    row,
    ...verdict === undefined ? {} : { verdict },
    ...typeof reward === "number" ? { reward } : {},
    ...typeof step === "number" ? { step } : {},
    text: text.slice(0, BRIEF),
  };
}

/** Long lists of numbers, such as token ids, are left by their first item. */
function hasText(value: Json | undefined, pattern: RegExp): boolean {
  if (typeof value === "string") return pattern.test(value);
  if (Array.isArray(value)) {
    return typeof value[0] !== "number" && value.some((one: Json) => hasText(one, pattern));
  }
  return typeof value === "object" && value !== null &&
    Object.values(value).some((one) => hasText(one, pattern));
}
