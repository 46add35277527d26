/** Programs that nobody should run: a sample; tests/slow has them all. @module */
import assert from "node:assert/strict";
import { sampleOf } from "./hostile.ts";
import { runHostile } from "./run_hostile.ts";

Deno.test("hostile programs: nothing is touched, seen or rewarded", async () => {
  let all = 0;
  const counts = await runHostile((programs) => {
    all = programs.length;
    return sampleOf(programs, 0.03);
  });
  assert.ok(all >= 1_000, `${all} programs`);
  assert.equal((counts.wrong ?? 0) + (counts.timed_out ?? 0), Math.ceil(0.03 * all));
});
