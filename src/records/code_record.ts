/** What the code of a run was, file by file: `runs/ID/code.json`. A key has but the digest of it all. @module */
import { join } from "node:path";
import type { Json, JsonObject, Store } from "../core/mod.ts";
import type { LineChange } from "./line_changes.ts";
import { CODE_FILE, runsDirectory } from "./run_files.ts";
import { readJson } from "./runs.ts";

/** Modules by name, and what stands for each. */
export type Modules = Readonly<Record<string, string>>;

/** Modules of digests, each written once. */
interface CodeRecord {
  readonly modules: readonly (readonly [name: string, hash: string])[];
  /** Which of them a digest is of. */
  readonly digests: Readonly<Record<string, readonly number[]>>;
  /** Texts of modules of the user's, by what stands for them; the program's own are under version control. */
  readonly sources?: Readonly<Record<string, string>>;
}

/**
 * The text of a record.
 *
 * @param digests the modules of each digest
 * @param sources texts of modules, by what stands for them
 */
export function codeRecord(
  digests: ReadonlyMap<string, Modules>,
  sources: ReadonlyMap<string, string> = new Map(),
): string {
  const numbers = new Map<string, number>(), modules: [string, string][] = [];
  const numberOf = (name: string, hash: string) => {
    const key = `${name}\n${hash}`, known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, modules.length);
    return modules.push([name, hash]) - 1;
  };
  const listed = Array.from(
    digests,
    ([digest, parts]) =>
      [digest, Object.entries(parts).map(([name, hash]) => numberOf(name, hash))] as const,
  );
  const record: CodeRecord = {
    modules,
    digests: Object.fromEntries(listed),
    ...sources.size === 0 ? {} : { sources: Object.fromEntries(sources) },
  };
  return JSON.stringify(record) + "\n";
}

/** What is kept of the code of a run. */
export interface KeptCode {
  /** The modules of a digest; undefined where they were not kept. */
  modules(digest: string): Modules | undefined;
  /** The text of a module, by what stands for it; undefined where it was not kept. */
  source(hash: string): string | undefined;
}

/** Reads what is kept of the code of a run. */
export function readCode(store: Store, run: string): KeptCode {
  const record = readJson(join(runsDirectory(store), run, CODE_FILE), asRecord);
  return {
    modules(digest) {
      const numbers = record?.digests[digest];
      return numbers && Object.fromEntries(numbers.map((number) => record.modules[number]!));
    },
    source: (hash) => record?.sources?.[hash],
  };
}

/** A record as it is written here; undefined when it is none. */
function asRecord(value: Json): CodeRecord | undefined {
  const { modules, digests } = (value ?? {}) as JsonObject;
  const isRecord = Array.isArray(modules) && typeof digests === "object" && digests !== null;
  return isRecord ? value as unknown as CodeRecord : undefined;
}

/** Modules that changed, came and went, by name. */
export interface CodeChange {
  readonly name: string;
  readonly how: "changed" | "added" | "removed";
  /** Of a module that changed: its lines, where its text was kept. */
  readonly lines?: readonly LineChange[];
}

/**
 * How two sets of modules differ, in the order of their names.
 *
 * @param compareLines tells the lines by what stands for a module, before and after
 */
export function compareCode(
  before: Modules,
  after: Modules,
  compareLines: (before: string, after: string) => readonly LineChange[] | undefined = () =>
    undefined,
): CodeChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.flatMap((name): CodeChange[] => {
    const was = before[name], is = after[name];
    if (was === is) return [];
    if (was === undefined) return [{ name, how: "added" }];
    if (is === undefined) return [{ name, how: "removed" }];
    const lines = compareLines(was, is);
    return [{ name, how: "changed", ...lines === undefined ? {} : { lines } }];
  });
}
