/**
 * What it costs to keep rollouts beside results, on a shortened pipelines/soar.yaml.
 *
 *     deno run -A bench/records.ts
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { runPipeline } from "../mod.ts";
import { TELLING } from "../src/rl/rollout_rows.ts";

const PIPELINE = fileURLToPath(new URL("../pipelines/soar.yaml", import.meta.url));
const store = Deno.makeTempDirSync({ prefix: "soar-bench-" });
try {
  const started = performance.now();
  const { status } = await runPipeline(PIPELINE, {
    store,
    on: "inline", // where this counts
    overrides: [
      ...["params.outer_steps=1", "params.datasets=2", "params.inner_steps=8"],
      ...["params.problems=32", "params.probe_problems=32", "params.test_samples=16"],
    ],
  });
  const wall = performance.now() - started;
  let bytes = 0;
  for (const { name: key } of Deno.readDirSync(`${store}/tables`)) {
    for (const { name } of Deno.readDirSync(`${store}/tables/${key}`)) {
      bytes += Deno.statSync(`${store}/tables/${key}/${name}`).size;
    }
  }
  console.log(
    `${status}: ${TELLING.rows} rollouts kept in ${TELLING.milliseconds.toFixed(0)} ms of ` +
      `${(wall / 1000).toFixed(1)} s, ${(100 * TELLING.milliseconds / wall).toFixed(2)} %; ` +
      `${(bytes / 2 ** 20).toFixed(2)} MiB, ${(bytes / TELLING.rows).toFixed(0)} bytes each`,
  );
} finally {
  Deno.removeSync(store, { recursive: true });
}
