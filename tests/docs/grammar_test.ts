/** What stands in docs/grammar.md is a pipeline. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openFile } from "../../src/cli/pipeline_file.ts";
import { Document, makePlan } from "../../src/core/mod.ts";
import { LOOP_SCHEMA, PIPELINE_SCHEMA, STEP_SCHEMA } from "../../schemas/pipeline.ts";
import { runPipeline } from "../../mod.ts";
import { ProjectLibrary } from "../../src/cli/project_library.ts";
import { blocksOf } from "./blocks.ts";

const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));

for (const { language, text, line } of blocksOf("docs/grammar.md")) {
  const [, name] = /^name: (\w+)$/m.exec(text) ?? [];
  Deno.test(`the example ${name} of docs/grammar.md (line ${line}) is a pipeline`, async (t) => {
    assert.equal(language, "yaml");
    const open = (file: string, directory?: string) =>
      directory === undefined
        ? { id: file, file, text, directory: DOCS }
        : openFile(file, directory);
    const document = Document.read("grammar.yaml", open);
    const planning = makePlan(document, new ProjectLibrary(), DOCS);
    assert.ok(planning.kind === "plan" && planning.plan.steps.length > 0);
    if (text.includes("extends:")) return;
    await t.step("and runs", async () => {
      const directory = Deno.makeTempDirSync({ prefix: "soar-docs-" });
      try {
        const file = join(directory, "pipeline.yaml");
        Deno.writeTextFileSync(file, text.replaceAll("../examples", join(DOCS, "../examples")));
        const { status } = await runPipeline(file, { store: join(directory, "store") });
        assert.equal(status, "done");
      } finally {
        Deno.removeSync(directory, { recursive: true });
      }
    });
  });
}

Deno.test("docs/grammar.md names every key of a pipeline, a step and a loop", () => {
  const text = Deno.readTextFileSync(join(DOCS, "grammar.md"));
  const keys = [
    ...Object.keys(PIPELINE_SCHEMA.properties),
    ...Object.keys(STEP_SCHEMA.properties),
    ...Object.keys(LOOP_SCHEMA.properties).filter((key) => key !== "loop"),
    ...Object.keys(LOOP_SCHEMA.properties.loop.properties).map((key) => `loop.${key}`),
  ];
  assert.deepEqual(keys.filter((key) => !text.includes(`| \`${key}\``)), []);
  const comparisons = Object.keys(LOOP_SCHEMA.properties.loop.properties.until.properties);
  assert.deepEqual(comparisons.filter((key) => !text.includes(key)), []);
});
