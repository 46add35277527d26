/** Typical mistakes on the command line and in files, with all that is told of them. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Document } from "../../src/core/mod.ts";
import { soar } from "./program.ts";

const GOOD = `name: good
device: cpu
params: { count: 2 }
steps:
  a: { uses: make_problems, with: { task: listprog, depth: 1, count: "\${params.count}" } }
`;

Deno.test("mistakes on the command line are told with what to write instead", async (t) => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    Deno.writeTextFileSync(join(cwd, "good.yaml"), GOOD);
    const all = rowsOf("command_mistakes.yaml");
    assert.ok(all.length >= 40);
    for (const { command, told } of all) {
      await t.step(command!, async () => {
        const { code, out, err } = await soar(command!.split(" "), { cwd });
        assert.deepEqual({ code, out, err }, { code: 2, out: "", err: told });
      });
    }
    await t.step("what was refused has left no run", async () => {
      assert.equal((await soar(["runs"], { cwd })).out, ".soar: no runs\n");
    });
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});

interface Row {
  /** What is wrong with a file, or else a command. */
  readonly mistake?: string;
  readonly command?: string;
  readonly text?: string;
  /** The whole message. */
  readonly told: string;
}

/** The rows of a table beside this file. */
function rowsOf(file: string): readonly Row[] {
  const { value } = Document.parse(
    file,
    Deno.readTextFileSync(new URL(`./${file}`, import.meta.url)),
  );
  return value as unknown as readonly Row[];
}

Deno.test("mistakes in a file are told with their place and what to write instead", async (t) => {
  const cwd = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "soar-test-" }));
  try {
    const rows = rowsOf("mistakes.yaml");
    assert.ok(rows.length >= 70);
    for (const { mistake, text, told } of rows) {
      await t.step(mistake!, async () => {
        Deno.writeTextFileSync(join(cwd, "p.yaml"), text!);
        const { code, out, err: all } = await soar(["validate", "p.yaml"], { cwd });
        const err = all.replaceAll(cwd, "DIR");
        assert.deepEqual({ code, out, err }, { code: 2, out: "", err: told });
      });
    }
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});
