/** Curves over iterations, of any loop and matrix. @module */
import assert from "node:assert/strict";
import { averageSeries, numbersOf, seriesOf } from "../../src/records/series.ts";

Deno.test("what steps of a loop gave back is a series by iteration, whatever the order", () => {
  const series = seriesOf([
    { step: "base", metrics: { accuracy: 0.1 } },
    { step: "meta[1].reward", metrics: { rewards: [0.3, 0.4], promoted: true } },
    { step: "meta[0].reward", metrics: { rewards: [0.1, 0.2], promoted: false } },
    { step: "meta[10].reward", metrics: { rewards: [0.5], rejected: { "it was cut off": 2 } } },
  ]);
  assert.deepEqual(series.map(({ step, metric, points }) => [step, metric, points]), [
    ["meta.reward", "rewards.0", [{ x: 0, y: 0.1 }, { x: 1, y: 0.3 }, { x: 10, y: 0.5 }]],
    ["meta.reward", "rewards.1", [{ x: 0, y: 0.2 }, { x: 1, y: 0.4 }]],
    ["meta.reward", "promoted", [{ x: 0, y: 0 }, { x: 1, y: 1 }]],
    ["meta.reward", "rejected.it was cut off", [{ x: 10, y: 2 }]],
  ]);
  assert.ok(series.every(({ loop }) => loop === "meta"));
});

Deno.test("runs of a matrix are series of their own, and one where they are averaged", () => {
  const steps = [0, 1].flatMap((i) =>
    ["0", "1"].map((d) => ({
      step: `arm@kind=a[${i}].s@dataset=${d}`,
      metrics: { r: 10 * i + Number(d) },
    }))
  );
  const series = seriesOf(steps);
  assert.deepEqual(series.map(({ values }) => values), [
    { kind: "a", dataset: "0" },
    { kind: "a", dataset: "1" },
  ]);
  const [only, ...more] = averageSeries(series);
  assert.deepEqual([only!.points, more], [[{ x: 0, y: 0.5 }, { x: 1, y: 10.5 }], []]);
});

Deno.test("of loops in loops the innermost counts, and the others tell series apart", () => {
  const series = seriesOf([[0, 0], [0, 1], [1, 0]].map(([o, i]) => ({
    step: `outer[${o}].inner[${i}].s`,
    metrics: { r: 1 },
  })));
  assert.deepEqual(series.map(({ loop, outer, points }) => [loop, outer, points.length]), [
    ["outer.inner", { outer: 0 }, 2],
    ["outer.inner", { outer: 1 }, 1],
  ]);
});

Deno.test("numbers are found by path; texts and nothing are none", () => {
  const value = { a: { b: [1, { c: false }] }, d: "1", e: null, f: -0.5 };
  assert.deepEqual(numbersOf(value), { "a.b.0": 1, "a.b.1.c": 0, f: -0.5 });
});
