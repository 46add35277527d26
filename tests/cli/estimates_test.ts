import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { estimatesOf } from "../../src/cli/estimates.ts";
import { openPipeline } from "../../src/cli/project.ts";
import { forecast, Store } from "../../src/core/mod.ts";

const GGUF = fileURLToPath(new URL("../golden/gguf/llama.gguf", import.meta.url));
const LISTPROG = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));

/** Estimates for a student of the model at a path, or of the one that is stored for it. */
async function estimates(path: string, storedAt?: string): Promise<Map<string, number>> {
  const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    const file = join(directory, "pipeline.yaml");
    Deno.writeTextFileSync(
      file,
      `name: memory
with: { task: listprog }
steps:
  base: { uses: load_policy, with: { path: ${JSON.stringify(path)} } }
  pool: { uses: make_problems, with: { depth: 1, count: 8 } }
  student:
    uses: train_student
    in: { policy: base.policy, problems: pool.problems }
    with: { steps: 1, batch: 2, num_generations: 4 }
  report:
    uses: evaluate
    in: { policy: student.policy, problems: pool.problems }
    with: { samples: 2 }
`,
    );
    const store = new Store(join(directory, "store"));
    const project = await openPipeline(file, [], { store: store.directory, all: false });
    const forecasts = forecast(project.plan, store, await project.code());
    if (storedAt !== undefined) {
      // As if the first step had a result.
      const action = { outputs: { policy: "stored" } };
      forecasts.set("base", { lookup: { kind: "hit", action } } as never);
      const artifact = join(store.directory, "artifacts", "stored");
      Deno.mkdirSync(artifact, { recursive: true });
      for (const { name } of Deno.readDirSync(storedAt)) {
        Deno.symlinkSync(join(storedAt, name), join(artifact, name));
      }
      Deno.writeTextFileSync(join(artifact, "manifest.json"), '{"kind":"policy","files":{}}');
    }
    const estimates = await estimatesOf(project, store, forecasts);
    return new Map(
      [...estimates].flatMap(([step, { memory }]) => memory === undefined ? [] : [[step, memory]]),
    );
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("a plan tells the memory of each step on a model that is read, wherever that comes from", async () => {
  for (const path of [LISTPROG, GGUF]) {
    const made = await estimates(path);
    assert.deepEqual([...made.keys()], ["student", "report"], path);
    for (const [step, bytes] of made) {
      assert.ok(bytes > 100 * 2 ** 20 && bytes < 2 ** 30, `${path}: ${step} takes ${bytes}`);
    }
  }
  const nothing = fileURLToPath(new URL(".", import.meta.url));
  assert.equal((await estimates(nothing)).size, 0);
  assert.deepEqual(await estimates(nothing, LISTPROG), await estimates(LISTPROG));
});
