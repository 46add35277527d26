/**
 * Artifacts of a store, `artifacts/DIGEST/manifest.json` with the files that it names: how they are checked, and
 * put into their places.
 *
 * Everything is put into place by one rename of finished files over a name, also where something damaged lay:
 * no reader ever finds a good file missing, and processes that put equal contents there do not disturb each other.
 *
 * @module
 */
import { dirname, join } from "node:path";
import type { Damage } from "./action.ts";
import { MANIFEST } from "./artifact.ts";
import type { Blobs, ManifestFile } from "./blobs.ts";
import {
  discard,
  entryIfThere,
  ifThere,
  listFiles,
  listFolders,
  removeIfEmpty,
  removeIfThere,
  renameSynced,
  syncFolder,
  writeFinal,
} from "./files.ts";
import { digestJson } from "./key.ts";
import { isOsError, osReason } from "./os_error.ts";

/** What an artifact consists of; its canonical JSON's digest names the artifact. */
export interface Manifest {
  readonly kind: string;
  readonly files: Readonly<Record<string, ManifestFile>>;
}

/** What an examination finds: a sound artifact, or what is wrong with it. */
export type Examination =
  | {
    readonly problem?: undefined;
    readonly manifest: Manifest;
    /** Which files these are, by inode, size and time: the same text means that nobody replaced them. */
    readonly stamp: string;
  }
  | { readonly problem: string };

/** The artifacts of a store. */
export class Artifacts {
  /** Holds artifacts by digest. */
  readonly directory: string;
  readonly #blobs: Blobs;

  /** @param root of the store */
  constructor(root: string, blobs: Blobs) {
    this.directory = join(root, "artifacts");
    this.#blobs = blobs;
  }

  /** Compares every file of an artifact, and there may be no others, with its manifest. */
  examine(digest: string): Examination {
    try {
      return this.#examine(join(this.directory, digest), digest);
    } catch (error) {
      if (isOsError(error)) return { problem: `it cannot be read (${osReason(error)})` };
      throw error;
    }
  }

  #examine(directory: string, digest: string): Examination {
    const text = ifThere(() => Deno.readTextFileSync(join(directory, MANIFEST)));
    if (text === undefined) return { problem: "its manifest is missing" };
    let manifest: Manifest;
    try {
      manifest = JSON.parse(text) as Manifest;
    } catch {
      return { problem: "its manifest is torn" };
    }
    if (digestJson(manifest) !== digest) {
      return { problem: "its manifest does not match its digest" };
    }
    const stamps: string[] = [];
    for (const [name, file] of Object.entries(manifest.files)) {
      const problem = this.#blobs.problem(join(directory, name), name, file, stamps);
      if (problem !== undefined) return { problem: `file ${name} ${problem}` };
    }
    const extra = listFiles(directory).find((name) =>
      name !== MANIFEST && !Object.hasOwn(manifest.files, name)
    );
    if (extra !== undefined) return { problem: `file ${extra} does not belong to it` };
    return { manifest, stamp: stamps.join() };
  }

  /** Reads every byte of all artifacts and blobs, also those that are remembered. @returns what is damaged */
  *audit(): Generator<Damage> {
    this.#blobs.refresh();
    for (const { name } of ifThere(() => [...Deno.readDirSync(this.directory)]) ?? []) {
      const { problem } = this.examine(name);
      if (problem !== undefined) yield { what: `artifact ${name.slice(0, 12)}`, problem };
    }
  }

  /**
   * Makes a folder of finished files an artifact; the folder is gone afterwards.
   *
   * @param free gives a name that is free, on the same file system
   * @returns its digest
   */
  add(kind: string, directory: string, free: () => string): string {
    const files = listFiles(directory).map((name) => [name, this.#keep(directory, name)] as const);
    const manifest: Manifest = { kind, files: Object.fromEntries(files) };
    const digest = digestJson(manifest), final = join(this.directory, digest);
    writeFinal(join(directory, MANIFEST), JSON.stringify(manifest, null, 2));
    for (const folder of listFolders(directory)) syncFolder(folder);
    for (let attempt = 0;; attempt++) {
      try {
        renameSynced(directory, final);
        return digest;
      } catch (error) {
        // Equal contents were there before, or another process was faster; or what lies there is damaged.
        if (attempt === 8 || entryIfThere(final) === undefined) throw error;
      }
      if (this.examine(digest).problem === undefined) {
        discard(directory);
        return digest;
      }
      this.#mend(final, directory, manifest, free);
    }
  }

  #keep(directory: string, name: string): ManifestFile {
    if (name === MANIFEST) throw new RangeError(`Cannot keep a file named ${MANIFEST}`);
    return this.#blobs.keep(join(directory, name), name);
  }

  /** Puts the sound files of `fresh` over those of a damaged artifact that differ. */
  #mend(final: string, fresh: string, manifest: Manifest, free: () => string): void {
    try {
      if (!entryIfThere(final)?.isDirectory) return removeIfThere(final);
      for (const [name, file] of Object.entries(manifest.files)) {
        const path = join(final, name), source = join(fresh, name);
        if (this.#blobs.problem(path, name, file) === undefined) continue;
        if (entryIfThere(path)?.isDirectory) removeIfThere(path);
        Deno.mkdirSync(dirname(path), { recursive: true });
        replace(source, path, free());
      }
      for (const name of listFiles(final)) {
        if (!Object.hasOwn(manifest.files, name)) removeIfThere(join(final, name));
      }
      for (const folder of listFolders(final)) removeIfEmpty(folder);
      replace(join(fresh, MANIFEST), join(final, MANIFEST), free());
    } catch (error) {
      if (!isOsError(error)) throw error;
      // It cannot be read or written to, so that whoever reads it fails anyway.
      Deno.chmodSync(final, 0o755);
      Deno.renameSync(final, free());
    }
  }
}

/** Puts a file, or a link, over another in one step, and leaves it where it was too. */
function replace(from: string, to: string, temporary: string): void {
  if (Deno.lstatSync(from).isSymlink) Deno.symlinkSync(Deno.readLinkSync(from), temporary);
  else Deno.linkSync(from, temporary);
  renameSynced(temporary, to);
}
