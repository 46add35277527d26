/** What the code of a run was, file by file: `runs/ID/code.json`. A key has but the digest of it all. @module */
import { join } from "node:path";
import type { Store } from "../core/mod.ts";
import { CODE_FILE, runsDirectory } from "./run_files.ts";
import { ifReadable } from "./runs.ts";

/** Modules by name, and what stands for each. */
export type Modules = Readonly<Record<string, string>>;

/** Modules of digests, each written once. */
interface CodeRecord {
  readonly modules: readonly (readonly [name: string, hash: string])[];
  /** Which of them a digest is of. */
  readonly digests: Readonly<Record<string, readonly number[]>>;
}

/** The text of a record. @param digests the modules of each digest */
export function codeRecord(digests: ReadonlyMap<string, Modules>): string {
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
  const record: CodeRecord = { modules, digests: Object.fromEntries(listed) };
  return JSON.stringify(record) + "\n";
}

/** The modules of a digest of code that a run had; undefined where they were not kept. */
export function readCode(store: Store, run: string, digest: string): Modules | undefined {
  const text = ifReadable(() => Deno.readTextFileSync(join(runsDirectory(store), run, CODE_FILE)));
  if (text === undefined) return undefined;
  try {
    const { modules, digests } = JSON.parse(text) as CodeRecord;
    const numbers = digests[digest];
    return numbers && Object.fromEntries(numbers.map((number) => modules[number]!));
  } catch {
    return undefined; // torn
  }
}

/** Modules that changed, came and went, by name. */
export interface CodeChange {
  readonly name: string;
  readonly how: "changed" | "added" | "removed";
}

/** How two sets of modules differ, in the order of their names. */
export function compareCode(before: Modules, after: Modules): CodeChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.flatMap((name): CodeChange[] => {
    if (before[name] === after[name]) return [];
    if (before[name] === undefined) return [{ name, how: "added" }];
    return [{ name, how: after[name] === undefined ? "removed" : "changed" }];
  });
}
