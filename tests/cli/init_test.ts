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

Deno.test("init tells where it cannot write, and writes nothing", async () => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    Deno.writeTextFileSync(join(cwd, "file"), "mine");
    for (
      const [directory, told] of [
        [
          "",
          /^error: the directory has an empty name\n {2}help: name a folder, or \. for this one\n$/,
        ],
        [
          "file",
          /^error: cannot write to file: a part of the path is not a folder\n {2}help: name/,
        ],
        ["file/in", /^error: cannot write to file\/in: a part of the path is not a folder\n/],
      ] as const
    ) {
      const { code, out, err } = await soar(["init", directory], { cwd });
      assert.deepEqual([code, out], [2, ""]);
      assert.match(err, told);
    }
    assert.deepEqual([...Deno.readDirSync(cwd)].map(({ name }) => name), ["file"]);
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});

Deno.test("a misspelt command is told as such, unless a file has its name", async () => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    assert.deepEqual(await soar(["sotre"], { cwd }), {
      code: 2,
      out: "",
      err:
        "error: there is no command sotre, and no pipeline of that name\n  help: did you mean store?\n",
    });
    Deno.writeTextFileSync(join(cwd, "sotre"), "- 1\n");
    assert.match((await soar(["sotre"], { cwd })).err, /^sotre:1:1: error: expected object/);
    assert.match(
      (await soar(["", "a=1"], { cwd })).err,
      /^error: cannot read pipeline : its name is/,
    );
  } finally {
    Deno.removeSync(cwd, { recursive: true });
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
