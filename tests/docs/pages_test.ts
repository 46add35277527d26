/** The pages for people: what stands there is written to files and run as it stands. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { referenceText } from "../../tools/generate_docs.ts";
import { withCommands } from "../../tools/commands_text.ts";
import { soar } from "../cli/program.ts";
import { blocksOf } from "./blocks.ts";

/** What a page takes to be there besides its own files. */
const LINKS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  reports: { model: "examples/models/listprog" },
  command_line: { model: "examples/models/listprog" },
  runs: { model: "examples/models/listprog" },
  rl_recipe: { model: "examples/models/mathtext" },
  rollouts: { model: "examples/models/listprog" },
  export: { model: "examples/models/mathtext" },
  data: {
    gsm8k: "tests/fixtures/data/gsm8k",
    "HARP.jsonl.zip": "tests/fixtures/data/HARP.jsonl.zip",
    pipelines: "pipelines",
  },
  soar_math: {
    pipelines: "pipelines",
    MATH: "tests/fixtures/data/math",
    "Llama-3.2-3B-Instruct": "examples/models/mathtext",
  },
};

for (
  const page of [
    "your_own_problems",
    "write_a_reward",
    "write_a_stage",
    "grading",
    "graders",
    "data",
    "code",
    "command_line",
    "rl_recipe",
    "reports",
    "soar_math",
    "rollouts",
    "export",
    "runs",
  ]
) {
  Deno.test(`docs/${page}.md: its files are written, and its commands run`, async () => {
    const directory = Deno.makeTempDirSync({ prefix: "soar-docs-" });
    try {
      const blocks = blocksOf(`docs/${page}.md`);
      for (const [name, file] of Object.entries(LINKS[page] ?? {})) {
        Deno.symlinkSync(new URL(`../../${file}`, import.meta.url), join(directory, name));
      }
      for (const { file, text } of blocks) {
        if (file !== "") Deno.writeTextFileSync(join(directory, file), text);
      }
      const commands = blocks.filter(({ language }) => language === "sh")
        .flatMap(({ text }) => text.trim().split("\n"));
      assert.ok(commands.length > 1 && blocks.length >= 2);
      let told = "";
      for (const command of commands) {
        const [program, ...args] = (command.match(/'[^']*'|\S+/g) ?? [])
          .map((word) => word.replaceAll("'", ""));
        assert.equal(program, "soar");
        const { code, err, out } = await soar(args, { cwd: directory });
        assert.equal(code, 0, `${command}\n${out}${err}`);
        told += out;
      }
      const shown = blocks.filter(({ language }) => language === "text");
      for (const line of shown.flatMap(({ text }) => text.trimEnd().split("\n"))) {
        assert.ok(told.includes(line), line);
      }
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  });
}

Deno.test("the examples of the public API are sound and run", async () => {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--doc", "mod.ts", "src", "stages", "schemas"],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
  }).output();
  const out = new TextDecoder().decode(stdout);
  assert.ok(success, out + new TextDecoder().decode(stderr));
  assert.ok(Number(/(\d+) passed/.exec(out)?.[1]) >= 7, out);
});

Deno.test("docs/reference.md is fresh (else: deno task docs), and tells every setting", () => {
  const page = Deno.readTextFileSync(new URL("../../docs/reference.md", import.meta.url));
  assert.equal(page, referenceText());
  assert.ok(
    page.includes("| `num_generations` | integer, at least 2 | `16` | Rollouts of each problem. |"),
  );
});

Deno.test("docs/command_line.md has every command, option and exit code (else: deno task docs)", () => {
  const page = Deno.readTextFileSync(new URL("../../docs/command_line.md", import.meta.url));
  assert.equal(page, withCommands(page));
  for (const text of ["### soar run \\<pipeline> \\[overrides...]", "`--keep-going`", "`130`"]) {
    assert.ok(page.includes(text), text);
  }
});
