/** Parts of runs, and runs that go on after failures, as a user sees them. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { soar } from "./program.ts";

const PIPELINE = `
name: parts
device: cpu
steps:
  one: { uses: ./fails.ts, with: { fail: false } }
  two: { uses: ./fails.ts, with: { fail: true }, retries: 1, retry_pause: 0.1s }
  three: { uses: ./fails.ts, with: { fail: false }, in: { before: two.made } }
  four: { uses: ./fails.ts, seed: 4, with: { fail: false } }
`;
const STAGE = `
import { defineStage } from "@soar/soar";
import { join } from "node:path";

/** Fails, where it is told to. */
export const fails = defineStage({
  name: "fails",
  version: 1,
  summary: "Fails, where it is told to.",
  config: { type: "object", properties: { fail: { type: "boolean" } }, required: ["fail"], additionalProperties: false },
  inputs: { before: "report?" },
  outputs: { made: "report" },
  run({ config, outputs }) {
    if (config.fail) throw new Error("as it was told");
    Deno.writeTextFileSync(join(outputs.made.directory, "time"), String(performance.now()));
  },
});
`;

Deno.test("run and plan take parts of a pipeline; exit codes tell how it went", async () => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    Deno.writeTextFileSync(join(cwd, "p.yaml"), PIPELINE);
    Deno.writeTextFileSync(join(cwd, "fails.ts"), STAGE);
    const run = (...args: readonly string[]) => soar(["p.yaml", "--trust", ...args], { cwd });
    const plan = async (...args: readonly string[]) => {
      const { out } = await soar(["plan", "p.yaml", "--trust", "--json", ...args], { cwd });
      return out.trim().split("\n").map((line) => JSON.parse(line)).map(({ step, state }) =>
        `${step} ${state}`
      );
    };

    const missing = await run("--only", "three");
    assert.deepEqual([missing.code, missing.out], [2, ""]);
    assert.match(missing.err, /--only three needs what is not in the store: two\n.*--until three/);
    const wrong = await run("--until", "thre");
    assert.deepEqual([wrong.code, wrong.out], [2, ""]);
    assert.match(wrong.err, /until names thre, and there is no such step\n.*did you mean three\?/);
    assert.equal((await run("--until", "one", "--only", "one")).code, 2);

    const going = await run("--keep-going");
    assert.equal(going.code, 1);
    assert.match(going.out, /two failed \(attempt 1; once more in 0\.1 s\): as it was told\n/);
    assert.match(
      going.out,
      /\ntwo failed; not reached: three\nfailed: 2 run, 0 cached, 1 not reach/,
    );

    assert.deepEqual(await plan("--until", "one"), ["one hit"]);
    assert.deepEqual(await plan("--from", "two"), [
      ...["one hit", "two forced", "three forced", "four hit"],
    ]);
    const forced = await run("--force", "one", "--until", "one");
    assert.equal(forced.code, 0);
    assert.match(forced.out, /warning: one, made again, differs from what was stored in made: its/);
    assert.match((await run("--until", "one")).out, /done: 0 run, 1 cached/);
    assert.deepEqual(await plan("--force", "one", "--until", "one"), ["one forced"]);

    // A run that makes steps again is told how to go on without making them once more.
    const cut = await run("--from", "one", "--force", "four", "--keep-going");
    assert.match(cut.out, /\nfailed: 2 run, 0 cached, 1 not reached/);
    const id = / --from one --force four --keep-going --continue (parts-[0-9a-f]+)\n$/.exec(cut.out)
      ?.[1];
    assert.ok(id !== undefined, cut.out);
    const on = await run("--from", "one", "--force", "four", "--keep-going", "--continue", id);
    assert.match(on.out, /\nfailed: 0 run, 2 cached, 1 not reached/);
    assert.ok(on.out.endsWith(` --keep-going --continue ${id}\n`), on.out); // it made nothing
    const last = await run(
      "--from",
      "one",
      "--force",
      "four",
      "--keep-going",
      "--continue",
      "last",
    );
    assert.match(last.out, /\nfailed: 2 run, 0 cached/); // that one made nothing
    const unknown = await run("--from", "one", "--continue", "prats");
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /there is no run prats\n/);
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});

Deno.test("plan takes what is made again to come out as before, and says so", async () => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    const text = `name: chain
device: cpu
steps:
  one: { uses: ./fails.ts, with: { fail: false } }
  two: { uses: ./fails.ts, with: { fail: false }, in: { before: one.made } }
`;
    Deno.writeTextFileSync(join(cwd, "p.yaml"), text);
    Deno.writeTextFileSync(join(cwd, "fails.ts"), STAGE);
    const plan = (...args: readonly string[]) =>
      soar(["plan", "p.yaml", "--trust", "--force", "one", ...args], { cwd });
    assert.match(
      (await plan()).out,
      /\nunknown +two +fails +depends on a step that has to run first\n/,
    );
    assert.equal((await soar(["p.yaml", "--trust"], { cwd })).code, 0);
    const { out } = await plan();
    assert.match(out, /^forced +one +fails +made again, as it was told to be\n/);
    assert.match(out, /\nhit +two +fails +\d+ B +if one comes out as before\n/);
    assert.match(out, /\n2 steps: 1 stored \(\d+ B\), 1 to run/);
    const lines = (await plan("--json")).out.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ state, given }) => [state, given]), [
      ["forced", undefined],
      ["hit", "one"],
    ]);
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});
