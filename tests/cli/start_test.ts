/** Starts of the program, as a user sees them: exit codes, and what a start loads and reads. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandLine } from "../../src/cli/command_line.ts";
import { openPipeline } from "../../src/cli/project.ts";
import { Store } from "../../src/core/mod.ts";
import { ProjectLibrary } from "../../src/cli/project_library.ts";
import { STAGES } from "../../stages/mod.ts";
import { type Ended, soar as program } from "./program.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));

function soar(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return program(args, { cwd, env });
}

class Folder implements Disposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "soar start-" });
  write(name: string, text: string | Uint8Array): this {
    Deno.writeFileSync(
      join(this.path, name),
      typeof text === "string" ? new TextEncoder().encode(text) : text,
    );
    return this;
  }
  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

const POOL = `name: t
with: { task: listprog }
steps:
  base: { uses: load_policy, with: { path: ${MODEL} } }
  pool: { uses: make_problems, with: { depth: 2, count: 3 } }
`;

Deno.test("a run of hits alone opens no ONNX Runtime, on any device, and hashes no source", async () => {
  using folder = new Folder().write("p.yaml", POOL);
  assert.equal((await soar(folder.path, ["p.yaml"])).code, 0);
  const env = { SOAR_ORT_LIBRARY: "/no/such/library" };
  for (const command of [["run", "p.yaml"], ["plan", "p.yaml"], ["explain", "p.yaml", "pool"]]) {
    const { code, out, err } = await soar(folder.path, command, env);
    assert.equal(code, 0, err);
    assert.match(out, /done: 0 run, 2 cached|2 steps: 2 stored|pool: hit/);
  }
  // With something to run, the library is looked for.
  const missed = await soar(folder.path, ["run", "p.yaml", "steps.pool.with.count=4"], env);
  assert.equal(missed.code, 1);
  assert.match(missed.out, /pool failed: Cannot load ONNX Runtime/);
  // Source files are as old as the checkout: a second start reads those alone that are new.
  const store = new Store(join(folder.path, ".soar"));
  const file = join(folder.path, "p.yaml"), trust = { store: store.directory, all: false };
  const digest = async () => {
    const { plan, code } = await openPipeline(file, [], trust), of = await code();
    return plan.steps.map(({ url }) => of(url));
  };
  assert.deepEqual(await digest(), await digest());
  assert.ok(Deno.statSync(join(store.directory, "memo", "code.json")).size > 1000);
});

Deno.test("the catalogue has the stages, and runs the code of each", async () => {
  const library = new ProjectLibrary();
  assert.deepEqual(library.names("stage"), Object.keys(STAGES));
  const { definition: report } = library.stage("report")!;
  await assert.rejects(
    () => Promise.resolve(report.run({ inputs: {}, outputs: {} } as never)),
    (error: Error) => /stages\/report\.ts/.test(error.stack!),
  );
});

const MISTAKES: readonly (readonly [name: string, text: string | Uint8Array, told: RegExp])[] = [
  [
    "an unknown alias",
    "name: t\nsteps: *nope\n",
    /^p\.yaml:2:8: error: alias \*nope has no anchor\n/,
  ],
  [
    "a loop of 10^9",
    `name: t\nsteps:\n  l: { loop: { times: 1000000000 }, steps: { a: { uses: make_problems } } }\n`,
    /^p\.yaml:3:23: error: the plan would have 2000000000 steps/,
  ],
  [
    "bytes that are no UTF-8",
    new Uint8Array([...new TextEncoder().encode("name: "), 0xff, 10]),
    /^error: cannot read pipeline p\.yaml: byte 6 is not UTF-8\n/,
  ],
  [
    "an empty file",
    "",
    /^p\.yaml:1:1: error: expected object, got null\n[^]*\n {2}help: a pipeline begins with/,
  ],
];

for (const [name, text, told] of MISTAKES) {
  Deno.test(`the program tells ${name} with exit code 2 and no stack trace`, async () => {
    using folder = new Folder().write("p.yaml", text);
    const { code, err } = await soar(folder.path, ["validate", "p.yaml"]);
    assert.equal(code, 2);
    assert.match(err, told);
    assert.doesNotMatch(err, /\n {4}at /);
  });
}

Deno.test("a missing, endless or unreadable pipeline is told with exit code 2", async () => {
  using folder = new Folder();
  const pipe = join(folder.path, "pipe");
  assert.equal((await new Deno.Command("mkfifo", { args: [pipe] }).output()).code, 0);
  Deno.symlinkSync("pipe", join(folder.path, "to_pipe"));
  const ends = await Promise.all(
    ["no.yaml", ".", "/dev/zero", "pipe", "to_pipe"].map((file) =>
      soar(folder.path, ["validate", file])
    ),
  );
  for (const { code, err } of ends) {
    assert.equal(code, 2);
    assert.match(err, /^error: cannot read pipeline .*\n {2}help: .*\n$/);
  }
});

Deno.test("a failed run ends with exit code 1 and a line that goes on when it is typed", async () => {
  using folder = new Folder().write(
    "pipe u.yaml",
    "name: t\ndevice: cpu\nsteps:\n  base: { uses: load_policy, with: { path: . } }\n",
  );
  const args = ["pipe u.yaml", "--store", "st 1", "steps.base.with={path: . }"];
  const { code, out } = await soar(folder.path, args);
  assert.equal(code, 1);
  const line = out.split("\n").at(-2)!.trim();
  assert.match(
    line,
    /^deno run -A \S*mod\.ts 'pipe u\.yaml' --store 'st 1' 'steps\.base\.with=\{path: \. \}'$/,
  );
  const again = await new Deno.Command("sh", {
    args: ["-c", line.replace(/^deno/, `'${Deno.execPath()}'`)],
    cwd: folder.path,
    env: { npm_command: "" },
  }).output();
  assert.equal(again.code, 1);
  assert.equal(new TextDecoder().decode(again.stdout).trimEnd().split("\n").at(-1)!.trim(), line);
});

Deno.test("commandLine() quotes what a shell would take apart, and names the module from where one stands", () => {
  const start = { module: "file:///a/b/mod.ts", folder: "/a/c", npx: false, version: "2.9.6" };
  assert.equal(
    commandLine(["p.yaml", "it's", "a b", "params.x=1", "$HOME", "", "--set", "*", "é"], start),
    `deno run -A ../b/mod.ts p.yaml 'it'\\''s' 'a b' params.x=1 '$HOME' '' --set '*' 'é'`,
  );
  assert.equal(commandLine([], { ...start, folder: "/a/b" }), "deno run -A mod.ts");
  assert.equal(
    commandLine([], { ...start, folder: "/a/b", npx: true }),
    "npx --yes deno@2.9.6 run -A mod.ts",
  );
  assert.equal(
    commandLine([], { ...start, module: "https://x.test/mod.ts" }),
    "deno run -A https://x.test/mod.ts",
  );
});
