/**
 * Modules of the user's that a pipeline names. They run with the user's rights, and a pipeline may be a stranger's: before
 * one is imported, the user is asked; the answer is kept in the store, by the digest of the code.
 *
 * @module
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadCompiler } from "../../schemas/validate.ts";
import {
  type CodeDigests,
  type Diagnostic,
  DiagnosticError,
  digestJson,
  isOsError,
  type ModuleUse,
} from "../core/mod.ts";
import { Store } from "../core/mod.ts";
import { type Kind, shapeMistake } from "./definition_shape.ts";
import { FOLDERS } from "../stage/definitions.ts";
import { moduleErrorOf } from "./module_error.ts";
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

/** What stood for each module when this process imported it: it cannot import it again. */
const imported = new Map<string, string>();

/** A module of the user's as it is now. */
interface Read {
  readonly digest: string;
  /** What stands for each module that importing it may run, by where it is. */
  readonly places: Readonly<Record<string, string>>;
}

/** Loads modules and remembers what they define. */
export class ModuleLoader {
  /** Definitions by kind and specifier. */
  readonly definitions = new Map<string, LoadedDefinition>();
  /** What stands for a package in keys: its version and integrity. */
  readonly packages: Record<string, string> = {};
  readonly #trust: Trust;
  readonly #digests: CodeDigests;
  readonly #integrity: (specifier: string) => Promise<string>;

  /** @param integrity finds what stands for the contents of a package */
  constructor(
    trust: Trust,
    digests: CodeDigests,
    integrity: (specifier: string) => Promise<string> = integrityOf,
  ) {
    this.#trust = trust;
    this.#digests = digests;
    this.#integrity = integrity;
  }

  /**
   * Loads what a pipeline names.
   *
   * @throws {DiagnosticError} when a module is not trusted, cannot be imported, or does not define what it should
   */
  async load(uses: readonly ModuleUse[]): Promise<void> {
    const first = Map.groupBy(uses, ({ specifier }) => specifier).values();
    const read = await this.#ensureTrust([...first].map(([use]) => use!));
    await loadCompiler(); // for the schemas of their settings
    const problems: Diagnostic[] = [];
    for (const use of uses) {
      const key = `${use.kind} ${use.specifier}`;
      if (this.definitions.has(key)) continue;
      const loaded = await loadDefinition(use, read.get(use.specifier)!);
      if ("message" in loaded) problems.push(loaded);
      else this.definitions.set(key, loaded);
    }
    if (problems.length > 0) throw new DiagnosticError(problems);
  }

