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
