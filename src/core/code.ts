import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type FileStamp, ifThere, renameSynced, sameStamp, stampOf, writeFinal } from "./files.ts";
import { isSettled } from "./hash.ts";
import { digestJson } from "./key.ts";
import type { ModuleCode, Wanted } from "./module_code.ts";
import { seal, unseal } from "./seal.ts";

/** Raised when other things than before are taken from the same text, so that what was remembered is read anew. */
const MEMO_FORMAT = 4;

/** What the modules of a package are, by their paths in it; made when it was packed. */
export type PackedCode = Readonly<Record<string, ModuleCode>>;

/** A module whose specifiers are URLs of files, or names of packages. */
type Module = ModuleCode;

const MISSING: Module = { hash: "none", imports: [], passed: {}, passedWhole: [] };

/** What importing a module may run. */
export interface WholeCode {
  /** The modules by their names, and what stands for each. */
  readonly parts: Readonly<Record<string, string>>;
  /** The same by where they are. */
  readonly places: Readonly<Record<string, string>>;
  /** Where one of them imports what only running it can tell, as `name:line:column`. */
  readonly computed: readonly string[];
}

/** A module as it was when it was read. */
type Remembered = Module & { readonly stamp: FileStamp };

interface Memo {
  readonly format: typeof MEMO_FORMAT;
  readonly modules: Readonly<Record<string, Remembered>>;
}

/**
 * Digests of the code that a module runs: its own and that of all it imports, without types, comments and layout.
 * Local files count by contents, packages by their pinned version. What a module only passes on counts where it is asked
 * for, so that a file of re-exports adds nothing but what is taken from it.
 */
export class CodeDigests {
  /** Files that were read, for tests. */
  filesRead = 0;
  readonly #root: string;
  readonly #packages: Readonly<Record<string, string>>;
  readonly #memo: string | undefined;
  readonly #packed: PackedCode | undefined;
  readonly #modules = new Map<string, Module>();
  /** Modules by path, as they were when this or an earlier process read them. */
  #remembered: Map<string, Remembered> | undefined;

  /**
   * @param root URL of the directory that names of modules in it are relative to, so that a moved project keeps its keys
   * @param packages the `imports` of deno.json: specifier to `npm:name@version`, or to a file of the root
   * @param memo file to remember modules in, as long as inode, size and times stay as they are; where it cannot be
   *   written, nothing is remembered
   * @param packed what the modules of the root are, where they are not files, or other files than they were
   */
  constructor(
    root: string,
    packages: Readonly<Record<string, string>>,
    memo?: string,
    packed?: PackedCode,
  ) {
    this.#root = root;
    this.#packages = packages;
    this.#memo = memo;
    this.#packed = packed;
  }

  /**
   * Digest of the code that a module at a file URL, or of a package, runs.
   *
   * @throws {SyntaxError} when a module cannot be read, with its name
   */
  async of(url: string): Promise<string> {
    return digestJson(await this.parts(url));
  }

