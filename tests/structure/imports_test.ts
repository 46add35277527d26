/** The shape of the source: no circles among files, types included. @module */
import assert from "node:assert/strict";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);
const FROM = /\bfrom\s*"(\.[^"]+)"|\bimport\(\s*"(\.[^"]+)"\s*\)|(?:^|\n)import\s*"(\.[^"]+)"/g;

/** What each source file imports, dynamic imports left out where asked. */
function importsOf(folders: readonly string[]): Map<string, string[]> {
  const graph = new Map<string, string[]>();
  const visit = (directory: URL) => {
    for (const { name, isDirectory } of Deno.readDirSync(directory)) {
      const url = new URL(isDirectory ? `${name}/` : name, directory);
      if (isDirectory) visit(url);
      else if (name.endsWith(".ts")) {
        const text = Deno.readTextFileSync(url).replaceAll(/^\s*(\*|\/\/).*$/gm, "");
        const targets = [...text.matchAll(FROM)].flatMap(([, from, , bare]) => from ?? bare ?? []);
        graph.set(nameOf(url), targets.map((target) => nameOf(new URL(target, url))));
      }
    }
  };
  for (const folder of folders) visit(new URL(`${folder}/`, ROOT));
  return graph;
}

function nameOf(url: URL): string {
  return relative(fileURLToPath(ROOT), fileURLToPath(url));
}

/** Files that can be reached from themselves, circle by circle (Tarjan's strongly connected components). */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>(), low = new Map<string, number>();
  const stack: string[] = [], circles: string[][] = [];
  const visit = (node: string) => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!graph.has(next)) continue;
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node)!, low.get(next)!));
    }
    if (low.get(node) !== index.get(node)) return;
    const circle = stack.splice(stack.indexOf(node));
    if (circle.length > 1) circles.push(circle.toSorted());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return circles;
}

Deno.test("circles are found", () => {
  const graph = new Map([["a", ["b"]], ["b", ["c"]], ["c", ["a", "d"]], ["d", []]]);
  assert.deepEqual(circlesOf(graph), [["a", "b", "c"]]);
});

Deno.test("no file imports itself by way of others, be it for a type", () => {
  assert.deepEqual(circlesOf(importsOf(["src", "stages", "schemas"])), []);
});
