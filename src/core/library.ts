/** What a pipeline can name: stages, and definitions of other kinds that settings take (tasks, rewards, …). @module */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ObjectSchema } from "../../schemas/infer.ts";
import type { Location } from "./diagnostic.ts";
import type { Path } from "./document.ts";
import type { Stage } from "./stage.ts";

/** What the planner knows of a definition that a setting can name. */
export interface Definition {
  /** Such as `task`. */
  readonly kind: string;
  /** What `uses:` takes, where it ships; what a module of the user's calls it. */
  readonly name: string;
  /** What it is, in a sentence. */
  readonly summary: string;
  /** Schema of its own settings, beside `uses`. */
  readonly config: ObjectSchema;
}

/** Something that can be named, with the module that its code starts at. */
export interface Located<D> {
  readonly definition: D;
  readonly url: string;
}

/** Everything that a pipeline can name. */
export interface Library<S> {
  /** The stage of a name, or of a module that is loaded; undefined when there is none. */
  stage(uses: string): Located<Stage<S>> | undefined;
  /** The definition of a kind by name or loaded module; undefined when there is none. */
  definition(kind: string, uses: string): Located<Definition> | undefined;
  /** Names of the stages, or of the definitions of another kind. */
  names(kind: string): readonly string[];
  /** What to do instead of a setting that other programs have, and nothing here stands for. */
  advice?(name: string): string | undefined;
}

/** A setting that names a definition. */
export interface Use {
  /** Of the definition. */
  readonly kind: string;
  /** Where the setting stands in the configuration. */
  readonly path: Path;
  /** Name of the definition. */
  readonly name: string;
  /** Its module. */
  readonly url: string;
  /** Where it is named. */
  readonly location: Location;
  /** Where a setting of its own stands; where it is named, for one that is not written. */
  locate(setting: Path): Location;
}

/** A module of the user's that a pipeline names and that is not loaded. */
export interface ModuleUse {
  /** What it has to define. */
  readonly kind: string;
  /** Absolute URL, or `npm:name@version`. */
  readonly specifier: string;
  /** Where it is named, where that is in a file. */
  readonly location?: Location;
}

/** Whether `uses` names a module, rather than something that ships. */
export function isModule(uses: string): boolean {
  return /^(\.{0,2}\/|[a-z]+:)/.test(uses);
}

/**
 * The specifier that a module is imported by.
 *
 * @param directory what paths are relative to
 * @returns what is wrong with it, and what to write instead, where it cannot be imported
 */
export function moduleSpecifier(
  uses: string,
  directory: string,
): { readonly specifier: string } | { readonly message: string; readonly hint: string } {
  if (uses.startsWith("npm:")) {
    if (/^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+[\w.+-]*(\/[\w./-]+)?$/.test(uses)) {
      return { specifier: uses };
    }
    return {
      message: `package ${uses} has no exact version`,
      hint: "write npm:name@1.2.3: another version would be another computation",
    };
  }
  if (/^[a-z]+:/.test(uses) && !uses.startsWith("file:")) {
    return {
      message: `${uses} cannot be used`,
      hint: "name a module by its path, such as ./mine.ts, or a package as npm:name@1.2.3",
    };
  }
  const url = uses.startsWith("file:") ? uses : pathToFileURL(resolve(directory, uses)).href;
  try {
    if (Deno.statSync(new URL(url)).isFile) return { specifier: url };
  } catch {
    // told below
  }
  return { message: `no file ${uses}`, hint: `looked for ${new URL(url).pathname}` };
}