  /** The modules in a digest: their names and what stands for each. */
  async parts(url: string): Promise<Record<string, string>> {
    const before = this.filesRead, graph: Record<string, string> = {};
    const entry = url.startsWith("file:") ? dirname(fileURLToPath(url)) : ".";
    const seen = new Set<string>();
    const pending: { readonly url: string; readonly name: string }[] = [{ url, name: "*" }];
    const want = (from: string, names: Wanted) => {
      for (const name of names === "all" ? ["*"] : names.length === 0 ? [""] : names) {
        pending.push({ url: from, name });
      }
    };
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { url, name } = next, place = `${url} ${name}`;
      if (seen.has(place)) continue;
      seen.add(place);
      if (!this.#isModule(url)) {
        graph[url] = this.#package(url);
        continue;
      }
      const { hash, imports, exports, passed, passedWhole } = await this.#module(url);
      if (Object.hasOwn(passed, name)) {
        want(passed[name]!.from, passed[name]!.name === "*" ? "all" : [passed[name]!.name]);
        continue;
      }
      if (name === "*") {
        for (const { from, name } of Object.values(passed)) {
          want(from, name === "*" ? "all" : [name]);
        }
      }
      if (name !== "") {
        for (const from of passedWhole) want(from, name === "*" ? "all" : [name]);
      }
      // What it does not export is a type.
      const isType = name !== "" && name !== "*" && exports?.includes(name) === false;
      if (isType && passedWhole.length === 0) continue;
      const shown = this.#nameOf(url, entry);
      if (Object.hasOwn(graph, shown)) continue;
      graph[shown] = hash;
      for (const { from, names } of imports) want(from, names);
    }
    if (this.filesRead > before) this.#save();
    return graph;
  }

  /**
   * Every module that importing one may run, and what stands for it: those too of which nothing is asked. What the root
   * exports, and what that imports, is left out, unless it is the module itself.
   */
  async whole(url: string): Promise<WholeCode> {
    const before = this.filesRead, computed: string[] = [];
    const parts: Record<string, string> = {}, places: Record<string, string> = {};
    const entry = url.startsWith("file:") ? dirname(fileURLToPath(url)) : ".";
    const seen = new Set(this.#exported), pending = [url];
    seen.delete(url);
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      if (!this.#isModule(next)) {
        parts[next] = places[next] = this.#package(next);
        continue;
      }
      const module = await this.#module(next), shown = this.#nameOf(next, entry);
      parts[shown] = places[next] = module.hash;
      if (module.computed !== undefined) computed.push(`${shown}:${module.computed}`);
      pending.push(
        ...module.imports.map(({ from }) => from),
        ...Object.values(module.passed).map(({ from }) => from),
        ...module.passedWhole,
      );
    }
    if (this.filesRead > before) this.#save();
    return { parts, places, computed };
  }

  /** URLs of the root's modules that others import by name. */
  get #exported(): string[] {
    return Object.values(this.#packages).filter((to) => to.startsWith("./"))
      .map((to) => new URL(to, this.#root).href);
  }

  #isModule(url: string): boolean {
    return url.startsWith("file:") || url.startsWith(this.#root);
  }

  #package(url: string): string {
    return Object.hasOwn(this.#packages, url) ? this.#packages[url]! : url;
  }

  /** A file's name: from the project, or, outside of it, from the module that was asked for. */
  #nameOf(url: string, entry: string): string {
    if (url.startsWith(this.#root)) return decodeURI(url.slice(this.#root.length));
    return `./${relative(entry, fileURLToPath(url))}`;
  }

  async #module(url: string): Promise<Module> {
    let module = this.#modules.get(url);
    if (module === undefined && this.#packed !== undefined && url.startsWith(this.#root)) {
      const code = this.#packed[url.slice(this.#root.length)];
      if (code !== undefined) module = this.#resolved(code, url);
      // What lies in the folder and was not packed as a module is the user's.
      else if (!url.startsWith("file:")) module = MISSING;
      if (module !== undefined) this.#modules.set(url, module);
    }
    if (module === undefined) {
      // What is imported in a comment may not be there; should it come to be there, it counts.
      const there = ifThere(() => Deno.statSync(fileURLToPath(url)));
      module = there?.isFile === true ? this.#recall(url) ?? await this.#read(url) : MISSING;
      this.#modules.set(url, module);
    }
    return module;
  }

  #recall(url: string): Module | undefined {
    const path = fileURLToPath(url), known = this.#load().get(path);
    return known !== undefined && sameStamp(known.stamp, stampOf(path)) ? known : undefined;
  }

  async #read(url: string): Promise<Module> {
    const path = fileURLToPath(url), stamp = stampOf(path), started = Date.now();
    const module = this.#resolved(await parseFile(path), url);
    this.filesRead++;
    if (isSettled(stamp, started) && sameStamp(stampOf(path), stamp)) {
      this.#load().set(path, { ...module, stamp });
    }
    return module;
  }

  /** The module with specifiers made absolute. */
  #resolved({ imports, passed, passedWhole, ...code }: ModuleCode, url: string): Module {
    const absolute = (specifier: string) => {
      if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, url).href;
      const mapped = this.#packages[specifier];
      return mapped?.startsWith("./") ? new URL(mapped, this.#root).href : specifier;
    };
    return {
      ...code,
      imports: imports.map(({ from, names }) => ({ from: absolute(from), names })),
      passed: Object.fromEntries(
        Object.entries(passed).map((
          [key, { from, name }],
        ) => [key, { from: absolute(from), name }]),
      ),
      passedWhole: passedWhole.map(absolute),
    };
  }

  #load(): Map<string, Remembered> {
    if (this.#remembered !== undefined) return this.#remembered;
    try {
      const memo = this.#memo && unseal(Deno.readTextFileSync(this.#memo)) as Memo | undefined;
      const known = memo && memo.format === MEMO_FORMAT ? Object.entries(memo.modules) : [];
      return this.#remembered = new Map(known);
    } catch {
      return this.#remembered = new Map(); // the files are read again
    }
  }

  #save(): void {
    if (this.#memo === undefined) return;
    const temporary = `${this.#memo}.${crypto.randomUUID()}`;
    try {
      const memo: Memo = { format: MEMO_FORMAT, modules: Object.fromEntries(this.#load()) };
      writeFinal(temporary, seal(memo));
      renameSynced(temporary, this.#memo);
    } catch {
      // the next process reads the files again
    }
  }
}

async function parseFile(path: string): Promise<ModuleCode> {
  // Loaded where a module is not remembered: most runs read none.
  const { dataCode, isCode, parseModule } = await import("./module_code.ts");
  try {
    return isCode(path)
      ? parseModule(path, Deno.readTextFileSync(path))
      : dataCode(path, Deno.readFileSync(path));
  } catch (error) {
    throw new SyntaxError(`Cannot read module ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
