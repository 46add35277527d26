import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { type FileStamp, renameSynced, sameStamp, stampOf, writeFinal } from "./files.ts";
import { seal, unseal } from "./seal.ts";

/** Files at least this large are blobs of the store, and their digests are remembered. */
export const LARGE_FILE = 1 << 20;

/** What a store has read and written, for tests and benches. */
export interface Work {
  /** Files whose bytes were read to digest them. */
  filesHashed: number;
  bytesHashed: number;
  /** Bytes that were copied where no link would do; a copy on the same file system may share them. */
  bytesCopied: number;
}

/** A digest that was taken of a file. */
interface Remembered {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly sha256: string;
}

/**
 * Digests of large files, remembered as long as inode, size and times stay as they are, in memory and in a
 * folder. The time of the inode's last change counts too, to the second, which cannot be set back. Small files are read anew
 * each time, which costs less than it would to remember them.
 */
export class HashMemo {
  readonly #directory: string;
  readonly #work: Work;
  readonly #known = new Map<string, Remembered>();
  readonly #buffer = new Uint8Array(LARGE_FILE);

  /** @param directory where digests are kept; one that is not there, or cannot be written to, keeps none */
  constructor(directory: string, work: Work) {
    this.#directory = directory;
    this.#work = work;
  }

  /** SHA-256 of the bytes of a file of a known size; one that is small costs no look at its times. */
  of(path: string, size: number): string {
    return size < LARGE_FILE ? this.read(path) : this.digest(path);
  }

  /** SHA-256 of a file's bytes; a link is followed. */
  digest(path: string): string {
    const stamp = stampOf(path);
    if (stamp.size < LARGE_FILE) return this.read(path);
    const full = resolve(path), known = this.#known.get(full) ?? this.#recall(full);
    if (known !== undefined && sameStamp(known.stamp, stamp)) return known.sha256;
    const started = Date.now(), sha256 = this.read(path);
    if (isSettled(stamp, started) && sameStamp(stampOf(path), stamp)) {
      this.#remember({ path: full, stamp, sha256 });
    }
    return sha256;
  }

  /** Remembers a digest of a file that nobody else could write to since it was taken. */
  set(path: string, sha256: string): void {
    this.#remember({ path: resolve(path), stamp: stampOf(path), sha256 });
  }

  /** Reads a file anew, whatever is remembered of it, and remembers that. */
  refresh(path: string): void {
    this.set(path, this.read(path));
  }

  /** SHA-256 of a file's bytes, read now. */
  read(path: string): string {
    const hash = createHash("sha256");
    using file = Deno.openSync(path);
    let size = 0;
    for (let read = file.readSync(this.#buffer); read !== null;) {
      hash.update(this.#buffer.subarray(0, read));
      size += read;
      read = file.readSync(this.#buffer);
    }
    this.#work.filesHashed++;
    this.#work.bytesHashed += size;
    return hash.digest("hex");
  }

  #recall(path: string): Remembered | undefined {
    try {
      const known = unseal(Deno.readTextFileSync(this.#file(path))) as Remembered | undefined;
      return known?.path === path ? known : undefined;
    } catch {
      return undefined; // the file is read again
    }
  }

  #remember(known: Remembered): void {
    this.#known.set(known.path, known);
    const file = this.#file(known.path), temporary = `${file}.${crypto.randomUUID()}`;
    try {
      writeFinal(temporary, seal(known));
      renameSynced(temporary, file);
    } catch {
      // the next process reads the file again
    }
  }

  #file(path: string): string {
    return join(this.#directory, `${createHash("sha256").update(path).digest("hex")}.json`);
  }
}

/** Whether a change after a time would show: not in the same tick of the file system's clock as the last one. */
export function isSettled(stamp: FileStamp, time: number): boolean {
  return time - Number(BigInt(stamp.modified) / 1_000_000n) > tickOf(stamp);
}

/** Milliseconds that two changes of a file must be apart to have two times. */
function tickOf({ modified }: FileStamp): number {
  // Linux takes the time from its last tick, 10 ms at most; some file systems keep whole seconds.
  return modified.endsWith("000000000") ? 2000 : 20;
}
