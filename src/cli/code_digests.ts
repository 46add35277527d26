/** Digests of the code that pipelines run. @module */
import { join } from "node:path";
import {
  CodeDigests,
  DiagnosticError,
  digestJson,
  ifThere,
  type PackedCode,
  Store,
} from "../core/mod.ts";
import type { Modules } from "../records/mod.ts";
import { ifReadable } from "../records/runs.ts";
import denoConfig from "../../deno.json" with { type: "json" };

const root = new URL("../../", import.meta.url);

/** Characters of a module of the user's that are kept. */
const SOURCE_LENGTH = 200_000;

/** What reads code for digests. @param store where what was read is remembered, where it is */
export async function openDigests(store?: string): Promise<CodeDigests> {
  return new CodeDigests(root.href, denoConfig.imports, store && memoOf(store), await packedCode());
}

/** Digests of modules, each read once. */
export class ModuleDigests {
  /** What stands for each module that a digest is of, by the digest. */
  readonly modules = new Map<string, Modules>();
  /** The texts of modules that the program can read, by their digests. */
  readonly sources = new Map<string, string>();
  readonly #known = new Map<string, string>();
  readonly #digests: CodeDigests;
  readonly #packages: Readonly<Record<string, string>>;

  /** @param packages what stands for packages, by specifier; it may grow */
  constructor(digests: CodeDigests, packages: Readonly<Record<string, string>>) {
    this.#digests = digests;
    this.#packages = packages;
  }

  /** Reads modules that are not known yet. */
  async read(urls: Iterable<string>): Promise<void> {
    for (const url of urls) {
      if (this.#known.has(url) || Object.hasOwn(this.#packages, url)) continue;
      const parts = await this.#digests.parts(url), digest = digestJson(parts);
      this.#known.set(url, digest);
      this.modules.set(digest, parts);
      for (const [name, hash] of Object.entries(parts)) {
        const text = this.sources.has(hash) ? undefined : sourceOf(name, url);
        if (text !== undefined) this.sources.set(hash, text);
      }
    }
  }

  /** The digest of a module that was read. */
  readonly of = (url: string): string => this.#known.get(url) ?? this.#packages[url]!;
}

/**
 * The text of a module of the user's; undefined where it is the program's own, a package, or long.
 *
 * @param name as it is called from `entry`, the module that was asked for
 */
function sourceOf(name: string, entry: string): string | undefined {
  if (!name.startsWith("./") && !name.startsWith("examples/")) return undefined;
  const url = new URL(encodeURI(name), name.startsWith("./") ? entry : root);
  const text = ifReadable(() => Deno.readTextFileSync(url));
  return text === undefined || text.length > SOURCE_LENGTH ? undefined : text;
}

/** Where what was read for digests is remembered; undefined where there is no store. */
function memoOf(directory: string): string | undefined {
  return new Store(directory).exists ? join(directory, "memo", "code.json") : undefined;
}

/** What the program's modules are, where it was packed (tools/pack.ts): its files are then not at hand, or others. */
async function packedCode(): Promise<PackedCode | undefined> {
  const url = new URL("schemas/code.json", root);
  if (url.protocol === "file:" && ifThere(() => Deno.statSync(url)) === undefined) return undefined;
  try {
    return (await import(url.href, { with: { type: "json" } })).default;
  } catch (error) {
    const message = `this copy of the program, ${root.href}, was not packed: ${
      (error as Error).message
    }`;
    throw new DiagnosticError([{
      message,
      hint: "run it from a folder, or pack it: deno task pack",
    }]);
  }
}
