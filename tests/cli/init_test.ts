/** What a newcomer types first. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import denoConfig from "../../deno.json" with { type: "json" };
import { CATALOGUE } from "../../src/cli/project_library.ts";
import { runPipeline } from "../../mod.ts";
import { soar } from "./program.ts";

Deno.test("init writes a pipeline that runs, from which a student learns", async () => {
  const parent = Deno.makeTempDirSync({ prefix: "soar-test-" }), directory = join(parent, "mine");
  try {
    const made = await soar(["init", directory]);
    assert.equal(made.code, 0, made.err);
    assert.match(made.out, /next: deno run -A \S*mod\.ts \S*pipeline\.yaml/);
    const { status, actions } = await runPipeline(join(directory, "pipeline.yaml"), {
      store: join(parent, "store"),
    });
    assert.equal(status, "done");
    const [before, after] = ["before", "after"].map((step) =>
      Number(actions.get(step)!.metrics.accuracy)
    );
    assert.ok(before! < 0.2 && after! > 0.6, `${before} → ${after}`);
    Deno.writeTextFileSync(join(directory, "problems.jsonl"), "mine\n");
    const again = await soar(["init", directory]);
    assert.equal(again.code, 2);
    assert.match(
      again.err,
      /has pipeline\.yaml and problems\.jsonl and model\n[^]*nothing was written/,
    );
    assert.equal(Deno.readTextFileSync(join(directory, "problems.jsonl")), "mine\n");
  } finally {
    Deno.removeSync(parent, { recursive: true });
  }
});

Deno.test("stages lists everything that a pipeline can name, and tells of each", async () => {
  const { out, code } = await soar(["stages"]);
  assert.equal(code, 0);
  const all = [...CATALOGUE.stages, ...CATALOGUE.definitions];
  for (const { name, summary } of all) {
    assert.ok(
      out.split("\n").some((line) => line.trim().startsWith(name) && line.endsWith(summary)),
    );
  }
  const one = await soar(["stages", "train_student"]);
  for (const part of ["policy", "problems", "num_generations", "= 16", "adapter.lora_alpha"]) {
    assert.ok(one.out.includes(part), part);
  }
  const wrong = await soar(["stages", "train_studnt"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /there is no train_studnt\n[^]*did you mean train_student\?/);
});

Deno.test("--version tells the version of deno.json", async () => {
  assert.deepEqual(await soar(["--version"]), { code: 0, out: `${denoConfig.version}\n`, err: "" });
});
