import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CodeDigests } from "../../src/core/mod.ts";

/** A folder of modules, old enough for their times to be trusted. */
class Modules implements Disposable {
  readonly directory: string = Deno.makeTempDirSync({ prefix: "soar-code-" });
  readonly memo: string = join(this.directory, "memo.json");

  constructor(files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name: string, text: string): void {
    const path = join(this.directory, name), hourAgo = Date.now() / 1000 - 3600;
    Deno.writeTextFileSync(path, text);
    Deno.utimeSync(path, hourAgo, hourAgo);
  }

  /** The digest of a.ts and how many files were read for it, in a process of its own as it were. */
  async digest(
    memo: string | undefined = this.memo,
  ): Promise<{ digest: string; read: number }> {
    const root = pathToFileURL(`${this.directory}/`).href;
    const digests = new CodeDigests(root, { pinned: "npm:pinned@1.0.0" }, memo);
    const digest = await digests.of(pathToFileURL(join(this.directory, "a.ts")).href);
    return { digest, read: digests.filesRead };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }
}

const FILES = {
  "a.ts": `import type { B } from "./types.ts";
import type * as all from "./types.ts";
export type { C } from "./types.ts";
export interface Z {}
import { type D, run } from "./run.ts";
import { type E } from "./effect.ts";
import "pinned";
export const later = () => import("./later.ts");
`,
  "types.ts": "export interface B {}\n",
  "run.ts": 'export * from "./deep.ts";\n',
  "deep.ts": "export const run = 1;\n",
  "effect.ts": "export interface E {}\n",
  "later.ts": "export const x = 1;\n",
};

Deno.test("a code digest follows what runs, and nothing that is only a type, a comment or layout", async () => {
  using modules = new Modules(FILES);
  const { digest, read } = await modules.digest(undefined);
  assert.equal(read, 5);
  modules.write("types.ts", "export interface B { x: 1 }\n");
  assert.equal((await modules.digest(undefined)).digest, digest);
  const edits = [
    ["// edited", (same: boolean) => same],
    ["\n/** edited */\ninterface Own { readonly a: 1 }", (same: boolean) => same],
    ["globalThis.edited = 1;", (same: boolean) => !same],
  ] as const;
  // `import { type E }` may run the module: it counts.
  for (const name of ["a", "run", "deep", "effect", "later"] as const) {
    const file = `${name}.ts` as const;
    for (const [edit, isRight] of edits) {
      modules.write(file, `${FILES[file]}${edit}\n`);
      assert.ok(isRight((await modules.digest(undefined)).digest === digest), `${name}: ${edit}`);
    }
    modules.write(file, FILES[file]);
  }
  assert.equal((await modules.digest(undefined)).digest, digest);
});

Deno.test("what a module passes on counts where it is taken", async () => {
  using modules = new Modules({
    "a.ts": 'import { one } from "./mod.ts";\none();\n',
    "mod.ts": 'export { one } from "./one.ts";\nexport { two } from "./two.ts";\n',
    "one.ts": "export function one() {}\n",
    "two.ts": "export function two() {}\n",
  });
  const { digest } = await modules.digest(undefined);
  modules.write("two.ts", "export function two() { return 2; }\n");
  assert.equal((await modules.digest(undefined)).digest, digest);
  modules.write("one.ts", "export function one() { return 1; }\n");
  assert.notEqual((await modules.digest(undefined)).digest, digest);
});

Deno.test("a packed program is what it was when it was packed; a user's module in its folder is what it is", async () => {
  using modules = new Modules({
    "a.ts": 'import { shipped } from "./shipped.ts";\nimport "./none.ts";\nshipped();\n',
    "shipped.ts": "export function shipped() {}\n",
  });
  const root = pathToFileURL(`${modules.directory}/`).href;
  const shipped = { hash: "packed", imports: [], passed: {}, passedWhole: [] };
  const parts = () =>
    new CodeDigests(root, {}, undefined, { "shipped.ts": shipped }).parts(`${root}a.ts`);
  const before = await parts();
  assert.deepEqual([before["shipped.ts"], before["none.ts"]], ["packed", "none"]);
  modules.write("shipped.ts", "export function shipped() { return 1; }\n");
  assert.deepEqual(await parts(), before);
  modules.write("a.ts", 'import { shipped } from "./shipped.ts";\nimport "./none.ts";\n');
  assert.notEqual((await parts())["a.ts"], before["a.ts"]);
});

