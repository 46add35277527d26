/** Parameters that leave a setting unset, and paths in parameters. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openFile } from "../../src/cli/pipeline_file.ts";
import { ProjectLibrary } from "../../src/cli/project_library.ts";
import {
  applyOverrides,
  DiagnosticError,
  Document,
  type JsonObject,
  makePlan,
} from "../../src/core/mod.ts";
import { Folder } from "../data/files.ts";

/** The settings of the only step of `top.yaml`. */
function settings(folder: Folder, overrides: readonly string[] = []): JsonObject {
  const document = Document.read(join(folder.path, "top.yaml"), openFile);
  assert.deepEqual(applyOverrides(document, overrides), []);
  const planning = makePlan(document, new ProjectLibrary(), folder.path);
  assert.ok(planning.kind === "plan");
  return planning.plan.steps[0]!.config;
}

const POOL = (settings: string) =>
  `name: t
params: { count: null, depth: null, path: null, most: null, by: "\${params.most}" }
steps: { pool: { uses: make_problems, with: { task: listprog, ${settings} } } }
`;
const LOAD = (settings: string) =>
  POOL("").replace(/pool:.*/, `load: { uses: load_problems, with: { ${settings} } } }`);

Deno.test("a setting that refers to null is as if it were not written, also within maps and by way of another", () => {
  using folder = new Folder();
  folder.write("top.yaml", POOL('count: "${params.count}", depth: "${params.by}"'));
  assert.deepEqual(settings(folder), { task: { uses: "listprog" }, count: 160, depth: 8 });
  assert.equal(settings(folder, ["params.count=5"]).count, 5);
  assert.equal(settings(folder, ["params.most=3"]).depth, 3);
  const where = 'where: { level: { min: "${params.most}", max: 4 } }, limit: "${params.count}"';
  folder.write("top.yaml", LOAD(`repo: a/b, path: "\${params.path}", ${where}`));
  const { path, limit, where: conditions } = settings(folder);
  assert.deepEqual([path, limit, conditions], [undefined, undefined, { level: { max: 4 } }]);
});

Deno.test("null itself is no setting, one that is needed is missed, and in a text null is written out", () => {
  using folder = new Folder();
  const refused: readonly (readonly [string, RegExp])[] = [
    [POOL("count: null"), /top\.yaml:3:\d+: error: count: expected integer, got null/],
    [POOL("count: ~"), /expected integer, got null/],
    [LOAD("repo: a/b, split: null"), /split: expected string, got null/],
    [
      LOAD('path: "${params.path}"'),
      /nothing says where the problems are[^]*write path: FILE, or repo/,
    ],
    [POOL("").replace("task: listprog", 'task: "${params.path}"'), /key task is missing/],
  ];
  for (const [text, message] of refused) {
    folder.write("top.yaml", text);
    assert.throws(() => settings(folder), (error) => {
      assert.ok(error instanceof DiagnosticError);
      assert.match(error.message, message);
      return true;
    });
  }
  folder.write("top.yaml", LOAD('repo: a/b, split: "x${params.path}"'));
  assert.equal(settings(folder).split, "xnull");
});

Deno.test("a null parameter lies over another, and under one", () => {
  using folder = new Folder();
  folder.write("below.yaml", POOL('count: "${params.count}"').replace("count: null", "count: 7"));
  folder.write("top.yaml", "extends: below.yaml\n");
  assert.equal(settings(folder).count, 7);
  folder.write("top.yaml", "extends: below.yaml\nparams: { count: null }\n");
  assert.equal(settings(folder).count, 160);
});

Deno.test("a path in a parameter is of the file that the parameter is written in", () => {
  using folder = new Folder();
  for (const file of ["mine.jsonl", "more/mine.jsonl"]) {
    folder.write(file, '{"problem": "a", "answer": "b"}\n');
  }
  const below = LOAD('path: "${params.path}"').replace("path: null", "path: mine.jsonl");
  folder.write("more/below.yaml", below);
  folder.write("top.yaml", "extends: more/below.yaml\n");
  assert.equal(settings(folder).path, join(folder.path, "more/mine.jsonl"));
  folder.write("top.yaml", "extends: more/below.yaml\nparams: { path: mine.jsonl }\n");
  assert.equal(settings(folder).path, join(folder.path, "mine.jsonl"));
  const by = 'extends: more/below.yaml\nparams: { own: mine.jsonl, path: "${params.own}" }\n';
  folder.write("top.yaml", by);
  assert.equal(settings(folder).path, join(folder.path, "mine.jsonl"));
  folder.write("top.yaml", "extends: more/below.yaml\nname: t\nparams: { path: nope.jsonl }\n");
  assert.throws(() => settings(folder), {
    message:
      /top\.yaml:3:17: error: no file or directory nope\.jsonl\n[^]*looked for .*nope\.jsonl/,
  });
});

Deno.test("a module in a parameter is of the file that the parameter is written in", () => {
  using folder = new Folder();
  const below = POOL("").replace("task: listprog", 'task: "${params.by}"');
  folder.write("more/below.yaml", below);
  folder.write("mine.ts", "");
  folder.write("top.yaml", "extends: more/below.yaml\nparams: { by: ./mine.ts }\n");
  const document = Document.read(join(folder.path, "top.yaml"), openFile);
  const planning = makePlan(document, new ProjectLibrary(), folder.path);
  assert.ok(planning.kind === "modules");
  assert.deepEqual(planning.modules.map(({ specifier }) => specifier), [
    new URL(`file://${folder.path}/mine.ts`).href,
  ]);
});
