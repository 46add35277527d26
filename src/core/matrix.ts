import type { Json, JsonObject } from "./document.ts";

/** The values of an axis as written: a list, or a range such as `0..4`, whose end is left out. */
export function axisValues(given: Json): Json[] {
  if (Array.isArray(given)) return [...given];
  const range = typeof given === "string" ? /^(\d+)\.\.(\d+)$/.exec(given) : null;
  if (range === null) return [];
  const [start, end] = [Number(range[1]), Number(range[2])];
  return Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
}

/** Every combination of the axes' values, the last axis fastest. */
export function combinations(axes: Readonly<Record<string, readonly Json[]>>): JsonObject[] {
  return Object.entries(axes).reduce<JsonObject[]>(
    (rows, [axis, values]) =>
      rows.flatMap((row) => values.map((value) => ({ ...row, [axis]: value }))),
    [{}],
  );
}
