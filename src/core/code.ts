import { createHash } from "node:crypto";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type FileStamp, ifThere, renameSynced, sameStamp, stampOf, writeFinal } from "./files.ts";
import { isSettled } from "./hash.ts";
import { digestJson } from "./key.ts";
import { seal, unseal } from "./seal.ts";

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^;]*?from\s*"([^"]+)"|import\(\s*"([^"]+)"\s*\)|(?:^|\n)import\s*"([^"]+)"/g;
/** A statement that is gone once types are: what it names does not run. `import { type X }` may run its module. */
const TYPES_ONLY =
  /^\s*(?:import|export)\s+type\s+(?:\{[^{}]*\}|\*(?:\s+as\s+[\w$]+)?|[\w$]+)\s*from\s*"[^"]+"$/;

/** Raised when other imports than before are taken from the same text, so that what was remembered is read anew. */
const MEMO_FORMAT = 1;

/** What counts of a module. */
interface Module {
  /** Of its text. */
  readonly hash: string;
  /** URLs of local modules, names of packages. */
  readonly imports: readonly string[];
}

/** A module as it was when it was read. */
type Remembered = Module & { readonly stamp: FileStamp };

interface Memo {
  readonly format: typeof MEMO_FORMAT;
  readonly modules: Readonly<Record<string, Remembered>>;
}

/**
 * Digests of modules with all they import to run: local files by contents, packages by their pinned version.
 * Types do not run, and are not followed.
 */
export class CodeDigests {
  /** Files that were read, for tests. */
  filesRead = 0;
  readonly #root: string;
  readonly #packages: Readonly<Record<string, string>>;
  readonly #memo: string | undefined;
  readonly #modules = new Map<string, Module>();
  /** Modules by path, as they were when this or an earlier process read them. */
  #remembered: Map<string, Remembered> | undefined;

  /**
   * @param root directory that file names are relative to, so that a moved project keeps its keys
   * @param packages the `imports` of deno.json: specifier to `npm:name@version`
   * @param memo file to remember modules in, as long as inode, size and times stay as they are; where it cannot be
   *   written, nothing is remembered
   */
  constructor(root: string, packages: Readonly<Record<string, string>>, memo?: string) {
    this.#root = root;
    this.#packages = packages;
    this.#memo = memo;
  }

  /** Digest of the module graph that starts at a file URL. */
  of(url: string): string {
    const graph: Record<string, string> = {}, before = this.filesRead;
    const pending = [url];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const name = next.startsWith("file:") ? relative(this.#root, fileURLToPath(next)) : next;
      if (Object.hasOwn(graph, name)) continue;
      if (!next.startsWith("file:")) {
        graph[name] = Object.hasOwn(this.#packages, name) ? this.#packages[name]! : name;
        continue;
      }
      const { hash, imports } = this.#module(next);
      graph[name] = hash;
      pending.push(...imports);
    }
    if (this.filesRead > before) this.#save();
    return digestJson(graph);
  }

  #module(url: string): Module {
    let module = this.#modules.get(url);
    if (module === undefined) {
      // What is imported in a comment may not be there; should it come to be there, it counts.
      const there = ifThere(() => Deno.statSync(fileURLToPath(url))) !== undefined;
      module = there ? this.#recall(url) ?? this.#read(url) : { hash: "none", imports: [] };
      this.#modules.set(url, module);
    }
    return module;
  }

  #recall(url: string): Module | undefined {
    const path = fileURLToPath(url), known = this.#load().get(path);
    return known !== undefined && sameStamp(known.stamp, stampOf(path)) ? known : undefined;
  }

  #read(url: string): Module {
    const path = fileURLToPath(url), stamp = stampOf(path), started = Date.now();
    const text = Deno.readTextFileSync(path);
    const imports = [...text.matchAll(IMPORT)].flatMap((match) => {
      if (TYPES_ONLY.test(match[0])) return [];
      const specifier = (match[1] ?? match[2] ?? match[3])!;
      return [specifier.startsWith(".") ? new URL(specifier, url).href : specifier];
    });
    const module = { hash: createHash("sha256").update(text).digest("hex"), imports };
    this.filesRead++;
    if (isSettled(stamp, started) && sameStamp(stampOf(path), stamp)) {
      this.#load().set(path, { ...module, stamp });
    }
    return module;
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
