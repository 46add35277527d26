import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { runPipeline } from "../../mod.ts";
import { FOLDERS, TABLES } from "../../src/stage/definitions.ts";
import { ProjectLibrary } from "../../src/cli/project_library.ts";
import { STAGES } from "../../stages/mod.ts";
import { importProblem } from "../../tools/lint_plugin.ts";
import {
  catalogueText,
  pipelineSchema,
  schemaText,
  validatorsText,
} from "../../tools/generate_schema.ts";
import { AJV_OPTIONS, makeAjv } from "../../schemas/compile.ts";
import { openFile } from "../../src/cli/pipeline_file.ts";
import { Document } from "../../src/core/mod.ts";

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

Deno.test("every stage stands in a file of its name, and every file in the table", () => {
  const files = [...Deno.readDirSync(path("stages"))].map((
    { name },
  ) => name.replace(".ts", ""));
  assert.deepEqual(
    files.filter((name) => name !== "mod").toSorted(),
    Object.keys(STAGES).toSorted(),
  );
  for (const [name, stage] of Object.entries(STAGES)) assert.equal(stage.name, name);
});

Deno.test("every task, grader and reward stands in a file of its name, and the library has it", async () => {
  const library = new ProjectLibrary();
  for (const [kind, load] of Object.entries(TABLES)) {
    const table = await load(), folder = FOLDERS[kind as keyof typeof TABLES];
    assert.deepEqual(library.names(kind).toSorted(), Object.keys(table).toSorted());
    for (const [name, definition] of Object.entries(table)) {
      assert.deepEqual([definition.kind, definition.name], [kind, name]);
      const found = library.definition(kind, name)!;
      assert.equal(found.url, new URL(`../../${folder}/${name}.ts`, import.meta.url).href);
      assert.ok(Deno.statSync(new URL(found.url)).isFile);
      assert.deepEqual(found.definition.config, definition.config, name);
    }
  }
});

Deno.test("every setting of every stage is described", () => {
  const visit = (where: string, schema: Record<string, unknown>) => {
    for (
      const [key, part] of Object.entries(
        (schema.properties ?? {}) as Record<string, Record<string, unknown>>,
      )
    ) {
      if (part.type === "object" && part.properties !== undefined) visit(`${where}.${key}`, part);
      else assert.equal(typeof part.description, "string", `${where}.${key}`);
    }
  };
  for (const stage of Object.values(STAGES)) {
    visit(stage.name, stage.config as unknown as Record<string, unknown>);
  }
});

Deno.test("schemas/pipeline.schema.json is fresh (else: deno task schema)", () => {
  assert.equal(Deno.readTextFileSync(path("schemas/pipeline.schema.json")), schemaText());
});

Deno.test("schemas/catalogue.json is fresh (else: deno task schema)", () => {
  assert.equal(Deno.readTextFileSync(path("schemas/catalogue.json")), catalogueText());
});

Deno.test("schemas/validators.js is fresh (else: deno task schema)", () => {
  assert.equal(Deno.readTextFileSync(path("schemas/validators.js")), validatorsText());
});

Deno.test("the catalogue checks settings as the stages do", () => {
  const library = new ProjectLibrary();
  for (const [name, stage] of Object.entries(STAGES)) {
    const { definition } = library.stage(name)!;
    assert.equal(definition.check, stage.check, name);
    assert.equal(definition.made, stage.made, name);
  }
});

Deno.test("pipelines/base_model.yaml, shortened, makes a model whose loss falls", async () => {
  const store = Deno.makeTempDirSync();
  try {
    const losses: number[] = [];
    const overrides = ["params.steps=60", "steps.base.with.batch=32"];
    const run = (listen = true) =>
      runPipeline(path("pipelines/base_model.yaml"), {
        store,
        overrides,
        listen: (event) => {
          if (listen && event.kind === "step-progress") losses.push(event.numbers.loss!);
        },
      });
    const { status, actions } = await run();
    assert.equal(status, "done");
    assert.equal(losses.length, 60);
    assert.ok(
      losses[0]! > 3 && losses.at(-1)! < losses[0]! - 0.5,
      `${losses[0]} → ${losses.at(-1)}`,
    );
    const again = await run(false);
    assert.deepEqual(again.actions.get("base")!.outputs, actions.get("base")!.outputs);
  } finally {
    Deno.removeSync(store, { recursive: true });
  }
});

