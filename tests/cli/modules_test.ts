/** Modules of the user's: asked for before they are imported, checked before anything runs, in keys by their code. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { integrityOf } from "../../src/cli/npm.ts";
import { openPipeline } from "../../src/cli/project.ts";
import { DiagnosticError, runPipeline } from "../../mod.ts";
import { soar } from "./program.ts";

const OWN = fileURLToPath(new URL("../../examples/own/", import.meta.url));

/** A folder with a pipeline whose stage leaves a mark where it is imported. */
class Folder implements Disposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "soar-modules-" });
  readonly store: string = join(this.path, "store");
  readonly pipeline: string = this.write(
    "pipeline.yaml",
    "name: t\ndevice: cpu\nsteps:\n  a: { uses: ./mine.ts, with: { value: 1 } }\n",
  );

  constructor() {
    this.write("part.ts", "export const factor = 2;\n");
    this.write(
      "mine.ts",
      `import { defineStage, writeJson } from "@soar/soar";
import { factor } from "./part.ts";
Deno.writeTextFileSync(${JSON.stringify(join(this.path, "mark"))}, "imported");
export const mine = defineStage({
  name: "mine",
  version: 1,
  summary: "A number.",
  config: {
    type: "object",
    properties: { value: { type: "integer", minimum: 1 } },
    required: ["value"],
    additionalProperties: false,
  },
  inputs: {},
  outputs: { number: "number" },
  run({ config, outputs }) {
    writeJson(outputs.number, "number", config.value * factor);
    return { value: config.value * factor };
  },
});
`,
    );
  }

  /** Whether the module was imported since the last time. */
  get imported(): boolean {
    try {
      Deno.removeSync(join(this.path, "mark"));
      return true;
    } catch {
      return false;
    }
  }

  write(name: string, text: string): string {
    const path = join(this.path, name);
    Deno.writeTextFileSync(path, text);
    return path;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

Deno.test("a module that is not trusted is not imported, whatever is asked of the pipeline", async () => {
  using folder = new Folder();
  const { pipeline, store } = folder;
  for (
    const args of [
      ["validate", pipeline],
      ["plan", pipeline],
      ["run", pipeline],
      [pipeline],
      ["graph", pipeline],
      ["explain", pipeline, "a"],
      ["export", pipeline, "a.number", join(folder.path, "to")],
    ]
  ) {
    const { code, err } = await soar([...args, "--store", store]);
    assert.equal(code, 2, args.join(" "));
    assert.match(err, /pipeline\.yaml:4:14: error: \/[^:%]*mine\.ts is not trusted[^]*--trust/);
    assert.equal(folder.imported, false, args.join(" "));
  }
  const { code, out } = await soar([pipeline, "--store", store, "--trust"]);
  assert.equal(code, 0);
  assert.match(out, /a .*value=2/);
  assert.ok(folder.imported);
});

Deno.test("an answer is remembered for the code as it is, that of what it imports included", async () => {
  using folder = new Folder();
  const asked: string[] = [];
  const open = (answer: boolean) =>
    openPipeline(folder.pipeline, [], {
      store: folder.store,
      all: false,
      ask: (modules) => {
        asked.push(...modules);
        return answer;
      },
    });
  await assert.rejects(open(false), /is not trusted/);
  await open(true);
  await open(false);
  assert.equal(asked.length, 2);
  folder.write("part.ts", "export const factor = 2; // doubled\n");
  await open(false);
  assert.equal(asked.length, 2, "a comment is no code");
  folder.write("part.ts", "export const factor = 3;\n");
  await assert.rejects(open(false), /is not trusted/);
  assert.equal(asked.length, 3);
});

Deno.test("what is damaged of the answers is asked again", async () => {
  using folder = new Folder();
  Deno.mkdirSync(folder.store);
  for (const text of ["null", "3", '"all"', "[]", "{", ""]) {
    Deno.writeTextFileSync(join(folder.store, "trusted.json"), text);
    const asked: string[] = [];
    await openPipeline(folder.pipeline, [], {
      store: folder.store,
      all: false,
      ask: (modules) => {
        asked.push(...modules);
        return true;
      },
    });
    assert.equal(asked.length, 1, text);
  }
});

Deno.test("an answer is of all code that runs, also of what no key counts", async () => {
  using folder = new Folder();
  folder.write("factor.ts", "export const factor = 2;\n");
  folder.write("part.ts", 'export { factor } from "./factor.ts";\n');
  const open = (answer: boolean) =>
    openPipeline(folder.pipeline, [], { store: folder.store, all: false, ask: () => answer });
  await open(true);
  await open(false);
  folder.write("part.ts", 'export { factor } from "./factor.ts";\nglobalThis.name = "evil";\n');
  await assert.rejects(open(false), /is not trusted/);
  folder.write("evil.ts", 'globalThis.name = "evil";\n');
  folder.write(
    "part.ts",
    'export { factor } from "./factor.ts";\nexport { a } from "./evil.ts";\n',
  );
  await assert.rejects(open(false), /is not trusted/);
});

Deno.test("an answer that came with a pipeline is nobody's", async () => {
  using folder = new Folder();
  const open = (store: string, answer: boolean) =>
    openPipeline(folder.pipeline, [], { store, all: false, ask: () => answer });
  await open(folder.store, true);
  await open(folder.store, false);
  const copy = join(folder.path, "copy"), from = join(folder.store, "trusted.json");
  Deno.mkdirSync(copy);
  Deno.copyFileSync(from, join(copy, "trusted.json"));
  await assert.rejects(open(copy, false), /is not trusted/);
  for (const text of ["null", "[]", "{}", '"', '{"file":null,"modules":null}']) {
    Deno.writeTextFileSync(from, text);
    await assert.rejects(open(folder.store, false), /is not trusted/, text);
  }
  await open(folder.store, true);
  await open(folder.store, false);
});

Deno.test("a module that changed since this process imported it runs as it is now, or not at all", async () => {
  using folder = new Folder();
  const factor = async () => {
    const { actions } = await runPipeline(folder.pipeline, { store: folder.store, trust: true });
    return actions.get("a")!.metrics.value;
  };
  const mine = Deno.readTextFileSync(join(folder.path, "mine.ts"));
  assert.equal(await factor(), 2);
  folder.write("mine.ts", mine.replaceAll("* factor", "* factor * 10"));
  assert.equal(await factor(), 20);
  folder.write("mine.ts", mine.replaceAll("* factor", "* factor * 100"));
  assert.equal(await factor(), 200);
  folder.write("part.ts", "export const factor = 2; // a comment\n");
  assert.equal(await factor(), 200);
  folder.write("part.ts", "export const factor = 7;\n");
  await assert.rejects(
    factor(),
    /part\.ts has changed since this process imported it[^]*new process/,
  );
  folder.write("part.ts", "export const factor = 2;\n");
  folder.write("mine.ts", mine);
  assert.equal(await factor(), 2);
});

for (
  const [line, message] of [
    ['import "https://example.com/a.ts";', /mine\.ts imports https:\/\/example\.com\/a\.ts, which/],
    ['import "npm:left-pad";', /imports npm:left-pad, which may be other code/],
    ['import "npm:left-pad@^1.3.0";', /imports npm:left-pad@\^1\.3\.0, which/],
    ['import "npm:@scope/name@1";', /imports npm:@scope\/name@1, which/],
    ['import "jsr:@std/path";', /imports jsr:@std\/path, which/],
    ['export * from "data:text/javascript,1";', /imports data:text/],
    ['export const f = () => import("https://example.com/a.ts");', /imports https:/],
    [
      "export const f = (name: string) =>\n  import(name);",
      /imports what cannot be told beforehand, at \.\/part\.ts:2:3/,
    ],
  ] as const
) {
  Deno.test(`a module is not imported that runs ${line.split("\n").at(-1)}`, async () => {
    using folder = new Folder();
    folder.write("part.ts", `${line}\nexport const factor = 2;\n`);
    await assert.rejects(
      openPipeline(folder.pipeline, [], { store: folder.store, all: true }),
      (error) => error instanceof DiagnosticError && message.test(error.message),
    );
    assert.equal(folder.imported, false);
  });
}

Deno.test("a module's code is in the key of the steps that name it", async () => {
  using folder = new Folder();
  const run = async () => {
    const { code, out } = await soar([
      folder.pipeline,
      "--store",
      folder.store,
      "--trust",
      "--json",
    ]);
    assert.equal(code, 0);
    const events = out.trim().split("\n").map((line) => JSON.parse(line));
    const { cached, metrics } = events.find(({ kind }) => kind === "step-finished");
    return [cached, metrics.value];
  };
  assert.deepEqual(await run(), [false, 2]);
  assert.deepEqual(await run(), [true, 2]);
  folder.write("part.ts", "export const factor = 5;\n");
  assert.deepEqual(await run(), [false, 5]);
});

for (
  const [name, uses, module, message] of [
    [
      "is not there",
      "./nope.ts",
      "",
      /4:\d+: error: no file \.\/nope\.ts\n[^]*looked for \/.*nope\.ts/,
    ],
    [
      "cannot be read",
      "./mine.ts",
      "export const = 3;\n",
      /Cannot read module .*mine\.ts: SyntaxError[^]*help: mend .*mine\.ts:1:14$/,
    ],
    [
      "throws",
      "./mine.ts",
      "throw new Error('at once');\n",
      /cannot load .*mine\.ts: at once\n[^]*help: mend .*mine\.ts:1:7$/,
    ],
    [
      "exports nothing",
      "./mine.ts",
      "export const a = 1;\n",
      /mine\.ts exports no stage\n[^]*defineStage/,
    ],
    [
      "is a package without a version",
      "npm:left-pad",
      "",
      /package npm:left-pad has no exact version/,
    ],
    ["is a package of a range", "npm:left-pad@^1.0.0", "", /no exact version/],
    [
      "is on the web",
      "https://example.com/a.ts",
      "",
      /https:\/\/example\.com\/a\.ts cannot be used/,
    ],
  ] as const
) {
  Deno.test(`a stage that ${name} is told with its place`, async () => {
    using folder = new Folder();
    folder.write("pipeline.yaml", `name: t\nsteps:\n  # here\n  a: { uses: "${uses}" }\n`);
    if (module !== "") folder.write("mine.ts", module);
    await assert.rejects(
      openPipeline(folder.pipeline, [], { store: folder.store, all: true }),
      (error) => error instanceof DiagnosticError && message.test(error.message),
    );
  });
}

/** A stage that a module in JavaScript exports, where no compiler asks. */
const stage = (members: string) =>
  `export const mine = { kind: "stage", name: "mine", version: 1, summary: "", ` +
  `config: { type: "object", properties: {}, additionalProperties: false }, ` +
  `inputs: {}, outputs: {}, run() {}, ${members} };\n`;
const config = (properties: string) =>
  stage(`config: { type: "object", properties: ${properties}, additionalProperties: false }`);

for (
  const [module, message] of [
    ["throw 'at once';\n", /cannot load .*mine\.js: at once\n/],
    ["throw null;\n", /cannot load .*mine\.js: null\n/],
    [stage("run: 1"), /stage mine is wrong: run is no function/],
    [stage("version: '1'"), /stage mine is wrong: version is no whole number/],
    [stage("inputs: undefined"), /stage mine is wrong: inputs is no map/],
    [stage("outputs: { a: 3 }"), /stage mine is wrong: outputs\.a is no text/],
    [stage("follows: { a: 'b' }"), /stage mine is wrong: follows names a, which is no input/],
    [stage("config: undefined"), /settings of stage mine are no schema: config has no type/],
    [stage("config: { type: 'object' }"), /are no schema: config has no properties/],
    [
      stage("config: { type: 'object', properties: {} }"),
      /are no schema: config has no additionalProperties: false/,
    ],
    [config("{ a: { type: 'sting' } }"), /config\.properties\.a has neither a type, an enum nor/],
    [config("{ a: { component: 'tsk' } }"), /properties\.a names definitions of no kind: task, gr/],
    [config("{ a: { components: 'reward' } }"), /properties\.a\.each has no type: "object"/],
    [config("{ a: { enum: [1] } }"), /properties\.a\.enum is no list of texts/],
    [config("{ a: { type: 'array' } }"), /properties\.a\.items is no map/],
    [config("{ a: { type: ['string', 'null'] } }"), /properties\.a has neither a type, an enum/],
    [
      config("{ a: { type: 'object', additionalProperties: { type: 'sting' } } }"),
      /properties\.a\.additionalProperties has neither a type, an enum nor/,
    ],
    [
      config("{ a: { type: 'object', properties: {}, additionalProperties: {} } }"),
      /properties\.a has properties beside those of the user's/,
    ],
    [
      config("{ a: { type: 'string', pattern: '[' } }"),
      /are no schema: Invalid regular expression/,
    ],
  ] as const
) {
  Deno.test(`a stage of JavaScript is checked before it is used: ${message.source}`, async () => {
    using folder = new Folder();
    folder.write("mine.js", module);
    folder.write("pipeline.yaml", "name: t\nsteps:\n  a: { uses: ./mine.js }\n");
    await assert.rejects(
      openPipeline(folder.pipeline, [], { store: folder.store, all: true }),
      (error) =>
        error instanceof DiagnosticError && message.test(error.message) &&
        /^\S*pipeline\.yaml:3:14: error: /.test(error.message),
    );
  });
}

Deno.test("a stage of the user's may have maps with names of one's own, and values of any kind", async () => {
  using folder = new Folder();
  const scalar = "{ type: ['string', 'number', 'boolean'] }";
  folder.write(
    "mine.js",
    config(
      `{ a: { type: 'object', additionalProperties: ${scalar} }, p: { type: 'object', ` +
        "additionalProperties: { type: 'string', format: 'path' } } }",
    ),
  );
  const open = async (settings: string) => {
    folder.write("pipeline.yaml", `name: t\nsteps:\n  a: { uses: ./mine.js, with: ${settings} }\n`);
    const { plan } = await openPipeline(folder.pipeline, [], { store: folder.store, all: true });
    return plan.steps[0]!;
  };
  const { config: made, files } = await open(
    "{ a: { x: 1, y: yes, z: true }, p: { one: mine.js } }",
  );
  assert.deepEqual(made.a, { x: 1, y: "yes", z: true });
  // Files in a map count by their contents, as all do.
  assert.deepEqual(files, [["p", "one"]]);
  assert.ok(String((made.p as { one: string }).one).endsWith("/mine.js"));
  await assert.rejects(
    open("{ a: { x: [1] } }"),
    /pipeline\.yaml:3:\d+: error: a\.x: expected string or number or boolean, got a list/,
  );
  await assert.rejects(open("{ p: { one: nope.js } }"), /no file or directory nope\.js/);
});

Deno.test("a reward has no setting that every reward has; a definition may have two names", async () => {
  using folder = new Folder();
  const reward = (properties: string, more = "") =>
    folder.write(
      `${properties.length}.js`,
      `export const r = { kind: "reward", name: "r", summary: "", score: () => 1, config: ` +
        `{ type: "object", properties: ${properties}, additionalProperties: false } };\n${more}`,
    );
  const open = (module: string) => {
    folder.write(
      "pipeline.yaml",
      `name: t
device: cpu
with: { task: listprog }
steps:
  base: { uses: load_policy, with: { path: examples/models/listprog } }
  pool: { uses: make_problems, with: { depth: 1, count: 2 } }
  student:
    uses: train_student
    in: { policy: base.policy, problems: pool.problems }
    with: { steps: 1, rewards: { ${module}: 1 } }
`.replace("examples", fileURLToPath(new URL("../../examples", import.meta.url))),
    );
    return openPipeline(folder.pipeline, [], { store: folder.store, all: true });
  };
  const weight = reward('{ weight: { type: "number", default: 5 } }');
  await assert.rejects(
    open(weight),
    /config\.properties\.weight has a name that every reward takes/,
  );
  const uses = reward('{ uses: { type: "string", default: "correct" } }');
  await assert.rejects(open(uses), /config\.properties\.uses has a name that every reward takes/);
  const { plan } = await open(reward("{}", "export default r;\n"));
  assert.equal(plan.steps.length, 3);
});

Deno.test("files and definitions in a list of settings are found, and count", async () => {
  using folder = new Folder();
  folder.write(
    "mine.js",
    config(`{
      files: { type: "array", items: { type: "string", format: "path" } },
      tasks: { type: "array", items: { type: "object", properties: { task: { component: "task" } },
        required: ["task"], additionalProperties: false } } }`).replace(
      "run() {}",
      "run: ({ config }) => ({ text: Deno.readTextFileSync(config.files[0]), of: JSON.stringify(config.tasks) })",
    ),
  );
  const pipeline = (tasks: string) =>
    folder.write(
      "pipeline.yaml",
      `name: t\ndevice: cpu\nsteps:\n  a: { uses: ./mine.js, with: { files: [a.txt], tasks: [${tasks}] } }\n`,
    );
  pipeline("{ task: listprog }");
  folder.write("a.txt", "one");
  const run = async () =>
    (await runPipeline(folder.pipeline, { store: folder.store, trust: true })).actions.get("a")!;
  const first = await run();
  assert.deepEqual(first.metrics, { text: "one", of: '[{"task":{"uses":"listprog"}}]' });
  folder.write("a.txt", "two");
  assert.deepEqual((await run()).metrics.text, "two");
  folder.write("a.txt", "one");
  assert.equal((await run()).key, first.key);
  pipeline("{ task: listprg }");
  await assert.rejects(run(), /unknown task listprg\n[^]*did you mean listprog/);
  pipeline("{ task: { uses: questions, promt: x } }");
  await assert.rejects(run(), /unknown key promt\n[^]*did you mean prompt/);
  Deno.removeSync(join(folder.path, "a.txt"));
  pipeline("{ task: listprog }");
  await assert.rejects(run(), /pipeline\.yaml:4:41: error: no file or directory a\.txt/);
});

Deno.test("what a stage gives back is the same when it is taken from the store", async () => {
  using folder = new Folder();
  const run = async (returned: string) => {
    folder.write("mine.js", stage(`run: () => (${returned})`));
    folder.write("pipeline.yaml", "name: t\ndevice: cpu\nsteps:\n  a: { uses: ./mine.js }\n");
    let failure = "";
    const { actions } = await runPipeline(folder.pipeline, {
      store: folder.store,
      trust: true,
      listen: (event) => failure = event.kind === "step-failed" ? event.message : failure,
    });
    return actions.get("a")?.metrics ?? failure;
  };
  const metrics = "{ a: NaN, b: undefined, c: [1, Infinity], d: new Date(0) }";
  const made = { a: null, c: [1, null], d: "1970-01-01T00:00:00.000Z" };
  assert.deepEqual([await run(metrics), await run(metrics)], [made, made]);
  for (const nothing of ["undefined", "null"]) assert.deepEqual(await run(nothing), {});
  for (const other of ["5", "[1]", "'a'", "() => 1"]) {
    assert.match(String(await run(other)), /Cannot keep .* as metrics: return a map, or nothing/);
  }
});

Deno.test("a module that is named like a built-in stage is told how to name it", async () => {
  using folder = new Folder();
  folder.write("pipeline.yaml", "name: t\nsteps:\n  a: { uses: mine.ts }\n");
  await assert.rejects(
    openPipeline(folder.pipeline, [], { store: folder.store, all: true }),
    /unknown stage mine\.ts\n[^]*write \.\/mine\.ts for a module/,
  );
});

Deno.test("what the settings of a user's stage do not admit is told before anything runs", async () => {
  using folder = new Folder();
  folder.write("pipeline.yaml", "name: t\nsteps:\n  a: { uses: ./mine.ts, with: { value: 0 } }\n");
  await assert.rejects(
    openPipeline(folder.pipeline, [], { store: folder.store, all: true }),
    /pipeline\.yaml:3:40: error: value: .*1/,
  );
});

Deno.test("examples/own brings problems, a prompt, a reward and a stage in under 60 lines, and runs", async () => {
  const files = [...Deno.readDirSync(OWN)].map(({ name }) => name).filter((name) =>
    !name.endsWith("l") || name.endsWith("yaml")
  );
  const lines = files.flatMap((name) =>
    Deno.readTextFileSync(join(OWN, name)).trimEnd().split("\n")
  );
  assert.ok(files.length === 3 && lines.length < 60, `${files}: ${lines.length} lines`);
  const store = Deno.makeTempDirSync({ prefix: "soar-own-" });
  try {
    const { status, actions } = await runPipeline(join(OWN, "pipeline.yaml"), {
      store,
      trust: true,
    });
    assert.equal(status, "done");
    assert.ok(Number(actions.get("test")!.metrics.accuracy) > 0.5);
    assert.ok(Number(actions.get("short")!.metrics.kept) > 0);
  } finally {
    Deno.removeSync(store, { recursive: true });
  }
});

Deno.test("the integrity of a package is what the registry says", async () => {
  const known: Readonly<Record<string, object>> = {
    "/left-pad/1.3.0": { dist: { integrity: "sha512-abc" } },
    "/@scope%2fname/2.0.0": { dist: { integrity: "sha512-def" } },
    "/empty/1.0.0": {},
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    const found = known[pathname];
    return found === undefined ? new Response("no", { status: 404 }) : Response.json(found);
  });
  const before = Deno.env.get("NPM_CONFIG_REGISTRY");
  Deno.env.set("NPM_CONFIG_REGISTRY", `http://127.0.0.1:${server.addr.port}/`);
  try {
    assert.equal(await integrityOf("npm:left-pad@1.3.0"), "sha512-abc");
    assert.equal(await integrityOf("npm:@scope/name@2.0.0/part"), "sha512-def");
    await assert.rejects(integrityOf("npm:left-pad@9.9.9"), /npm:left-pad@9\.9\.9 at http.*: 404/);
    await assert.rejects(integrityOf("npm:empty@1.0.0"), /it names no integrity/);
  } finally {
    if (before === undefined) Deno.env.delete("NPM_CONFIG_REGISTRY");
    else Deno.env.set("NPM_CONFIG_REGISTRY", before);
    await server.shutdown();
  }
  await assert.rejects(
    integrityOf("npm:left-pad@9.9.9"),
    /Cannot look up npm:left-pad@9\.9\.9 at /,
  );
});

