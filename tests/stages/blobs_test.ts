/** Students with adapters on a base whose weights are large enough to be a blob. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Event, runPipeline } from "../../mod.ts";

const PIPELINE = `
name: blobs
device: cpu
steps:
  base:
    uses: pretrain
    with: { task: listprog, steps: 1, batch: 4, model: { hidden_size: 128, intermediate_size: 512 } }
  pool: { uses: make_problems, with: { task: listprog, depth: 2, count: 4 } }
  students:
    uses: train_student
    matrix: { n: "0..2" }
    with: { task: listprog, steps: 1, batch: 2, num_generations: 2, adapter: { r: 2, lora_alpha: 4, target_modules: [q_proj] } }
    in: { policy: base.policy, problems: pool.problems }
  tests:
    uses: evaluate
    matrix: { n: "0..2" }
    with: { task: listprog, samples: 1 }
    in: { policy: students.policy, problems: pool.problems }
`;

Deno.test("students with adapters share their base's weights, and one mended blob mends all", async () => {
  const directory = Deno.makeTempDirSync({ prefix: "soar-blobs-" });
  try {
    const file = join(directory, "blobs.yaml"), store = join(directory, "store");
    Deno.writeTextFileSync(file, PIPELINE);
    const events: Event[] = [];
    const run = async () => {
      events.length = 0;
      const result = await runPipeline(file, { store, listen: (event) => events.push(event) });
      assert.equal(result.status, "done", JSON.stringify(events.at(-2)));
      return result.actions;
    };
    const made = () =>
      events.flatMap((event) =>
        event.kind === "step-finished" && !event.cached ? [event.step] : []
      );
    const actions = await run(), blobs = [...Deno.readDirSync(join(store, "blobs"))];
    assert.equal(blobs.length, 1);
    const blob = join(store, "blobs", blobs[0]!.name);
    for (const step of ["base", "students@n=0", "students@n=1"]) {
      const digest = actions.get(step)!.outputs.policy as string;
      const weights = join(store, "artifacts", digest, "model.safetensors");
      assert.equal(Deno.readLinkSync(weights), `../../blobs/${blobs[0]!.name}`);
    }
    const bytes = Deno.readFileSync(blob);
    bytes[bytes.length >> 1]! ^= 1;
    Deno.chmodSync(blob, 0o644);
    Deno.writeFileSync(blob, bytes);
    await run();
    assert.deepEqual(made(), ["base"]);
    await run();
    assert.deepEqual([made(), events.filter(({ kind }) => kind === "damaged")], [[], []]);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
