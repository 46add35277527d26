/** What commands tell programs. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { soar } from "./program.ts";

Deno.test("commands that make something, or look at a pipeline, tell the same as JSON", async () => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    const write = (name: string, text: string) => Deno.writeTextFileSync(join(cwd, name), text);
    write(
      "good.yaml",
      "name: good\nsteps:\n  a: { uses: make_problems, with: { task: listprog, depth: 1, count: 2 } }\n",
    );
    write("bad.yaml", "name: bad\nsteps:\n  a: { uses: make_problem, wiht: {} }\n");
    const json = async (...args: string[]) => {
      const { code, out, err } = await soar([...args, "--json"], { cwd });
      assert.equal(err, "");
      return [code, JSON.parse(out)];
    };
    assert.deepEqual(await json("validate", "good.yaml"), [0, {
      valid: true,
      name: "good",
      steps: 1,
    }]);
    const [code, { valid, mistakes }] = await json("validate", "bad.yaml");
    assert.deepEqual([code, valid], [2, false]);
    assert.ok(mistakes.length > 0);
    for (const { at, message, hint } of mistakes) {
      assert.match(at, /^bad\.yaml:3:\d+$/);
      assert.ok(message !== "" && hint !== "");
    }
    const [, [stage]] = await json("stages", "promote");
    assert.deepEqual([stage.kind, stage.name, stage.config.type], ["stage", "promote", "object"]);
    assert.deepEqual(await json("store"), [0, {
      directory: ".soar",
      actions: 0,
      artifacts: 0,
      tables: 0,
      checkpoints: 0,
      bytes: 0,
    }]);
    const [, graph] = await json("graph", "good.yaml");
    assert.deepEqual(graph, {
      name: "good",
      steps: [{ step: "a", name: "a", stage: "make_problems", inputs: {}, unless: [] }],
    });
    assert.equal((await soar(["good.yaml", "--name", "one, two"], { cwd })).code, 0);
    const [, made] = await json("export", "good.yaml", "a.problems", "out");
    const [, stored] = await json("show", "a.problems");
    assert.deepEqual(made, {
      output: "a.problems",
      kind: "problems",
      digest: stored.digest,
      directory: "out",
    });
    const [, init] = await json("init", "new");
    assert.ok(init.files.every((file: string) => Deno.statSync(join(cwd, file)).isFile));
    assert.match(init.next, /pipeline\.yaml$/);
    // A name with a comma in it is one name.
    const [, report] = await json("report", "one, two", "--out", "r.html");
    assert.deepEqual([report.runs.length, report.path], [1, "r.html"]);
    const [, text] = await json("report", "--markdown");
    assert.match(text.markdown, /^# good/);
    const { out: quoted } = await soar(["tensorboard", "--to", "my board"], { cwd });
    assert.match(quoted, /: tensorboard --logdir 'my board'\n$/);
    const [, board] = await json("tensorboard", "--to", "board");
    assert.deepEqual([board.run, board.directory], [report.runs[0], "board"]);
    const last = await soar(["good.yaml", "--name", "last"], { cwd });
    assert.deepEqual([last.code, last.err.split("\n")[0]], [
      2,
      "error: --name last: last means the latest run",
    ]);
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});