Deno.test("a type that ends without a semicolon does not hide the import after it", async () => {
  using modules = new Modules({
    "a.ts": 'export type X = "a" | "b"\nimport { run } from "./run.ts"\nexport type Y = X\nrun\n',
    "run.ts": "export const run = 1\n",
  });
  assert.equal((await modules.digest(undefined)).read, 2);
});

Deno.test("a module that cannot be read is told with its name", async () => {
  using modules = new Modules({ "a.ts": 'export type Y = X\nfrom "./z.ts"\n' });
  await assert.rejects(modules.digest(undefined), /Cannot read module .*a\.ts: /);
});

Deno.test("files are read once: a second process reads those alone that were touched", async () => {
  using modules = new Modules(FILES);
  const first = await modules.digest();
  assert.deepEqual(first.read, 5);
  assert.deepEqual(await modules.digest(), { digest: first.digest, read: 0 });
  modules.write("deep.ts", "export const run = 2;\n"); // of the same size and time
  const changed = await modules.digest();
  assert.equal(changed.read, 1);
  assert.notEqual(changed.digest, first.digest);
  assert.deepEqual(await modules.digest(), { digest: changed.digest, read: 0 });
});

Deno.test("a file that was written this moment is not remembered, a damaged memo is not believed", async () => {
  using modules = new Modules(FILES);
  const { digest } = await modules.digest();
  Deno.writeTextFileSync(join(modules.directory, "deep.ts"), "export const run = 3;\n");
  await modules.digest();
  assert.equal((await modules.digest()).read >= 1, true);
  modules.write("deep.ts", FILES["deep.ts"]);
  await modules.digest();
  Deno.writeTextFileSync(modules.memo, Deno.readTextFileSync(modules.memo).replace(/\d/, "x"));
  assert.deepEqual(await modules.digest(), { digest, read: 5 });
});

Deno.test("a memo that cannot be written costs nothing but the reading", async () => {
  using modules = new Modules(FILES);
  const { digest } = await modules.digest(undefined);
  assert.deepEqual(await modules.digest(join(modules.directory, "no/such/folder")), {
    digest,
    read: 5,
  });
});

/** Digests of a.ts beside the same other files. */
async function digestsOf(
  texts: readonly (string | Readonly<Record<string, string>>)[],
  others: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const digests: string[] = [];
  for (const text of texts) {
    const own = typeof text === "string" ? { "a.ts": text } : text;
    using modules = new Modules({ ...others, ...own });
    digests.push((await modules.digest(undefined)).digest);
  }
  return digests;
}

const PARTS = {
  "b.ts": "export const x = 1, y = 2;\nexport type T = number;\n",
  "c.ts": "export const z = 1;\n",
};

for (
  const [what, ...texts] of [
    [
      "in which order imports stand",
      'import { x } from "./b.ts";\nimport { z } from "./c.ts";\nx + z;\n',
      'import { z } from "./c.ts";\nimport { x } from "./b.ts";\nx + z;\n',
    ],
    [
      "how they are grouped",
      'import { x, y } from "./b.ts";\nx + y;\n',
      'import { y } from "./b.ts";\nimport { x } from "./b.ts";\nx + y;\n',
    ],
    [
      "a type that is imported without the word",
      'import { x } from "./b.ts";\nexport const a = x;\n',
      'import { T, x } from "./b.ts";\nexport const a: T = x;\n',
      'import { x } from "./b.ts";\nimport { T } from "./mod.ts";\nexport const a: T = x;\n',
    ],
  ] as const
) {
  Deno.test(`a code digest does not tell ${what}`, async () => {
    const others = { ...PARTS, "mod.ts": 'export { type T } from "./b.ts";\nglobalThis.name;\n' };
    assert.equal(new Set(await digestsOf(texts, others)).size, 1);
  });
}

Deno.test("a code digest does not tell how JSON is laid out, but what it says", async () => {
  const read = 'import data from "./data.json" with { type: "json" };\nexport default data;\n';
  const [plain, spaced, other] = await digestsOf(
    ['{"b":1,"a":2}', '{ "b": 1,\n  "a": 2.0 }\n', '{"a":2,"b":1}'].map((data) => ({
      "a.ts": read,
      "data.json": data,
    })),
  );
  assert.equal(spaced, plain);
  assert.notEqual(other, plain);
});

Deno.test("constants that JSON cannot write are told apart", async () => {
  const values = ["null", "1e999", "'1n'", "1n", "/a/", "/a/g", "/b/", "/[a--b]/v"];
  const digests = await digestsOf(values.map((value) => `export const a = ${value};\n`));
  assert.equal(new Set(digests).size, values.length);
});

