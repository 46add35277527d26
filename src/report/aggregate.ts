/** Several curves as one, with how far they are apart. @module */
import type { Point } from "./blocks.ts";

/** The mean at each x, from the lowest to the highest where there are several. */
export function aggregate(points: Iterable<{ readonly x: number; readonly y: number }>): Point[] {
  const at = new Map<number, number[]>();
  for (const { x, y } of points) {
    const known = at.get(x);
    if (known === undefined) at.set(x, [y]);
    else known.push(y);
  }
  return [...at].toSorted(([a], [b]) => a - b).map(([x, all]) => {
    const y = all.reduce((sum, value) => sum + value, 0) / all.length;
    if (all.length === 1) return { x, y };
    const low = all.reduce((least, value) => Math.min(least, value), Infinity);
    const high = all.reduce((most, value) => Math.max(most, value), -Infinity);
    return { x, y, low, high };
  });
}

/** Points of which a chart can show no more: means of neighbours. */
export function thin(points: readonly Point[], most = 200): Point[] {
  if (points.length <= most) return [...points];
  const size = Math.ceil(points.length / most), thinned: Point[] = [];
  for (let start = 0; start < points.length; start += size) {
    const part = points.slice(start, start + size);
    const mean = (of: (point: Point) => number) =>
      part.reduce((sum, point) => sum + of(point), 0) / part.length;
    thinned.push({
      x: mean(({ x }) => x),
      y: mean(({ y }) => y),
      low: part.reduce((least, { y, low = y }) => Math.min(least, low), Infinity),
      high: part.reduce((most, { y, high = y }) => Math.max(most, high), -Infinity),
    });
  }
  return thinned;
}

/** What makes a number one that a chart can show. */
export function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
