/** The examples of docs/graders.md are graders that can be made, and it has them all. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openPipeline } from "../../src/cli/project.ts";
import { GRADERS } from "../../src/graders/mod.ts";
import { blocksOf } from "./blocks.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
const examples = blocksOf("docs/graders.md").filter(({ language, file }) =>
  language === "yaml" && file === ""
);

for (const { text, line } of examples) {
  Deno.test(`the example at docs/graders.md:${line} is a grader`, async () => {
    const directory = Deno.makeTempDirSync({ prefix: "soar-docs-" });
    try {
      const pipeline = join(directory, "pipeline.yaml");
      Deno.writeTextFileSync(join(directory, "data.jsonl"), '{"problem": "1", "answer": "1"}\n');
      Deno.writeTextFileSync(
        pipeline,
        `name: t
steps:
  base: { uses: load_policy, with: { path: ${MODEL} } }
  problems: { uses: load_problems, with: { path: data.jsonl } }
  test:
    uses: evaluate
    in: { policy: base.policy, problems: problems.problems }
    with:
      task:
        uses: questions
${text.replaceAll(/^/gm, "        ")}`,
      );
      const trust = { store: join(directory, "store"), all: false, ask: () => false };
      const { plan, check } = await openPipeline(pipeline, [], trust);
      await check();
      assert.ok(plan.steps.some(({ uses }) => uses.some(({ kind }) => kind === "grader")));
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  });
}

Deno.test("docs/graders.md has an example of every grader, under its name", () => {
  const page = Deno.readTextFileSync(new URL("../../docs/graders.md", import.meta.url));
  const shown = examples.map(({ text }) => /uses: (\w+)/.exec(text)?.[1]);
  assert.deepEqual(shown.toSorted(), Object.keys(GRADERS).toSorted());
  for (const name of Object.keys(GRADERS)) assert.ok(page.includes(`\n## ${name}\n`), name);
});
