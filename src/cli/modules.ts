/**
 * Modules of the user's that a pipeline names. They run with the user's rights, and a pipeline may be a stranger's: before
 * one is imported, the user is asked; the answer is kept in the store, by the digest of the code.
 *
 * @module
 */
import { join } from "node:path";
import { loadCompiler, validate } from "../../schemas/validate.ts";
import {
  type CodeDigests,
  type Diagnostic,
  DiagnosticError,
  isOsError,
  type ModuleUse,
} from "../core/mod.ts";
import { Store } from "../core/mod.ts";
import { integrityOf } from "./npm.ts";

/** How it is found out whether a module may be imported. */
export interface Trust {
  /** Directory of the store, where earlier answers are. */
  readonly store: string;
  /** Whether all are trusted, without a question. */
  readonly all: boolean;
  /** Asks about modules; undefined where nobody can answer. */
  readonly ask?: ((modules: readonly string[]) => boolean) | undefined;
}

/** A definition, as a module of the user's exports it. */
export interface LoadedDefinition {
  readonly kind: string;
  readonly name: string;
}

/** Loads modules and remembers what they define. */
export class ModuleLoader {
  /** Definitions by kind and specifier. */
  readonly definitions = new Map<string, LoadedDefinition>();
  /** What stands for a package in keys: its version and integrity. */
  readonly packages: Record<string, string> = {};
  readonly #trust: Trust;
  readonly #digests: CodeDigests;

  constructor(trust: Trust, digests: CodeDigests) {
    this.#trust = trust;
    this.#digests = digests;
  }

  /**
   * Loads what a pipeline names.
   *
   * @throws {DiagnosticError} when a module is not trusted, cannot be imported, or does not define what it should
   */
  async load(uses: readonly ModuleUse[]): Promise<void> {
    const first = Map.groupBy(uses, ({ specifier }) => specifier).values();
    await this.#ensureTrust([...first].map(([use]) => use!));
    await loadCompiler(); // for the schemas of their settings
    const problems: Diagnostic[] = [];
    for (const use of uses) {
      const key = `${use.kind} ${use.specifier}`;
      if (this.definitions.has(key)) continue;
      const loaded = await loadDefinition(use);
      if ("message" in loaded) problems.push(loaded);
      else this.definitions.set(key, loaded);
    }
    if (problems.length > 0) throw new DiagnosticError(problems);
  }

  async #ensureTrust(uses: readonly ModuleUse[]): Promise<void> {
    const digests = new Map<string, ModuleUse>(), problems: Diagnostic[] = [];
    for (const use of uses) {
      try {
        digests.set(await this.#digestOf(use.specifier), use);
      } catch (error) {
        problems.push({ message: (error as Error).message, location: use.location });
      }
    }
    if (problems.length > 0) throw new DiagnosticError(problems);
    if (this.#trust.all) return;
    const known = readTrusted(this.#trust.store);
    const unknown = [...digests].filter(([digest]) => !Object.hasOwn(known, digest));
    if (unknown.length === 0) return;
    const specifiers = unknown.map(([, { specifier }]) => specifier);
    if (this.#trust.ask?.(specifiers) !== true) {
      throw new DiagnosticError(unknown.map(([, { specifier, location }]) => ({
        message: `${specifier} is not trusted: it would run with your rights`,
        location,
        hint: "read it; then run this in a terminal and say yes, or with --trust",
      })));
    }
    const added = unknown.map(([digest, { specifier }]) => [digest, { specifier }] as const);
    writeTrusted(this.#trust.store, { ...known, ...Object.fromEntries(added) });
  }

  /** Of the code of a module, which is read and not run. */
  async #digestOf(specifier: string): Promise<string> {
    if (specifier.startsWith("npm:")) {
      this.packages[specifier] = `${specifier} ${await integrityOf(specifier)}`;
      return this.packages[specifier];
    }
    return await this.#digests.of(specifier);
  }
}

/** Where what modules of the user's import of this program is. */
const ADDRESSES: Readonly<Record<string, string>> = {
  "@soar/soar": new URL("../../mod.ts", import.meta.url).href,
  "@soar/soar/engine": new URL("../engine_api.ts", import.meta.url).href,
};

async function loadDefinition(
  { kind, specifier, location }: ModuleUse,
): Promise<LoadedDefinition | Diagnostic> {
  const maker = `define${kind[0]!.toUpperCase()}${kind.slice(1)}`;
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = await import(specifier);
  } catch (error) {
    const message = `cannot load ${specifier}: ${(error as Error).message}`;
    const [, own] = /"(@soar\/soar(?:\/engine)?)"/.exec(message) ?? [];
    // Packages that a program from a web server imports have no names for others.
    const hint = own === undefined
      ? "mend the module"
      : `import it by its address: ${ADDRESSES[own]}`;
    return { message, location, hint };
  }
  const found = Object.values(exports).filter((value) => isDefinition(value, kind));
  const definition = found[0];
  if (definition === undefined) {
    return {
      message: `${specifier} exports no ${kind}`,
      location,
      hint: `export what ${maker} of this program's mod.ts makes`,
    };
  }
  if (found.length > 1) {
    const names = found.map(({ name }) => name).join(", ");
    return {
      message: `${specifier} exports more than one ${kind}: ${names}`,
      location,
      hint: "write a module for each",
    };
  }
  try {
    validate((definition as { readonly config?: object }).config!, {});
  } catch (error) {
    const message = `the settings of ${kind} ${definition.name} are no schema: ${
      (error as Error).message
    }`;
    return { message, location, hint: `mend config in ${specifier}` };
  }
  return definition;
}

function isDefinition(value: unknown, kind: string): value is LoadedDefinition {
  return typeof value === "object" && value !== null && (value as LoadedDefinition).kind === kind &&
    typeof (value as LoadedDefinition).name === "string";
}

/** Asks in the terminal; undefined where there is none. */
export function askInTerminal(): Trust["ask"] {
  if (!Deno.stdin.isTerminal() || !Deno.stderr.isTerminal()) return undefined;
  return (modules) => {
    console.error("This pipeline uses modules that would run with your rights:");
    for (const module of modules) console.error(`  ${module}`);
    return confirm("Load them?");
  };
}

const TRUSTED = "trusted.json";

function readTrusted(store: string): Readonly<Record<string, unknown>> {
  try {
    const trusted = JSON.parse(Deno.readTextFileSync(join(store, TRUSTED)));
    return typeof trusted === "object" && trusted !== null ? trusted : {};
  } catch (error) {
    if (isOsError(error) || error instanceof SyntaxError) return {}; // the user is asked again
    throw error;
  }
}

function writeTrusted(directory: string, trusted: Readonly<Record<string, unknown>>): void {
  const store = new Store(directory);
  if (!store.exists) store.prepare();
  Deno.writeTextFileSync(join(directory, TRUSTED), JSON.stringify(trusted, null, 2) + "\n");
}
