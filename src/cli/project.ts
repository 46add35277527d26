/** What every command starts with: a pipeline file, overrides and a store become a plan. @module */
import { dirname, join, resolve } from "node:path";
import {
  applyOverrides,
  CodeDigests,
  type Diagnostic,
  DiagnosticError,
  digestJson,
  Document,
  ifThere,
  type Json,
  makePlan,
  Misplaced,
  type PackedCode,
  type Plan,
  Store,
} from "../core/mod.ts";
import type { Modules } from "../records/mod.ts";
import { ifReadable } from "../records/runs.ts";
import { Definitions } from "../stage/definitions.ts";
import { ProjectLibrary } from "./project_library.ts";
import type { Services } from "../stage/define_stage.ts";
import { checkDefinitions } from "./check_definitions.ts";
import { openFile } from "./pipeline_file.ts";
import { askInTerminal, ModuleLoader, type Trust } from "./modules.ts";
import denoConfig from "../../deno.json" with { type: "json" };

/** Options of the commands that read a pipeline. */
export interface ProjectOptions {
  readonly store: string;
  readonly set: readonly string[];
  readonly trust?: true;
}

/** A pipeline that was read and checked. */
export interface Project {
  readonly plan: Plan<Services>;
  /** Absolute path of its file. */
  readonly file: string;
  /** It as it is run: with what it extends, and overrides. */
  readonly document: Json;
  /** What its settings name, for the stages. */
  readonly definitions: Definitions;
  /** Makes the tasks and graders that it names. @throws {DiagnosticError} with all that cannot be made */
  check(): Promise<void>;
  /** Digests of the code that its steps run, by module. */
  code(): Promise<(url: string) => string>;
  /** The modules of the digests that `code` told, and what stands for each. */
  readonly modules: ReadonlyMap<string, Modules>;
  /** Texts of the user's among these, by what stands for them. */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Reads and checks a pipeline. Modules of the user's that it names are loaded, if they are trusted.
 *
 * @param overrides `path=value`, from after the file name and from `--set`
 * @param tellAbsent takes files that are not there, where it is only looked at
 * @throws {DiagnosticError} with everything that is wrong
 */
export async function openPipeline(
  file: string,
  overrides: readonly string[],
  trust: Trust,
  tellAbsent?: (diagnostic: Diagnostic) => void,
): Promise<Project> {
  const document = Document.read(file, openFile);
  const memo = memoOf(trust.store);
  const digests = new CodeDigests(root.href, denoConfig.imports, memo, await packedCode());
  const loader = new ModuleLoader(trust, digests), library = new ProjectLibrary(loader.definitions);
  const misplaced = new Misplaced(document.value, library);
  const problems = applyOverrides(document, overrides, (path) => misplaced.inPath(path));
  if (problems.length > 0) throw new DiagnosticError(problems);
  let absent: Diagnostic[] = [];
  const take = tellAbsent && ((one: Diagnostic) => void absent.push(one));
  let planning = makePlan(document, library, dirname(resolve(file)), take);
  while (planning.kind === "modules") {
    await loader.load(planning.modules);
    absent = [];
    planning = makePlan(document, library, dirname(resolve(file)), take);
  }
  for (const one of absent) tellAbsent?.(one);
  const { plan } = planning, definitions = new Definitions(loader.definitions);
  const modules = new Map<string, Modules>(), sources = new Map<string, string>();
  const digestAll = async () => {
    const known = new Map(Object.entries(loader.packages));
    for (const { url, uses } of plan.steps) {
      for (const module of [url, ...uses.map((use) => use.url)]) {
        if (known.has(module)) continue;
        const parts = await digests.parts(module), digest = digestJson(parts);
        known.set(module, digest);
        modules.set(digest, parts);
        for (const [name, hash] of Object.entries(parts)) {
          const text = sourceOf(name, module);
          if (text !== undefined) sources.set(hash, text);
        }
      }
    }
    return (url: string) => known.get(url)!;
  };
  let code: ReturnType<typeof digestAll> | undefined;
  return {
    plan,
    file: resolve(file),
    document: document.value,
    definitions,
    modules,
    sources,
    check: () => checkDefinitions(plan, definitions),
    code: () => code ??= digestAll(),
  };
}

/** Characters of a module of the user's that are kept. */
const SOURCE_LENGTH = 200_000;

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

/** How a command finds out whether a module may be imported. */
export function trustOf({ store, trust }: Omit<ProjectOptions, "set">): Trust {
  return { store, all: trust === true, ask: askInTerminal() };
}

/** Where what was read for digests is remembered; undefined where there is no store. */
function memoOf(directory: string): string | undefined {
  return new Store(directory).exists ? join(directory, "memo", "code.json") : undefined;
}

const root = new URL("../../", import.meta.url);

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
