/** The main job, shortened, at batches at which its graphs are spread over threads. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Event } from "../../src/core/mod.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const IS_SLOW = Deno.env.has("SOAR_TEST_REPEATS");
const SHORT = [
  `params.outer_steps=${IS_SLOW ? 2 : 1}`,
  "params.datasets=2",
  "params.problems=32",
  `params.inner_steps=${IS_SLOW ? 30 : 3}`,
  "params.probe_samples=8",
  "params.test_samples=8",
  "steps.hard.with.samples=16",
  "steps.hard.with.train=32",
  "steps.hard.with.test=32",
  // Promotes whatever comes, so that what follows is not the base model's.
  "params.tau=-1",
];

/** Digests of what every step made, in a store of its own. */
async function digests(threads: number): Promise<Record<string, unknown>> {
  const store = Deno.makeTempDirSync({ prefix: "soar-threads-" });
  try {
    const pipeline = ["pipelines/soar.yaml", "--threads", String(threads), "--json"];
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "mod.ts", ...pipeline, "--store", store, ...SHORT],
      cwd: ROOT,
      stderr: "inherit",
    }).output();
    assert.ok(success);
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    const events = lines.map((line) => JSON.parse(line) as Event);
    return Object.fromEntries(
      events.flatMap((event) =>
        event.kind === "step-finished" ? [[event.step, event.outputs]] : []
      ),
    );
  } finally {
    Deno.removeSync(store, { recursive: true });
  }
}

Deno.test("the shortened main job ends in the same digests each time, on 1 and on 2 threads", async () => {
  const first = await digests(1);
  assert.ok(Object.keys(first).length > 15);
  for (const threads of [2, 2, ...(IS_SLOW ? [1, 4, 4] : [])]) {
    assert.deepEqual(await digests(threads), first, `on ${threads} threads`);
  }
});