for (
  const [how, text] of Object.entries({
    "a template without holes": "export const f = () => import(`./c.ts`);\n",
    "texts in a row": 'export const f = () => import("./" + "c.ts");\n',
    "a URL beside it": 'export const f = () => import(new URL("c.ts", import.meta.url).href);\n',
    "its resolved path": 'export const f = () => import(import.meta.resolve("./c.ts"));\n',
    "a worker's URL":
      'export const f = () => new Worker(new URL("./c.ts", import.meta.url), { type: "module" });\n',
  })
) {
  Deno.test(`a module that is named by ${how} counts`, async () => {
    const [one, two] = await digestsOf([
      { "a.ts": text, "c.ts": "export const z = 1;\n" },
      { "a.ts": text, "c.ts": "export const z = 2;\n" },
    ]);
    assert.notEqual(one, two);
  });
}

Deno.test("files that are no code count by their bytes: texts, WebAssembly with what it imports", async () => {
  const text = 'import words from "./words.txt" with { type: "text" };\nexport default words;\n';
  const data = 'export default Deno.readTextFileSync(new URL("./words.txt", import.meta.url));\n';
  for (const read of [text, data]) {
    const [one, two] = await digestsOf([
      { "a.ts": read, "words.txt": "hello world" },
      { "a.ts": read, "words.txt": "hello moon" },
    ]);
    assert.notEqual(one, two);
  }
  for (const name of ["words.js", "words.ts", "words.json"]) {
    const entry = `import words from "./${name}" with { type: "text" };\nexport default words;\n`;
    const [one, two] = await digestsOf([
      { "a.ts": entry, [name]: name.endsWith("json") ? "[1]" : "run(1);\n" },
      { "a.ts": entry, [name]: name.endsWith("json") ? "[2]" : "run(2);\n" },
    ]);
    assert.notEqual(one, two, name);
  }
  using modules = new Modules({
    "a.ts": 'import { f } from "./f.wasm";\nexport const a = f;\n',
    "part.js": "export const g = () => 1;\n",
  });
  // (module (import "./part.js" "g" (func)))
  const wasm = new Uint8Array([
    ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0],
    ...[2, 15, 1, 9, ...new TextEncoder().encode("./part.js"), 1, 103, 0, 0],
  ]);
  Deno.writeFileSync(join(modules.directory, "f.wasm"), wasm);
  const { digest, read } = await modules.digest(undefined);
  assert.equal(read, 3);
  modules.write("part.js", "export const g = () => 2;\n");
  assert.notEqual((await modules.digest(undefined)).digest, digest);
});

Deno.test("a file of another name that runs as JavaScript counts with what it imports", async () => {
  const entry = { "a.ts": 'import { z } from "./mine.stage";\nexport const a = z;\n' };
  const mine = { "mine.stage": 'export { z } from "./c.ts"; // passed on\n' };
  const [one, two, three] = await digestsOf([
    { ...entry, ...mine, "c.ts": "export const z = 1;\n" },
    { ...entry, ...mine, "c.ts": "export const z = 2;\n" },
    { ...entry, "mine.stage": "export const z = 2;\n", "c.ts": "export const z = 2;\n" },
  ]);
  assert.equal(new Set([one, two, three]).size, 3);
});

Deno.test("what importing a module may run is all of it, whatever is taken; and where that cannot be told", async () => {
  const names = async (files: Readonly<Record<string, string>>) => {
    using modules = new Modules(files);
    const root = pathToFileURL(`${modules.directory}/`).href;
    const digests = new CodeDigests(root, { pinned: "npm:pinned@1.0.0", me: "./main.ts" });
    const { parts, computed } = await digests.whole(`${root}a.ts`);
    return [Object.keys(parts).toSorted(), computed];
  };
  const files = {
    "a.ts":
      'import { one } from "./mod.ts";\nimport "pinned";\nimport { me } from "me";\none(me);\n',
    "mod.ts": 'export { one } from "./one.ts";\nexport * from "./two.ts";\nglobalThis.name;\n',
    "one.ts": "export function one() {}\n",
    "two.ts": "export function two() {}\n",
    "main.ts": 'export * from "./program.ts";\n',
    "program.ts": "export const me = 1;\n",
  };
  assert.deepEqual(await names(files), [["a.ts", "mod.ts", "one.ts", "pinned", "two.ts"], []]);
  const computed = 'const name = "./one.ts";\n\nexport const f = () => import(name);\n';
  assert.deepEqual(await names({ ...files, "two.ts": computed }), [
    ["a.ts", "mod.ts", "one.ts", "pinned", "two.ts"],
    ["two.ts:3:24"],
  ]);
});
