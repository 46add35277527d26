import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./hostile_math_work.ts";

const WORK = fileURLToPath(new URL("./hostile_math_work.ts", import.meta.url));

Deno.test("10,000 hostile completions: none over its budget, none rewarded, memory as before", async () => {
  // Whatever needs more of the heap ends the process; without a bound V8 takes room that nothing needs.
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--v8-flags=--max-old-space-size=64", WORK],
    stderr: "inherit",
  }).output();
  assert.ok(success, "the process did not survive");
  const told: Outcome = JSON.parse(new TextDecoder().decode(stdout));
  const { graded, rewarded, slowest, grown } = told;
  assert.equal(graded, 10_000);
  assert.deepEqual(rewarded, []);
  assert.ok(slowest < 1000, `one took ${slowest} ms`);
  assert.ok(grown < 200, `it grew by ${grown} MiB`);
});
