/**
 * Names of steps. A name is unambiguous: from the text alone follow the loops, the iteration of each, and the value
 * on each axis with its type.
 *
 *     students                     a step
 *     meta[3].students             in the iteration 3 of the loop meta
 *     students@dataset=1,repeat=0  with these values on its axes
 *     meta@arm=a[3].students       in a run of the loop's matrix
 *     pool@size="1",cfg={"n":3}    with text that reads as a number, and an object: JSON
 *
 * @module
 */
import { canonicalJson, digestJson } from "./key.ts";
import type { Json, JsonObject } from "./document.ts";

/** Characters of a value in a name; of a longer one, its digest is there. */
const MAX_LABEL = 60;

/** What a step or a loop, and a name that is carried, may be called. */
export const NAME: RegExp = /^[a-z][a-z0-9_]*$/;
/** What an axis may be called. */
export const AXIS: RegExp = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** A value on an axis: plain text as it is, everything else as canonical JSON, equal only for equal values. */
export function labelOf(value: Json): string {
  const plain = typeof value === "string" && /^[A-Za-z0-9._\/+:-]+$/.test(value) &&
    Number.isNaN(Number(value)) && !["true", "false", "null"].includes(value);
  const text = plain ? value : canonicalJson(value);
  return text.length <= MAX_LABEL ? text : `#${digestJson(value).slice(0, 16)}`;
}

/** The end of a step's name in a matrix: `@axis=value,…`; nothing without axes. */
export function matrixLabel(matrix: JsonObject): string {
  const labels = Object.entries(matrix).map(([axis, value]) => `${axis}=${labelOf(value)}`);
  return labels.length === 0 ? "" : `@${labels.join(",")}`;
}

/** Values on axes as labels. */
export function labelsOf(matrix: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(matrix).map(([axis, value]) => [axis, labelOf(value)]),
  );
}
