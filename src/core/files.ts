/** Files as the store handles them: synced, listed, told apart. @module */
import { statSync } from "node:fs";
import { dirname, join } from "node:path";

/** The value of an action; undefined where the file or folder that it needs is not there. */
export function ifThere<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}

/** Text of a file; undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  return ifThere(() => Deno.readTextFileSync(path));
}

/** What a name stands for, a link not followed; undefined when there is nothing. */
export function entryIfThere(path: string): Deno.FileInfo | undefined {
  return ifThere(() => Deno.lstatSync(path));
}

/** Removes a file, or a folder with all that is in it, if it is there. */
export function removeIfThere(path: string): void {
  ifThere(() => Deno.removeSync(path, { recursive: true }));
}

/** Removes a folder with nothing in it. */
export function removeIfEmpty(folder: string): void {
  if ([...Deno.readDirSync(folder)].length === 0) ifThere(() => Deno.removeSync(folder));
}

/** Removes what is no longer needed; where that fails, the next sweep does it, and no error hides an earlier one. */
export function discard(path: string): void {
  try {
    removeIfThere(path);
  } catch {
    // left to the sweep
  }
}

/** Everything in a folder but folders, sorted, by path from it. Links are listed, not followed. */
export function listFiles(directory: string, prefix = ""): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
    isDirectory ? listFiles(join(directory, name), `${prefix}${name}/`) : [prefix + name]
  ).toSorted();
}

/** The folders in a folder, deepest first, then itself. */
export function listFolders(directory: string): string[] {
  return [
    ...[...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
      isDirectory ? listFolders(join(directory, name)) : []
    ),
    directory,
  ];
}

/** Writes a file that may not change any more, and waits until it is on the disk. */
export function writeFinal(path: string, text: string): void {
  using file = Deno.openSync(path, { write: true, createNew: true, mode: 0o444 });
  writeAll(file, new TextEncoder().encode(text));
  file.syncSync();
}

/** Writes all of it: one call may write a part. */
export function writeAll(file: Pick<Deno.FsFile, "writeSync">, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

/** Waits until a file is on the disk. Opened for reading: it may be of mode 0444. */
export function syncFile(path: string): void {
  using file = Deno.openSync(path, Deno.build.os === "windows" ? { write: true } : { read: true });
  file.syncSync();
}

/** Waits until the names in a folder are on the disk. */
export function syncFolder(path: string): void {
  if (Deno.build.os === "windows") return; // folders cannot be opened there
  using directory = Deno.openSync(path);
  directory.syncSync();
}

/** Renames, and waits until the new name is on the disk. */
export function renameSynced(from: string, to: string): void {
  Deno.renameSync(from, to);
  syncFolder(dirname(to));
}

/** What tells that a file is the one seen before, unchanged: a link is followed. */
export interface FileStamp {
  readonly inode: string;
  readonly size: number;
  /** Nanoseconds, as text: they are beyond 2^53. Deno tells the millisecond. */
  readonly modified: string;
  /** The time of the last change of the inode, which no program can set; Deno tells the second. */
  readonly changed: string;
}

/** The stamp of a file. */
export function stampOf(path: string): FileStamp {
  const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  return {
    inode: String(ino),
    size: Number(size),
    modified: String(mtimeNs),
    changed: String(ctimeNs),
  };
}

/** Whether two stamps are one. */
export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.inode === b.inode && a.size === b.size && a.modified === b.modified &&
    a.changed === b.changed;
}
