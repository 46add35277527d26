/**
 * Files of artifacts: made unchangeable, large ones as blobs that artifacts share.
 *
 *     artifacts/DIGEST/small files        of mode 0444
 *     artifacts/DIGEST/large file    ->   ../../blobs/DIGEST, a relative link
 *     blobs/DIGEST                        of mode 0444
 *
 * @module
 */
import { counted } from "./counted.ts";
import { basename, dirname, join } from "node:path";
import {
  entryIfThere,
  ifThere,
  listFiles,
  removeIfThere,
  renameSynced,
  syncFile,
} from "./files.ts";
import { type HashMemo, LARGE_FILE, type Work } from "./hash.ts";
import { isOsError } from "./os_error.ts";

/** A file of an artifact. */
export interface ManifestFile {
  readonly size: number;
  readonly sha256: string;
}

/** The blobs of a store, and the files beside them. */
export class Blobs {
  readonly #directory: string;
  readonly #memo: HashMemo;
  readonly #work: Work;

  /** @param root of the store */
  constructor(root: string, memo: HashMemo, work: Work) {
    this.#directory = join(root, "blobs");
    this.#memo = memo;
    this.#work = work;
  }

  /** What is wrong with a file of an artifact; appends to `stamps` which file it is. */
  problem(
    path: string,
    name: string,
    { size, sha256 }: ManifestFile,
    stamps: string[] = [],
  ): string | undefined {
    const entry = entryIfThere(path);
    if (entry === undefined) return "is missing";
    // A store that was copied without its links is as good.
    const isLink = size >= LARGE_FILE && entry.isSymlink;
    if (!isLink && !entry.isFile) return "is no file";
    if (isLink && Deno.readLinkSync(path) !== linkTo(name, sha256)) {
      return "is not the link to its blob";
    }
    const info = isLink ? ifThere(() => Deno.statSync(path)) : entry;
    if (info === undefined) return "is missing: its blob is gone";
    if (!info.isFile) return "is no file";
    if (info.size !== size) return `has ${counted(info.size, "byte")} instead of ${size}`;
    const found = isLink ? this.#memo.digest(this.#blob(sha256)) : this.#memo.of(path, size);
    if (found !== sha256) return "has other contents";
    stamps.push(`${info.ino}:${info.mtime?.getTime()}`);
  }

  /** Reads all blobs anew, whatever is remembered of them. */
  refresh(): void {
    for (const blob of ifThere(() => listFiles(this.#directory)) ?? []) {
      try {
        this.#memo.refresh(this.#blob(blob));
      } catch (error) {
        if (!isOsError(error)) throw error; // the artifacts that link to it tell that it cannot be read
      }
    }
  }

  /** Makes a file of a finished output unchangeable; a large one becomes a blob and a link to it. */
  keep(path: string, name: string): ManifestFile {
    const { isSymlink, isFile, nlink } = Deno.lstatSync(path);
    if (!isSymlink && !isFile) {
      throw new RangeError(`Cannot keep ${name}: it is neither a file nor a folder`);
    }
    if (isSymlink) {
      const blob = this.#at(path);
      if (blob !== undefined) return this.#share(path, name, blob);
    }
    // What lies elsewhere, or has another name, is somebody's who may change it.
    if (isSymlink || (nlink ?? 1) > 1) this.#copyOver(path);
    Deno.chmodSync(path, 0o444);
    syncFile(path);
    const { size } = Deno.statSync(path), sha256 = this.#memo.read(path);
    if (size >= LARGE_FILE) {
      this.#add(path, sha256);
      this.#link(path, name, sha256);
    }
    return { size, sha256 };
  }

  /**
   * Puts a file into an output that is being written: a link where it is a blob of this store, a copy (which
   * shares its bytes where the file system can) of anything else, which may change.
   */
  place(from: string, to: string): void {
    if (this.#at(from) !== undefined) return Deno.symlinkSync(Deno.realPathSync(from), to);
    Deno.copyFileSync(from, to);
    this.#work.bytesCopied += Deno.statSync(to).size;
  }

  #share(path: string, name: string, sha256: string): ManifestFile {
    if (this.#memo.digest(this.#blob(sha256)) !== sha256) {
      throw new Error(`blob ${sha256.slice(0, 12)} was damaged while the step ran`);
    }
    Deno.removeSync(path);
    this.#link(path, name, sha256);
    return { size: Deno.statSync(this.#blob(sha256)).size, sha256 };
  }

  #add(path: string, sha256: string): void {
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

  #link(path: string, name: string, sha256: string): void {
    try {
      Deno.symlinkSync(linkTo(name, sha256), path);
    } catch (error) {
      if (!isOsError(error) || !NO_LINKS.has(error.code ?? "")) throw error;
      Deno.copyFileSync(this.#blob(sha256), path);
      this.#work.bytesCopied += Deno.statSync(path).size;
      syncFile(path);
    }
  }

  #copyOver(path: string): void {
    const copy = `${path}.${crypto.randomUUID()}`;
    Deno.copyFileSync(path, copy);
    this.#work.bytesCopied += Deno.statSync(copy).size;
    Deno.renameSync(copy, path);
  }

  /** Digest of the blob of this store that a path leads to; undefined when it leads elsewhere. */
  #at(path: string): string | undefined {
    const target = Deno.realPathSync(path),
      blobs = ifThere(() => Deno.realPathSync(this.#directory));
    return dirname(target) === blobs ? basename(target) : undefined;
  }

  #blob(sha256: string): string {
    return join(this.#directory, sha256);
  }
}

/** What file systems say that have no links. */
const NO_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** What the link of a large file says: the way from its folder to its blob. */
function linkTo(name: string, sha256: string): string {
  return `${"../".repeat(name.split("/").length + 1)}blobs/${sha256}`;
}
