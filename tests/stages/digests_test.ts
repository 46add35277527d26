/** Whose code is in a stage's key: what it runs, and no more. Looked at by a person whenever it changes. @module */
import assert from "node:assert/strict";
import denoConfig from "../../deno.json" with { type: "json" };
import { CodeDigests } from "../../src/core/mod.ts";
import { TABLES } from "../../src/stage/definitions.ts";
import { ProjectLibrary } from "../../src/cli/project_library.ts";
import { STAGES } from "../../stages/mod.ts";

const ROOT = new URL("../../", import.meta.url).href;
const library = new ProjectLibrary();

/** Files in the digest of a module, by folder. */
async function filesOf(url: string, digests: CodeDigests): Promise<Record<string, string>> {
  const folders = Map.groupBy(
    Object.keys(await digests.parts(url)).toSorted(),
    (name) =>
      name.includes("/") && !name.startsWith("npm:") ? name.replace(/\/[^/]*$/, "") : "packages",
  );
  return Object.fromEntries(
    [...folders].map((
      [folder, names],
    ) => [folder, names.map((name) => name.replace(`${folder}/`, "")).join(" ")]),
  );
}

Deno.test("the files in each stage's digest, and in that of each definition", async (t) => {
  const digests = new CodeDigests(ROOT, denoConfig.imports), found: Record<string, object> = {};
  for (const name of Object.keys(STAGES)) {
    found[name] = await filesOf(library.stage(name)!.url, digests);
  }
  for (const kind of Object.keys(TABLES)) {
    for (const name of library.names(kind)) {
      found[`${kind} ${name}`] = await filesOf(library.definition(kind, name)!.url, digests);
    }
  }
  await t.assertSnapshot(found);
});

Deno.test("a stage's digest has neither the runner, nor the program, nor another stage", async () => {
  const digests = new CodeDigests(ROOT, denoConfig.imports);
  for (const name of Object.keys(STAGES)) {
    const parts = Object.keys(await digests.parts(library.stage(name)!.url));
    const others = parts.filter((part) =>
      part.startsWith("src/cli/") || /^src\/core\/(plan|run|store|execute|resolve)/.test(part) ||
      part.startsWith("stages/") && part.slice(7, -3) !== name && part.slice(7, -3) in STAGES ||
      /^stages\/mod\.ts$/.test(part)
    );
    assert.deepEqual(others, [], name);
  }
});
