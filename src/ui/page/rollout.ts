/** A row of a table, whole: what the model read and wrote, and what became of it. @module */
import type { Json } from "../../core/mod.ts";
import type { RowView } from "../views.ts";
import { h } from "./dom.ts";
import { number, value } from "./format.ts";

/** What is a text however short it is. */
const ALWAYS: readonly string[] = ["prompt", "completion", "text"];
/** Characters of a text that is a fact. */
const SHORT = 80;
/** Numbers of a list that are shown. */
const SOME = 12;

/** A verdict, in a colour of its own, and in words. */
export function verdictBadge(verdict: string): HTMLElement {
  const known = ["correct", "wrong", "no_answer", "timed_out", "accepted", "rejected"];
  const style = known.includes(verdict) ? verdict : "other";
  return h("span", { class: `badge ${style}` }, verdict);
}

/** The row as an element. */
export function rolloutCard({ row, value: all }: RowView): HTMLElement {
  const { verdict, ...others } = all;
  const told = Object.entries(others).filter(([, one]) => one !== null);
  const isText = ([name, one]: readonly [string, Json]) =>
    ALWAYS.includes(name) || !(typeof one === "string" ? isLine(one) : isShort(one));
  const [facts, texts] = [told.filter((one) => !isText(one)), told.filter(isText)];
  return h(
    "article",
    { class: "rollout", "aria-label": `Row ${row}` },
    h(
      "p",
      { class: "line" },
      h("b", {}, `Row ${number(row)}`),
      typeof verdict === "string" && verdictBadge(verdict),
    ),
    h("dl", { class: "facts" }, ...facts.flatMap(([name, one]) => factsOf(name, one))),
    ...texts.map(([name, one]) =>
      h("section", {}, h("h3", {}, name), h("pre", { class: name }, longText(one)))
    ),
  );
}

/** A map becomes a fact for each of its names, such as `rewards.exact`. */
function factsOf(name: string, one: Json): HTMLElement[] {
  if (typeof one === "object" && one !== null && !Array.isArray(one)) {
    return Object.entries(one).flatMap(([key, part]) => factsOf(`${name}.${key}`, part));
  }
  return [h("div", {}, h("dt", {}, name), h("dd", {}, value(one)))];
}

function isLine(text: string): boolean {
  return text.length <= SHORT && !text.includes("\n");
}

/** Maps are as short as they are; lists are not. */
function isShort(one: Json): boolean {
  return !Array.isArray(one) && JSON.stringify(one).length <= 4 * SHORT;
}

function longText(one: Json): string {
  if (typeof one === "string") return one;
  const isNumbers = Array.isArray(one) && one.every((item: Json) => typeof item === "number");
  if (!isNumbers || one.length === 0) return JSON.stringify(one, null, 2);
  const lowest = one.reduce((low, item) => Math.min(low, item), Infinity);
  const some = one.slice(0, SOME).map(number).join("  ");
  return `${some}${one.length > SOME ? " …" : ""}\n${one.length} numbers, the lowest ${
    number(lowest)
  }`;
}
