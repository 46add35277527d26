/**
 * What a step keeps while it runs, so that an attempt after a kill goes on there: `checkpoints/KEY/N/`, the stage's files and
 * `checkpoint.json`, sealed, with their digests. A checkpoint is put into its place by one rename, and the one before removed
 * after it, so that the last whole one is there at any moment; all go when the step has a result.
 *
 * @module
 */
import { basename, join } from "node:path";
import {
  discard,
  ifThere,
  listFiles,
  listFolders,
  readIfThere,
  renameSynced,
  syncFile,
  syncFolder,
  writeFinal,
} from "./files.ts";
import { isOsError, osReason } from "./os_error.ts";
import { seal, unseal } from "./seal.ts";
import type { Checkpoint, Checkpointing } from "./stage.ts";
import type { TableMarks } from "./tables.ts";

/** When a step that offers checkpoints keeps one. */
export interface CheckpointTimes {
  /** Minutes after its start, or after the last one. */
  readonly minutes: number;
  /** Units of its work after the last one, where that is sooner. */
  readonly units?: number;
}

/** Where a pipeline does not say: steps that take less keep none. */
export const CHECKPOINT_TIMES: CheckpointTimes = { minutes: 10 };

const SEALED = "checkpoint.json";

/** What `checkpoint.json` says. */
interface Manifest {
  readonly done: number;
  /** SHA-256 of the files, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** How far the step's tables went. */
  readonly tables: TableMarks;
}

/** A checkpoint that is whole. */
export interface Found extends Checkpoint {
  readonly tables: TableMarks;
  /** Counts up. */
  readonly number: number;
}

/** The checkpoints of a store. */
export class Checkpoints {
  /** Holds a folder for each key. */
  readonly directory: string;
  readonly #digest: (path: string) => string;

  /**
   * @param directory where they are
   * @param digest SHA-256 of a file's bytes, read now
   */
  constructor(directory: string, digest: (path: string) => string) {
    this.directory = directory;
    this.#digest = digest;
  }

  /** The last whole checkpoint of a key, whose every byte has been read; whoever asks holds the key's lock. */
  find(key: string): Found | undefined {
    const names = ifThere(() => [...Deno.readDirSync(join(this.directory, key))]) ?? [];
    const numbers = names.map(({ name }) => Number(name)).toSorted((a, b) => b - a);
    for (const number of numbers) {
      const directory = join(this.directory, key, String(number)),
        manifest = readWhole(directory, this.#digest);
      if (manifest === undefined) continue;
      const { done, tables } = manifest;
      return { directory, done, tables, number };
    }
    return undefined;
  }

  /** Makes a folder of finished files the checkpoint of a key. */
  add(key: string, number: number, directory: string, done: number, tables: TableMarks): void {
    const files = listFiles(directory).map((name) => {
      const path = join(directory, name);
      syncFile(path);
      return [name, this.#digest(path)] as const;
    });
    const manifest: Manifest = { done, files: Object.fromEntries(files), tables };
    writeFinal(join(directory, SEALED), seal(manifest));
    for (const folder of listFolders(directory)) syncFolder(folder);
    const place = join(this.directory, key);
    Deno.mkdirSync(place, { recursive: true });
    renameSynced(directory, join(place, String(number)));
    for (const { name } of [...Deno.readDirSync(place)]) {
      if (name !== String(number)) discard(join(place, name));
    }
  }

  /** Removes those of a key. */
  remove(key: string): void {
    discard(join(this.directory, key));
  }

  /** Removes those of keys that have a result. */
  sweep(hasResult: (key: string) => boolean): void {
    for (const { name } of ifThere(() => [...Deno.readDirSync(this.directory)]) ?? []) {
      if (hasResult(name)) this.remove(name);
    }
  }
}

/** What keeps the checkpoints of a step that runs. */
export interface Keeping {
  readonly checkpoints: Checkpoints;
  readonly key: string;
  readonly times: CheckpointTimes;
  /** A name in a private folder. */
  readonly free: () => string;
  /** How far the step's tables have come. */
  readonly tables: () => TableMarks;
  /** Takes what keeps one from being written: the step goes on without. */
  readonly warn: (message: string) => void;
  /** Milliseconds, from any moment on. */
  readonly now?: () => number;
}

/** The checkpoints of a step that runs. */
export class StepCheckpoints implements Checkpointing {
  /** See {@linkcode Checkpointing.last}. */
  readonly last: Checkpoint | undefined;
  readonly #keeping: Keeping;
  readonly #now: () => number;
  #number: number;
  #at: number;
  #done: number;

  /** @param found what an attempt before this one left */
  constructor(keeping: Keeping, found: Found | undefined) {
    this.#keeping = keeping;
    this.#now = keeping.now ?? (() => performance.now());
    this.last = found && { directory: found.directory, done: found.done };
    this.#number = found?.number ?? 0;
    this.#done = found?.done ?? 0;
    this.#at = this.#now();
  }

  /** See {@linkcode Checkpointing.offer}. */
  offer(done: number, write: (directory: string) => void): void {
    const { times: { minutes, units = Infinity }, free, warn } = this.#keeping;
    const isDue = this.#now() - this.#at >= 60_000 * minutes || done - this.#done >= units;
    if (!isDue) return;
    this.#done = done;
    const directory = free();
    try {
      Deno.mkdirSync(directory);
      write(directory);
      const { checkpoints, key, tables } = this.#keeping;
      checkpoints.add(key, this.#number + 1, directory, done, tables());
      this.#number++;
    } catch (error) {
      discard(directory);
      if (!isOsError(error)) throw error;
      warn(`no checkpoint was kept after ${done}: ${osReason(error)}`);
    }
    this.#at = this.#now(); // what it took is not the step's own time
  }
}

/** What a folder says of itself, where every file in it is as it was written. */
function readWhole(
  directory: string,
  digest: (path: string) => string,
): Manifest | undefined {
  try {
    const text = readIfThere(join(directory, SEALED));
    const manifest = text === undefined ? undefined : unseal(text) as Manifest | undefined;
    if (manifest === undefined) return undefined;
    const names = listFiles(directory).filter((name) => basename(name) !== SEALED);
    const known = Object.keys(manifest.files).toSorted();
    if (names.join("\n") !== known.join("\n")) return undefined;
    const isSound = known.every((name) => digest(join(directory, name)) === manifest.files[name]);
    return isSound ? manifest : undefined;
  } catch (error) {
    if (isOsError(error)) return undefined;
    throw error;
  }
}