Deno.test("a task, a grader and a loss of the user's are named by path, and train", async () => {
  using folder = new Folder();
  const model = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
  folder.write(
    "task.ts",
    `import { compareAnswer, defineTask } from "@soar/soar";
export const marked = defineTask({
  name: "marked",
  summary: "Questions whose answer stands behind a mark.",
  config: {
    type: "object",
    properties: { mark: { type: "string", default: "#" } },
    additionalProperties: false,
  },
  create: ({ mark }) => ({
    prompt: ({ problem }) => ({ text: \`Q\${problem}:\` }),
    grade: ({ answer }, completion) => compareAnswer(completion.split(mark)[1], (given) => given === answer),
  }),
});
`,
  );
  folder.write(
    "grader.ts",
    `import { defineGrader } from "@soar/soar";
export const any = defineGrader({
  name: "any",
  summary: "Everything is right.",
  config: { type: "object", properties: {}, additionalProperties: false },
  create: () => async (_problem, completion) => {
    await Promise.resolve();
    return { outcome: "correct", answer: completion };
  },
});
`,
  );
  folder.write(
    "loss.ts",
    `import { defineLoss } from "@soar/soar";
export const reinforce = defineLoss({
  name: "reinforce",
  summary: "Policy gradient without clipping, times a factor.",
  config: {
    type: "object",
    properties: { factor: { type: "number", exclusiveMinimum: 0, default: 1 } },
    additionalProperties: false,
  },
  columns: () => ({ advantages: "row" }),
  unit: () => "token",
  factor: () => "advantages",
  denominator: ({ lengths }) => lengths.length,
  graph({ graph, logps, mask, column }, { factor }) {
    const { op } = graph;
    const gain = op.Mul(op.Mul(logps, mask), column("advantages"));
    return op.Mul(op.ReduceSum(gain, graph.ints([0, 1]), { keepdims: 0 }), -factor);
  },
});
`,
  );
  folder.write(
    "pipeline.yaml",
    `name: mine
device: cpu
steps:
  base: { uses: load_policy, with: { path: ${JSON.stringify(model)} } }
  pool: { uses: make_problems, with: { task: listprog, depth: 1, count: 16 } }
  student:
    uses: train_student
    in: { policy: base.policy, problems: pool.problems }
    with:
      task: { uses: ./task.ts, mark: "#" }
      loss: { uses: ./loss.ts, factor: 1 }
      steps: 12
      batch: 16
      learning_rate: 4.0e-4
  test:
    uses: evaluate
    in: { policy: student.policy, problems: pool.problems }
    with: { task: ./task.ts, samples: 8 }
  all:
    uses: evaluate
    in: { policy: student.policy, problems: pool.problems }
    with: { task: { uses: questions, grader: ./grader.ts, prompt: "Q{{ problem }}:" }, samples: 2 }
`,
  );
  const { status, actions } = await runPipeline(folder.pipeline, {
    store: folder.store,
    trust: true,
  });
  assert.equal(status, "done");
  const { reward_first, reward_last } = actions.get("student")!.metrics;
  assert.ok(Number(reward_last) > Number(reward_first) + 0.1, `${reward_first} → ${reward_last}`);
  assert.ok(Number(actions.get("test")!.metrics.accuracy) > 0.2);
  assert.equal(actions.get("all")!.metrics.accuracy, 1);
});
