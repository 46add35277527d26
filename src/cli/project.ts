/** What every command starts with: a pipeline file, overrides and a store become a plan. @module */
import { dirname, resolve } from "node:path";
import {
  applyOverrides,
  type Diagnostic,
  DiagnosticError,
  Document,
  type Json,
  makePlan,
  Misplaced,
  type Plan,
} from "../core/mod.ts";
import type { Modules } from "../records/mod.ts";
import { Definitions } from "../stage/definitions.ts";
import { ProjectLibrary } from "./project_library.ts";
import type { Services } from "../stage/define_stage.ts";
import { checkDefinitions } from "./check_definitions.ts";
import { ModuleDigests, openDigests } from "./code_digests.ts";
import { openFile } from "./pipeline_file.ts";
import { askInTerminal, ModuleLoader, type Trust } from "./modules.ts";

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
  const digests = await openDigests(trust.store);
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
  const known = new ModuleDigests(digests, loader.packages);
  const digestAll = async () => {
    await known.read(plan.steps.flatMap(({ url, uses }) => [url, ...uses.map((use) => use.url)]));
    return known.of;
  };
  let code: ReturnType<typeof digestAll> | undefined;
  return {
    plan,
    file: resolve(file),
    document: document.value,
    definitions,
    modules: known.modules,
    sources: known.sources,
    check: () => checkDefinitions(plan, definitions),
    code: () => code ??= digestAll(),
  };
}

/** How a command finds out whether a module may be imported. */
export function trustOf({ store, trust }: Omit<ProjectOptions, "set">): Trust {
  return { store, all: trust === true, ask: askInTerminal() };
}
