import assert from "node:assert/strict";
import { gradeMath } from "../../src/graders/math/grade.ts";
import { hostileCompletions } from "../graders/math/hostile.ts";

Deno.test("10,000 hostile completions: none over its budget, none rewarded, memory as before", () => {
  const before = Deno.memoryUsage().rss;
  let slowest = 0, graded = 0;
  for (const completion of hostileCompletions(10_000, "whole")) {
    const started = performance.now();
    const { outcome } = gradeMath("123456789", completion, { lenient: true, tolerance: 5e-7 });
    slowest = Math.max(slowest, performance.now() - started);
    assert.notEqual(outcome, "correct", completion.slice(0, 200));
    graded++;
  }
  assert.equal(graded, 10_000);
  assert.ok(slowest < 1000, `one took ${slowest} ms`);
  const grown = (Deno.memoryUsage().rss - before) / 2 ** 20;
  assert.ok(grown < 200, `it grew by ${grown} MiB`);
});
