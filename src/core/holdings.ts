/** What a store holds and what of it a result needs, by path: to be measured, kept or removed. @module */
import { join } from "node:path";
import { discard, entryIfThere, ifThere, listFiles } from "./files.ts";
import { LARGE_FILE } from "./hash.ts";
import { isOsError } from "./os_error.ts";
import type { Store } from "./store.ts";

/** Bytes by path from the store's folder: `actions/KEY.json`, `artifacts/DIGEST`, `blobs/DIGEST`, `tables/KEY`, `checkpoints/KEY`. */
export type Things = Map<string, number>;

/** Folders of what can be made again, in the order in which it is removed: nothing is left that refers to what is gone. */
const FOLDERS = ["jobs", "actions", "tables", "checkpoints", "artifacts", "blobs"] as const;

/** The holdings of a store, as they are when they are first asked for. */
export class Holdings {
  readonly #store: Store;
  readonly #needs = new Map<string, readonly string[]>();
  #all: Things | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** All that can be made again. */
  all(): Things {
    if (this.#all !== undefined) return this.#all;
    this.#all = new Map();
    for (const folder of FOLDERS) {
      const names = ifThere(() => [...Deno.readDirSync(join(this.#store.directory, folder))]) ?? [];
      for (const { name } of names) {
        const path = `${folder}/${name}`;
        this.#all.set(path, bytesAt(join(this.#store.directory, path)));
      }
    }
    return this.#all;
  }

  /** What the results of keys consist of, as far as it is there. */
  of(keys: Iterable<string>): Things {
    const all = this.all(), things: Things = new Map();
    for (const key of keys) {
      for (const path of this.#ofKey(key)) {
        const bytes = all.get(path);
        if (bytes !== undefined) things.set(path, bytes);
      }
    }
    return things;
  }

  /** Removes things, or other folders of the store before them, each in one step, so that no reader finds half of one. @returns what could not be removed */
  remove(paths: Iterable<string>): string[] {
    const given = [...paths];
    const order = (path: string) => FOLDERS.findIndex((folder) => path.startsWith(`${folder}/`));
    return given.toSorted((a, b) => order(a) - order(b)).filter((path) => {
      try {
        const aside = this.#store.free();
        Deno.renameSync(join(this.#store.directory, path), aside);
        discard(aside);
        this.#all?.delete(path);
        return false;
      } catch (error) {
        if (isOsError(error)) return true;
        throw error;
      }
    });
  }

  #ofKey(key: string): readonly string[] {
    const known = this.#needs.get(key);
    if (known !== undefined) return known;
    const outputs = this.#store.readAction(key)?.outputs ?? {};
    const needs = [
      `actions/${key}.json`,
      `tables/${key}`,
      `tables/${key}.new`,
      `checkpoints/${key}`,
      ...Object.values(outputs).flat().flatMap((digest) => this.#ofArtifact(digest)),
    ];
    this.#needs.set(key, needs);
    return needs;
  }

  #ofArtifact(digest: string): string[] {
    // Where it is torn, the result is made again in any case.
    const files = this.#store.manifestOf(digest)?.files ?? {};
    const blobs = Object.values(files).flatMap(({ size, sha256 }) =>
      size >= LARGE_FILE ? [`blobs/${sha256}`] : []
    );
    return [`artifacts/${digest}`, ...blobs];
  }
}

/** Bytes of a file, or of a folder's files; a link is small. */
function bytesAt(path: string): number {
  const entry = entryIfThere(path);
  if (entry?.isDirectory !== true) return entry?.size ?? 0;
  return (ifThere(() => listFiles(path)) ?? [])
    .reduce((sum, name) => sum + (entryIfThere(join(path, name))?.size ?? 0), 0);
}