/** A pipeline as it is with what it extends. */
function whole(name: string) {
  const { value } = Document.read(path(`pipelines/${name}.yaml`), openFile);
  // deno-lint-ignore no-explicit-any -- as parsed
  return value as any;
}

Deno.test("hard_only.yaml draws as many student rollouts as soar.yaml", () => {
  const soar = whole("soar"), plain = whole("hard_only");
  const { outer_steps, datasets, repeats, inner_steps } = soar.params;
  assert.equal(plain.params.steps, outer_steps * datasets * repeats * inner_steps);
  const { steps: _a, ...student } = soar.steps.meta.steps.students.with;
  const { steps: _b, ...hardOnly } = plain.steps.student.with;
  assert.deepEqual(hardOnly, student);
  assert.deepEqual(plain.steps.hard, soar.steps.hard);
  assert.deepEqual(Object.keys(plain.steps), [
    ...["base", "pool", "hard", "student", "base_test", "student_test", "report"],
  ]);
});

Deno.test("intrinsic.yaml is soar.yaml with another reward", () => {
  const soar = whole("soar"), intrinsic = whole("intrinsic");
  assert.equal(intrinsic.steps.meta.steps.reward.uses, "reward_learnability");
  intrinsic.steps.meta.steps.reward.uses = "reward_grounded";
  intrinsic.steps.report.with.title = "SOAR";
  assert.deepEqual(intrinsic, { ...soar, name: "intrinsic", summary: intrinsic.summary });
});

Deno.test("editors find no mistake in the pipelines that ship, and those that are there", () => {
  const isSound = makeAjv({ ...AJV_OPTIONS, strict: false }).compile(pipelineSchema());
  const files = ["pipelines", "pipelines/data"].flatMap((folder) =>
    [...Deno.readDirSync(path(folder))].flatMap(({ name, isFile }) =>
      isFile ? [`${folder}/${name}`] : []
    )
  );
  assert.ok(files.length > 15);
  for (const file of [...files, "examples/own/pipeline.yaml"]) {
    const given = parse(Deno.readTextFileSync(path(file)), { merge: true });
    assert.ok(isSound(given), `${file}: ${JSON.stringify(isSound.errors)}`);
  }
  const soar = () => parse(Deno.readTextFileSync(path("pipelines/soar.yaml")));
  const changes: ((given: ReturnType<typeof soar>) => unknown)[] = [
    (given) => given.steps.meta.steps.students.with.stepz = 3,
    (given) => given.steps.meta.steps.students.in.problem = "a.b",
    (given) => given.steps.pool.uses = "make_problemz",
    (given) => delete given.steps.meta.loop.times,
    (given) => delete given.steps,
    (given) => given.step = {},
  ];
  for (const [i, change] of changes.entries()) {
    const given = soar();
    change(given);
    assert.equal(isSound(given), false, `change ${i}`);
  }
});

Deno.test("the lint plugin knows the layers and the importers", () => {
  assert.equal(importProblem("src/rl/a.ts", "../train/mod.ts"), undefined);
  assert.match(
    importProblem("src/core/a.ts", "../rl/mod.ts")!,
    /src\/core must not import src\/rl/,
  );
  assert.match(importProblem("src/runtime/a.ts", "../onnx/mod.ts")!, /imports point down/);
  assert.match(importProblem("src/rl/a.ts", "yaml")!, /yaml is imported by .* alone/);
  assert.match(importProblem("src/rl/a.ts", "lodash")!, /not a dependency of this project/);
  assert.equal(importProblem("src/rl/a.ts", "node:path"), undefined);
});
