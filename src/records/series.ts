/** Curves over the iterations of loops, of the numbers that steps gave back. @module */
import type { Json, Metrics } from "../core/mod.ts";
import { parseStepName } from "./step_names.ts";

/** A number of a step over the iterations of the loop around it: the innermost, where there are several. */
export interface Series {
  /** The step without iterations and values, such as `meta.students`. */
  readonly step: string;
  /** Such as `reward_last`, or `rejected.it was cut off` and `rewards.0` of what is a map or a list. */
  readonly metric: string;
  /** The loop. */
  readonly loop: string;
  /** Iterations of the loops around that, by loop. */
  readonly outer: Readonly<Record<string, number>>;
  /** Values on axes, as they are written in names. */
  readonly values: Readonly<Record<string, string>>;
  /** By iteration, which is x; numbers alone, true being 1. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/**
 * The series of a run, for any loop and matrix, in the order in which they begin: `meta[3].reward` gives the point x = 3.
 * Steps outside of loops have none.
 */
export function seriesOf(
  steps: Iterable<{ readonly step: string; readonly metrics: Metrics }>,
): Series[] {
  const found = new Map<string, Omit<Series, "points"> & { points: { x: number; y: number }[] }>();
  for (const { step: id, metrics } of steps) {
    const name = parseStepName(id);
    const loops = Object.entries(name?.loops ?? {}), innermost = loops.pop();
    if (name === undefined || innermost === undefined) continue;
    const [loop, x] = innermost, outer = Object.fromEntries(loops);
    for (const [metric, y] of Object.entries(numbersOf(metrics))) {
      const key = JSON.stringify([name.name, metric, outer, name.values]);
      const begun = found.get(key) ??
        { step: name.name, metric, loop, outer, values: name.values, points: [] };
      found.set(key, begun);
      begun.points.push({ x, y });
    }
  }
  return [...found.values()]
    .map((one) => ({ ...one, points: one.points.toSorted((a, b) => a.x - b.x) }));
}

/** Series of runs of a matrix as one, which is their mean at each iteration. */
export function averageSeries(series: readonly Series[]): Series[] {
  const groups = Map.groupBy(
    series,
    ({ step, metric, outer }) => JSON.stringify([step, metric, outer]),
  );
  return [...groups.values()].map((alike) => {
    const at = Map.groupBy(alike.flatMap(({ points }) => points), ({ x }) => x);
    const points = [...at].toSorted(([a], [b]) => a - b)
      .map(([x, all]) => ({ x, y: all.reduce((sum, { y }) => sum + y, 0) / all.length }));
    return { ...alike[0]!, values: {}, points };
  });
}

/** The numbers of a map by path; what is true counts 1, and what is false 0. */
export function numbersOf(value: Json, path = ""): Record<string, number> {
  if (typeof value === "number") return { [path]: value };
  if (typeof value === "boolean") return { [path]: Number(value) };
  if (typeof value !== "object" || value === null) return {};
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, part]) =>
      numbersOf(part as Json, path === "" ? key : `${path}.${key}`)
    ),
  );
}
