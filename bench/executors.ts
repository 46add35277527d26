/**
 * What it costs to run steps in processes, and what it gives: empty steps, one after the other and side by side; then a
 * pipeline (pipelines/soar.yaml unless another is named, with overrides) from empty stores, on each executor in turn.
 *
 *     deno run -A bench/executors.ts [repeats] [pipeline [path=value...]]
 *
 * Without repeats the pipeline is left out.
 *
 * @module
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { type Event, runPipeline } from "../mod.ts";

const STAGE = `import { defineStage } from ${
  JSON.stringify(new URL("../mod.ts", import.meta.url).href)
};
export default defineStage({
  name: "empty", version: 1, summary: "Does nothing.",
  config: { type: "object", properties: { n: { type: "integer", description: "Which." } }, required: ["n"], additionalProperties: false },
  inputs: {}, outputs: {},
  run: () => ({}),
});
`;
const STEPS = 200;

/** Milliseconds for each of many empty steps: on the clock, and of this process's processor. */
async function emptySteps(on: string, jobs: number): Promise<{ wall: number; cpu: number }> {
  const directory = Deno.makeTempDirSync({ prefix: "soar-bench-" });
  try {
    Deno.writeTextFileSync(join(directory, "empty.ts"), STAGE);
    const pipeline = join(directory, "empty.yaml");
    Deno.writeTextFileSync(
      pipeline,
      `name: empty\ndevice: cpu\nsteps:\n  some: { uses: ./empty.ts, matrix: { n: "0..${STEPS}" }, ` +
        `with: { n: "\${matrix.n}" } }\n`,
    );
    let begun = 0, done = 0, last = 0, used = 0;
    const spent = () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    };
    // The first few start the processes.
    const warm = STEPS / 10;
    let cpu = 0;
    await runPipeline(pipeline, {
      store: join(directory, "store"),
      trust: true,
      on,
      jobs,
      listen(event: Event) {
        if (event.kind !== "step-finished") return;
        if (++done === warm) [begun, cpu] = [performance.now(), spent()];
        [last, used] = [performance.now(), spent()];
      },
    });
    if (done !== STEPS) throw new Error(`Expected ${STEPS} steps, got ${done}`);
    return { wall: (last - begun) / (STEPS - warm), cpu: (used - cpu) / (STEPS - warm) };
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/** Seconds of a run from an empty store. */
async function whole(pipeline: string, overrides: readonly string[], on: string): Promise<number> {
  const store = Deno.makeTempDirSync({ prefix: "soar-bench-" });
  try {
    const started = performance.now();
    const { status } = await runPipeline(pipeline, { store, overrides, on });
    if (status !== "done") throw new Error(`The run is ${status}`);
    return (performance.now() - started) / 1000;
  } finally {
    Deno.removeSync(store, { recursive: true });
  }
}

const [repeats = "0", pipeline, ...overrides] = Deno.args;
for (const [on, jobs] of [["inline", 1], ["processes", 1], ["processes", 2]] as const) {
  const { wall, cpu } = await emptySteps(on, jobs);
  console.log(
    `${on}, ${jobs} at a time: an empty step takes ${wall.toFixed(1)} ms, ` +
      `${cpu.toFixed(1)} ms of the processor in the client`,
  );
}
const file = pipeline ?? fileURLToPath(new URL("../pipelines/soar.yaml", import.meta.url));
const seconds: Record<string, number[]> = { inline: [], processes: [] };
for (let i = 0; i < Number(repeats); i++) {
  for (const on of ["inline", "processes"]) {
    const took = await whole(file, overrides, on);
    seconds[on]!.push(took);
    console.log(`${on}: ${took.toFixed(1)} s`);
  }
}
if (Number(repeats) > 0) {
  const sum = (on: string) => seconds[on]!.reduce((sum, took) => sum + took, 0);
  console.log(`processes are ${(sum("inline") / sum("processes")).toFixed(2)} × as fast`);
}
