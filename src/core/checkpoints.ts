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

/**
 * Times of a step whose attempts may be ended after some seconds: one is kept before, or no attempt would come further than the
 * one before it.
 */
export function timesWithin(times: CheckpointTimes, seconds: number = Infinity): CheckpointTimes {
  return { ...times, minutes: Math.min(times.minutes, seconds / 60 / 2) };
}

const SEALED = "checkpoint.json";

/** What `checkpoint.json` says. */
interface Manifest {
  readonly done: number;
  /** SHA-256 of the files, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** How far the step's tables went. */
  readonly tables: TableMarks;
  /** The result that the key had when the step began: it is made again. */
  readonly over?: string;
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

  /**
   * Makes a folder of finished files the checkpoint of a key.
   *
   * @param number more than that of the last whole one
   * @param over what tells the result that the key has already, where it is made again
   */
  add(
    key: string,
    number: number,
    directory: string,
    done: number,
    tables: TableMarks,
    over?: string,
  ): void {
    const files = listFiles(directory).map((name) => {
      const path = join(directory, name);
      syncFile(path);
      return [name, this.#digest(path)] as const;
    });
    const manifest: Manifest = {
      done,
      files: Object.fromEntries(files),
      tables,
      ...over === undefined ? {} : { over },
    };
    writeFinal(join(directory, SEALED), seal(manifest));
    for (const folder of listFolders(directory)) syncFolder(folder);
    const place = join(this.directory, key), path = join(place, String(number));
    Deno.mkdirSync(place, { recursive: true });
    discard(path); // one that is not whole
    renameSynced(directory, path);
    for (const { name } of [...Deno.readDirSync(place)]) {
      if (name !== String(number)) discard(join(place, name));
    }
  }

  /** Removes those of a key. */
  remove(key: string): void {
    discard(join(this.directory, key));
  }

  /**
   * Removes those of keys that have a result, unless this is being made again.
   *
   * @param resultOf what tells the result of a key from another; undefined where there is none
   */
  sweep(resultOf: (key: string) => string | undefined): void {
    for (const { name: key } of ifThere(() => [...Deno.readDirSync(this.directory)]) ?? []) {
      const result = resultOf(key);
      if (result !== undefined && !this.#isOver(key, result)) this.remove(key);
    }
  }

  #isOver(key: string, result: string): boolean {
    const place = join(this.directory, key);
    return (ifThere(() => [...Deno.readDirSync(place)]) ?? []).some(({ name }) => {
      const text = readIfThere(join(place, name, SEALED));
      return text !== undefined && (unseal(text) as Manifest | undefined)?.over === result;
    });
  }
}

/** What keeps the checkpoints of a step that runs. */
export interface Keeping {
  readonly checkpoints: Checkpoints;
  readonly key: string;
  readonly times: CheckpointTimes;
  /** See {@linkcode Checkpoints.add}. */
  readonly over?: string | undefined;
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
  #isFailing = false;

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
      const { checkpoints, key, tables, over } = this.#keeping;
      checkpoints.add(key, this.#number + 1, directory, done, tables(), over);
      this.#number++;
      this.#isFailing = false;
    } catch (error) {
      discard(directory);
      if (!isOsError(error)) throw error;
      if (!this.#isFailing) warn(`no checkpoint was kept after ${done}: ${osReason(error)}`);
      this.#isFailing = true; // told once, until one is kept again
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
