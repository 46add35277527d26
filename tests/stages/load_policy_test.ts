/** `load_policy` in a pipeline: what it refuses stops the run by name, and what it reads goes on into the next stage. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { exportOutput } from "../../src/cli/export.ts";
import { loadPolicy, withAdapters } from "../../src/policy/mod.ts";
import { runPipeline } from "../../mod.ts";
import { goldenCase, made, type MadeFiles, makeCheckpoint } from "../checkpoints.ts";

/** Runs `load_policy` with settings on a checkpoint. */
async function run(checkpoint: string, settings: string) {
  const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
  const file = join(directory, "load.yaml"), store = join(directory, "store");
  Deno.writeTextFileSync(
    file,
    `name: load\nsteps:\n  base: { uses: load_policy, with: { path: ${checkpoint}, ${settings} } }\n`,
  );
  const errors: string[] = [];
  const { status } = await runPipeline(file, {
    store,
    listen: (event) => event.kind === "step-failed" && errors.push(event.message),
  });
  return {
    status,
    error: errors.join(),
    async export(): Promise<string> {
      const exported = join(directory, "exported");
      await exportOutput(file, "base.policy", exported, [], { store, set: [] });
      return exported;
    },
    [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }),
  };
}

Deno.test("load_policy stops at a key and a tensor that nobody knows, and reads past what ignore names", async () => {
  const { files } = goldenCase("v4 empty");
  const changed: MadeFiles = {
    ...files,
    "config.json": { ...files["config.json"], clip_qkv: 8 },
    "model.safetensors": { ...files["model.safetensors"], "model.layers.0.sinks": ["s", 4] },
  };
  using checkpoint = makeCheckpoint(changed);
  using stopped = await run(checkpoint.directory, "");
  assert.equal(stopped.status, "failed");
  assert.match(
    stopped.error,
    /config\.json: clip_qkv is 8, .*add it to the step's ignore: clip_qkv/,
  );
  using read = await run(checkpoint.directory, 'ignore: [clip_qkv, "model.layers.*.sinks"]');
  assert.equal(read.status, "done", read.error);
  using policy = loadPolicy(await read.export());
  const name = "model.layers.1.mlp.up_proj.weight";
  assert.deepEqual(policy.weights.read(name), made(name, policy.weights.shapes.get(name)!));
});

Deno.test("load_policy puts PEFT's adapter on a model, whose layers it tells apart", async () => {
  const { files } = goldenCase("adapter: both patterns");
  using checkpoint = makeCheckpoint(files);
  const adapter = join(checkpoint.directory, "adapter");
  const { "adapter/adapter_config.json": _, "adapter/adapter_model.safetensors": __, ...model } =
    files;
  using base = makeCheckpoint(model);
  using ran = await run(base.directory, `adapter: ${adapter}`);
  assert.equal(ran.status, "done", ran.error);
  using expected = withAdapters(loadPolicy(base.directory), adapter);
  using policy = loadPolicy(await ran.export());
  assert.deepEqual(policy.config, expected.config);
  assert.deepEqual(policy.adapters!.flat.data, expected.adapters!.flat.data);
  using twice = await run(checkpoint.directory, `adapter: ${adapter}`);
  assert.match(twice.error, /on a policy that has some already, in its directory adapter/);
});
