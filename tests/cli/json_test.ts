/** What commands tell programs. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { soar } from "./program.ts";

Deno.test("validate, stages and store tell the same as JSON", async () => {
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
      bytes: 0,
    }]);
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});
