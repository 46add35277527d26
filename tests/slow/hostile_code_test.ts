/** Every program that nobody should run; tests/sandbox has a sample. @module */
import assert from "node:assert/strict";
import { runHostile } from "../sandbox/run_hostile.ts";

Deno.test("a thousand hostile programs: nothing is touched, seen or rewarded", async () => {
  let all = 0;
  const counts = await runHostile((programs) => {
    all = programs.length;
    return programs;
  });
  assert.ok(all >= 1_000, `${all} programs`);
  assert.equal((counts.wrong ?? 0) + (counts.timed_out ?? 0), all);
});
