import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { digestJson } from "./key.ts";

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^;]*?from\s*"([^"]+)"|import\(\s*"([^"]+)"\s*\)|(?:^|\n)import\s*"([^"]+)"/g;

/**
 * Digests of modules with all they import: local files by contents, packages by their pinned version.
 *
 * @param root directory that file names are relative to, so that a moved project keeps its keys
 * @param packages the `imports` of deno.json: specifier to `npm:name@version`
 */
export class CodeDigests {
  readonly #root: string;
  readonly #packages: Readonly<Record<string, string>>;
  readonly #modules = new Map<string, { readonly hash: string; readonly imports: string[] }>();

  constructor(root: string, packages: Readonly<Record<string, string>>) {
    this.#root = root;
    this.#packages = packages;
  }

  /** Digest of the module graph that starts at a file URL. */
  of(url: string): string {
    const graph: Record<string, string> = {};
    const pending = [url];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const name = next.startsWith("file:") ? relative(this.#root, fileURLToPath(next)) : next;
      if (name in graph) continue;
      if (!next.startsWith("file:")) {
        graph[name] = this.#packages[name] ?? name;
        continue;
      }
      const { hash, imports } = this.#read(next);
      graph[name] = hash;
      pending.push(...imports);
    }
    return digestJson(graph);
  }

  #read(url: string): { readonly hash: string; readonly imports: string[] } {
    const known = this.#modules.get(url);
    if (known !== undefined) return known;
    const text = readFileSync(fileURLToPath(url), "utf8");
    const imports = [...text.matchAll(IMPORT)].map((match) => {
      const specifier = (match[1] ?? match[2] ?? match[3])!;
      return specifier.startsWith(".") ? new URL(specifier, url).href : specifier;
    });
    const module = { hash: createHash("sha256").update(text).digest("hex"), imports };
    this.#modules.set(url, module);
    return module;
  }
}
