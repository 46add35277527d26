/**
 * Artifacts and blobs of a store: how they are laid out, checked, and put into their places.
 *
 *     artifacts/DIGEST/manifest.json      kind, and size and digest of each file
 *     artifacts/DIGEST/small files        of mode 0444
 *     artifacts/DIGEST/large file    ->   ../../blobs/DIGEST, a relative link
 *     blobs/DIGEST                        large files by digest, of mode 0444, shared by artifacts
 *
 * Everything is put into place by one rename of finished files over a name, also where something damaged lay:
 * no reader ever finds a good file missing, and processes that put equal contents there do not disturb each other.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { MANIFEST } from "./artifact.ts";
import {
  discard,
  entryIfThere,
  ifThere,
  listFiles,
  listFolders,
  removeIfEmpty,
  removeIfThere,
  renameSynced,
  syncFile,
  syncFolder,
  writeFinal,
} from "./files.ts";
import { type HashMemo, LARGE_FILE, type Work } from "./hash.ts";
import { digestJson } from "./key.ts";
import { isOsError, osReason } from "./os_error.ts";

/** A file of an artifact. */
export interface ManifestFile {
  readonly size: number;
  readonly sha256: string;
}

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

/** The artifacts and blobs of a store. */
export class Artifacts {
  /** Holds artifacts by digest. */
  readonly directory: string;
  readonly #blobs: string;
  readonly #memo: HashMemo;
  readonly #work: Work;

  constructor(root: string, memo: HashMemo, work: Work) {
    this.directory = join(root, "artifacts");
    this.#blobs = join(root, "blobs");
    this.#memo = memo;
    this.#work = work;
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
      const problem = this.fileProblem(join(directory, name), name, file, stamps);
      if (problem !== undefined) return { problem: `file ${name} ${problem}` };
    }
    const extra = listFiles(directory).find((name) =>
      name !== MANIFEST && !Object.hasOwn(manifest.files, name)
    );
    if (extra !== undefined) return { problem: `file ${extra} does not belong to it` };
    return { manifest, stamp: stamps.join() };
  }

  /** What is wrong with a file of an artifact; appends to `stamps` which file it is. */
  fileProblem(
    path: string,
    name: string,
    { size, sha256 }: ManifestFile,
    stamps: string[] = [],
  ): string | undefined {
    const entry = entryIfThere(path);
    if (entry === undefined) return "is missing";
    if (size >= LARGE_FILE) {
      if (!entry.isSymlink || Deno.readLinkSync(path) !== blobLink(name, sha256)) {
        return "is not the link to its blob";
      }
    } else if (!entry.isFile) return "is no file";
    const info = entry.isSymlink ? ifThere(() => Deno.statSync(path)) : entry;
    if (info === undefined) return "is missing: its blob is gone";
    if (!info.isFile) return "is no file";
    if (info.size !== size) return `has ${info.size} bytes instead of ${size}`;
    const found = entry.isSymlink ? this.#memo.digest(this.#blob(sha256)) : this.#memo.read(path);
    if (found !== sha256) return "has other contents";
    stamps.push(`${info.ino}:${info.mtime?.getTime()}`);
  }

  /**
   * Makes a folder of finished files an artifact; the folder is gone afterwards.
   *
   * @param free gives a name that is free, on the same file system
   * @returns its digest
   */
  add(kind: string, directory: string, free: () => string): string {
    const files = listFiles(directory).map((name) =>
      [name, this.#settle(directory, name)] as const
    );
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

  /** Puts the sound files of `fresh` over those of a damaged artifact that differ. */
  #mend(final: string, fresh: string, manifest: Manifest, free: () => string): void {
    try {
      if (!entryIfThere(final)?.isDirectory) return removeIfThere(final);
      for (const [name, file] of Object.entries(manifest.files)) {
        const path = join(final, name), source = join(fresh, name);
        if (this.fileProblem(path, name, file) === undefined) continue;
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

  /** A file of a finished output, made unchangeable; a large one becomes a blob and a link to it. */
  #settle(directory: string, name: string): ManifestFile {
    if (name === MANIFEST) throw new RangeError(`Cannot keep a file named ${MANIFEST}`);
    const path = join(directory, name), { isSymlink, isFile, nlink } = Deno.lstatSync(path);
    if (!isSymlink && !isFile) {
      throw new RangeError(`Cannot keep ${name}: it is neither a file nor a folder`);
    }
    if (isSymlink) {
      const blob = this.#blobAt(path);
      if (blob !== undefined) return this.#share(path, name, blob);
    }
    // What lies elsewhere, or has another name, is somebody's who may change it.
    if (isSymlink || (nlink ?? 1) > 1) this.#copyOver(path);
    Deno.chmodSync(path, 0o444);
    syncFile(path);
    const { size } = Deno.statSync(path), sha256 = this.#memo.read(path);
    if (size >= LARGE_FILE) {
      this.#placeBlob(path, sha256);
      Deno.symlinkSync(blobLink(name, sha256), path);
    }
    return { size, sha256 };
  }

  #share(path: string, name: string, blob: string): ManifestFile {
    if (this.#memo.digest(this.#blob(blob)) !== blob) {
      throw new Error(`blob ${blob.slice(0, 12)} was damaged while the step ran`);
    }
    Deno.removeSync(path);
    Deno.symlinkSync(blobLink(name, blob), path);
    return { size: Deno.statSync(this.#blob(blob)).size, sha256: blob };
  }

  #placeBlob(path: string, sha256: string): void {
    const final = this.#blob(sha256);
    if (this.#isSound(final, sha256)) return Deno.removeSync(path);
    if (entryIfThere(final)?.isDirectory) removeIfThere(final);
    renameSynced(path, final);
    this.#memo.set(final, sha256);
  }

  #isSound(blob: string, sha256: string): boolean {
    try {
      return entryIfThere(blob)?.isFile === true && this.#memo.digest(blob) === sha256;
    } catch (error) {
      if (isOsError(error)) return false; // one that cannot be read is as good as none
      throw error;
    }
  }

  /**
   * Puts a file into an output that is being written: a link where it is a blob of this store, a copy (which
   * shares its bytes where the file system can) of anything else, which may change.
   */
  place(from: string, to: string): void {
    if (this.#blobAt(from) !== undefined) return Deno.symlinkSync(Deno.realPathSync(from), to);
    Deno.copyFileSync(from, to);
    this.#work.bytesCopied += Deno.statSync(to).size;
  }

  #copyOver(path: string): void {
    const copy = `${path}.copy`;
    Deno.copyFileSync(path, copy);
    this.#work.bytesCopied += Deno.statSync(copy).size;
    Deno.renameSync(copy, path);
  }

  /** Digest of the blob of this store that a path leads to; undefined when it leads elsewhere. */
  #blobAt(path: string): string | undefined {
    const target = Deno.realPathSync(path), blobs = ifThere(() => Deno.realPathSync(this.#blobs));
    return dirname(target) === blobs ? basename(target) : undefined;
  }

  #blob(sha256: string): string {
    return join(this.#blobs, sha256);
  }
}

/** What the link of a large file says: the way from its folder to its blob. */
function blobLink(name: string, sha256: string): string {
  return `${"../".repeat(name.split("/").length + 1)}blobs/${sha256}`;
}

/** Puts a file, or a link, over another in one step, and leaves it where it was too. */
function replace(from: string, to: string, temporary: string): void {
  if (Deno.lstatSync(from).isSymlink) Deno.symlinkSync(Deno.readLinkSync(from), temporary);
  else Deno.linkSync(from, temporary);
  renameSynced(temporary, to);
}