  /** @returns what was read of each module, by specifier */
  async #ensureTrust(uses: readonly ModuleUse[]): Promise<ReadonlyMap<string, Read>> {
    const read = new Map<string, Read>(), problems: Diagnostic[] = [];
    for (const use of uses) {
      try {
        read.set(use.specifier, await this.#read(use));
      } catch (error) {
        if (error instanceof DiagnosticError) problems.push(...error.diagnostics);
        else problems.push(unreadable(use, error));
      }
    }
    if (problems.length > 0) throw new DiagnosticError(problems);
    if (this.#trust.all) return read;
    const known = readTrusted(this.#trust.store);
    const digestOf = ({ specifier }: ModuleUse) => read.get(specifier)!.digest;
    const unknown = uses.filter((use) => !Object.hasOwn(known, digestOf(use)));
    if (unknown.length === 0) return read;
    if (this.#trust.ask?.(unknown.map(({ specifier }) => pathOf(specifier))) !== true) {
      throw new DiagnosticError(unknown.map(({ specifier, location }) => ({
        message: `${pathOf(specifier)} is not trusted: it would run with your rights`,
        location,
        hint: "read it; then run this in a terminal and say yes, or with --trust",
      })));
    }
    const added = unknown.map((use) => [digestOf(use), { specifier: use.specifier }] as const);
    writeTrusted(this.#trust.store, { ...known, ...Object.fromEntries(added) });
    return read;
  }

  /**
   * All code that importing a module may run, which is read and not run.
   *
   * @throws {DiagnosticError} when it cannot be told what that is
   */
  async #read({ specifier, location }: ModuleUse): Promise<Read> {
    if (specifier.startsWith("npm:")) {
      const digest = `${specifier} ${await this.#integrity(specifier)}`;
      this.packages[specifier] = digest;
      return { digest, places: { [specifier]: digest } };
    }
    const { parts, places, computed } = await this.#digests.whole(specifier);
    const problems: Diagnostic[] = Object.keys(parts).filter(isLoose).map((name) => ({
      message: `${pathOf(specifier)} imports ${name}, which may be other code the next time`,
      location,
      hint: "import files beside it, or packages as npm:name@1.2.3",
    }));
    for (const place of computed) {
      const message = `${pathOf(specifier)} imports what cannot be told beforehand, at ${place}`;
      problems.push({ message, location, hint: 'write import("./name.ts") with a plain text' });
    }
    if (problems.length > 0) throw new DiagnosticError(problems);
    return { digest: digestJson(parts), places };
  }
}

/** What keeps a module, or one that it imports, from being read. */
function unreadable({ specifier, location }: ModuleUse, error: unknown): Diagnostic {
  const { said, place } = moduleErrorOf(error, pathOf(specifier));
  return { message: said, location, hint: `mend ${place ?? "the module"}` };
}

/** Where what modules of the user's import of this program is. */
const ADDRESSES: Readonly<Record<string, string>> = {
  "@soar/soar": new URL("../../mod.ts", import.meta.url).href,
  "@soar/soar/engine": new URL("../engine_api.ts", import.meta.url).href,
};

/** Whether what a specifier names, which is no file, is not the same for ever. */
function isLoose(specifier: string): boolean {
  const [, registry] = /^([a-z]+):/.exec(specifier) ?? [];
  if (registry === undefined || registry === "node") return false;
  return !/^(npm|jsr):\/?(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+[^/]*(\/|$)/.test(specifier);
}

async function loadDefinition(
  { kind, specifier, location }: ModuleUse,
  read: Read,
): Promise<LoadedDefinition | Diagnostic> {
  const wrong = (message: string, hint: string): Diagnostic => ({ message, location, hint });
  const address = freshAddress(specifier, read);
  if (typeof address !== "string") {
    const message = `${pathOf(address.changed)} has changed since this process imported it`;
    return wrong(message, "run this in a new process");
  }
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = await import(address);
  } catch (error) {
    const { said, place } = moduleErrorOf(error, pathOf(specifier));
    const [, own] = /"(@soar\/soar(?:\/engine)?)"/.exec(said) ?? [];
    const [, bare] = /^Import "([^"]+)" not a dependency/.exec(said) ?? [];
    // Packages that a program from a web server imports have no names for others.
    const hint = own === undefined
      ? bare !== undefined
        ? `import a package with its version, npm:${bare}@1.2.3, and a file as ./${bare}`
        : `mend ${place ?? "the module"}`
      : `import it by its address: ${ADDRESSES[own]}`;
    return wrong(`cannot load ${pathOf(specifier)}: ${said}`, hint);
  }
  const found = [...new Set(Object.values(exports).filter((value) => isDefinition(value, kind)))];
  const [definition] = found, maker = `define${kind[0]!.toUpperCase()}${kind.slice(1)}`;
  if (definition === undefined) {
    const hint = `export what ${maker} makes: import { ${maker} } from "${
      ADDRESSES["@soar/soar"]
    }"`;
    const other = Object.values(exports).map(kindOf).find((one) => one !== undefined);
    const message = other === undefined ? `no ${kind}` : `a ${other}, and no ${kind}`;
    return wrong(`${pathOf(specifier)} exports ${message}`, hint);
  }
  if (found.length > 1) {
    const names = found.map(({ name }) => name).join(", ");
    const message = `${pathOf(specifier)} exports more than one ${kind}: ${names}`;
    return wrong(message, "write a module for each");
  }
  const mistake = shapeMistake(kind as Kind, definition);
  return mistake === undefined ? definition : wrong(mistake, `mend it in ${pathOf(specifier)}`);
}

/**
 * What to import a module by, so that it is as it was read: a process that imported it has it as it was then.
 *
 * @returns what it imports that has changed meanwhile, which no address helps with
 */
function freshAddress(
  specifier: string,
  { digest, places }: Read,
): string | { readonly changed: string } {
  const isChanged = (place: string) => imported.has(place) && imported.get(place) !== places[place];
  const changed = Object.keys(places).find((place) => place !== specifier && isChanged(place));
  if (changed !== undefined) return { changed };
  const address = isChanged(specifier) ? `${specifier}?${digest}` : specifier;
  for (const [place, hash] of Object.entries(places)) {
    if (!imported.has(place)) imported.set(place, hash);
  }
  return address;
}

/** The path of a module that is a file. */
function pathOf(specifier: string): string {
  return specifier.startsWith("file:") ? fileURLToPath(specifier) : specifier;
}

/** What kind of definition a module exports, whatever was looked for. */
function kindOf(value: unknown): string | undefined {
  const { kind } = (value ?? {}) as { readonly kind?: unknown };
  return typeof kind === "string" && kind in FOLDERS ? kind : undefined;
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
  const path = join(store, TRUSTED);
  try {
    const { file, modules } = JSON.parse(Deno.readTextFileSync(path)) ?? {};
    const isOwn = file === identityOf(path) && typeof modules === "object" && modules !== null;
    return isOwn ? modules : {};
  } catch (error) {
    if (isOsError(error) || error instanceof SyntaxError) return {}; // the user is asked again
    throw error;
  }
}

function writeTrusted(directory: string, modules: Readonly<Record<string, unknown>>): void {
  const store = new Store(directory), path = join(directory, TRUSTED);
  if (!store.exists) store.prepare();
  Deno.writeTextFileSync(path, "");
  const text = JSON.stringify({ file: identityOf(path), modules }, null, 2);
  Deno.writeTextFileSync(path, `${text}\n`);
}

/** What no copy of a file has: a store that came with a stranger's pipeline answers nothing. */
function identityOf(path: string): string {
  const { ino, birthtimeNs } = statSync(path, { bigint: true });
  return `${ino} ${birthtimeNs}`;
}
