/**
 * Rows that a step records beside its result, outside its key: `tables/KEY/NAME.jsonl.gz`, each call a gzip member of its
 * own, so that a table grows while its step runs and is read all along. What a kill tears off at the end is not read.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { constants, createGunzip, gzipSync } from "node:zlib";
import type { Damage } from "./action.ts";
import { DiagnosticError } from "./diagnostic.ts";
import type { Json, JsonObject } from "./document.ts";
import { discard, entryIfThere, ifThere, readIfThere, writeAll } from "./files.ts";
import { isOsError, osReason } from "./os_error.ts";

/** How the name of a table's file ends. */
export const TABLE_ENDING = ".jsonl.gz";
/** What the tables of a result that is made again end with until it is there: the earlier one keeps its own as long. */
const NEW = ".new";
/** Rows that had no room, by table. */
const LEFT_OUT = "left_out.json";
/** Speed before size: writing must cost a run next to nothing. */
const LEVEL = 1;

/** A name for a table, as it is a file's. */
const NAME = /^[a-z][a-z0-9_]*$/;

/** How far the tables of a key have come. */
export interface TableMarks {
  /** Bytes by table. */
  readonly bytes: Readonly<Record<string, number>>;
  /** Rows that had no room, by table. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** The tables of a store. */
export class Tables {
  /** Holds a folder for each key. */
  readonly directory: string;
  readonly #write: <T>(action: () => T) => T;

  /**
   * @param directory where they are
   * @param write runs what writes, and says which store it is that cannot be written to
   */
  constructor(directory: string, write: <T>(action: () => T) => T) {
    this.directory = directory;
    this.#write = write;
  }

  /**
   * Begins the tables of a key anew, or goes on where they were; whoever calls it holds the key's lock.
   *
   * @param capacity bytes for each table
   * @param marks how far they had come; what follows is cut off
   * @param beside whether the key has a result, which keeps its tables until {@linkcode Tables.settle}
   */
  open(key: string, capacity: number, marks?: TableMarks, beside: boolean = false): TableWriter {
    const directory = join(this.directory, beside ? key + NEW : key);
    if (marks === undefined) discard(directory);
    else this.#write(() => cutOff(directory, marks));
    return new TableWriter(directory, capacity, marks?.leftOut);
  }

  /** Puts the tables of a result that was made again into the place of the earlier one's. */
  settle(key: string): void {
    const directory = join(this.directory, key);
    this.#write(() => {
      discard(directory);
      ifThere(() => Deno.renameSync(directory + NEW, directory));
    });
  }

  /** Names of the tables of a key. */
  names(key: string): string[] {
    return (ifThere(() => [...Deno.readDirSync(join(this.directory, key))]) ?? [])
      .flatMap(({ name }) =>
        name.endsWith(TABLE_ENDING) ? [name.slice(0, -TABLE_ENDING.length)] : []
      )
      .toSorted();
  }

  /** Bytes of a table; 0 where there is none. A table that has grown has more. */
  size(key: string, name: string): number {
    return entryIfThere(this.#file(key, name))?.size ?? 0;
  }

  /**
   * The rows of a table, in the order in which they were recorded; none where there is none. A torn end is left out.
   *
   * @throws {DiagnosticError} where it is damaged or may not be read, after the rows before that
   */
  async *read(key: string, name: string): AsyncGenerator<JsonObject> {
    try {
      yield* this.#rows(key, name);
    } catch (error) {
      const told = isOsError(error) ? "cannot be read" : "is damaged";
      const message = `table ${this.#file(key, name)} ${told}: ${problemOf(error)}`;
      const hint = "no result needs it; --force STEP of a run makes the step and its tables again";
      throw new DiagnosticError([{ message, hint }]);
    }
  }

  /** Reads every byte of all tables. @param read takes the bytes of each @returns what is damaged */
  async *audit(read: (bytes: number) => void): AsyncGenerator<Damage> {
    for (const key of this.keys()) {
      for (const name of this.names(key)) {
        read(this.size(key, name));
        try {
          for await (const _row of this.#rows(key, name));
        } catch (error) {
          yield { what: `table ${name} of ${key.slice(0, 12)}`, problem: problemOf(error) };
        }
      }
    }
  }

  async *#rows(key: string, name: string): AsyncGenerator<JsonObject> {
    if (this.size(key, name) === 0) return;
    const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }).setEncoding("utf8");
    const fed = pipeline(createReadStream(this.#file(key, name)), gunzip);
    fed.catch(() => {}); // whoever reads is told
    let rest = "";
    for await (const text of gunzip as AsyncIterable<string>) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) yield JSON.parse(line) as JsonObject;
    }
  }

  /** How many rows had no room, by table. */
  leftOut(key: string): Readonly<Record<string, number>> {
    const text = readIfThere(join(this.directory, key, LEFT_OUT));
    try {
      return text === undefined ? {} : JSON.parse(text);
    } catch {
      return {}; // damaged: the rows are what counts
    }
  }

  /** Keys that have tables. */
  keys(): string[] {
    return (ifThere(() => [...Deno.readDirSync(this.directory)]) ?? [])
      .flatMap(({ name }) => name.endsWith(NEW) ? [] : [name]);
  }

  #file(key: string, name: string): string {
    return join(this.directory, key, name + TABLE_ENDING);
  }
}

/** Why a table cannot be read. */
function problemOf(error: unknown): string {
  return isOsError(error) ? osReason(error) : (error as Error).message;
}

/** Writes the tables of a key that is being made. */
export class TableWriter implements Disposable {
  readonly #directory: string;
  readonly #capacity: number;
  readonly #troubles = new Map<string, string>();
  readonly #files = new Map<string, { readonly file: Deno.FsFile; size: number }>();
  readonly #leftOut: Map<string, number>;

  /** See {@linkcode Tables.open}. */
  constructor(
    directory: string,
    capacity: number,
    leftOut: Readonly<Record<string, number>> = {},
  ) {
    this.#directory = directory;
    this.#capacity = capacity;
    this.#leftOut = new Map(Object.entries(leftOut));
  }

  /** How far they have come. */
  get marks(): TableMarks {
    const sizes = (ifThere(() => [...Deno.readDirSync(this.#directory)]) ?? [])
      .flatMap(({ name }) =>
        name.endsWith(TABLE_ENDING)
          ? [[name.slice(0, -TABLE_ENDING.length), Deno.statSync(join(this.#directory, name)).size]]
          : []
      );
    return { bytes: Object.fromEntries(sizes), leftOut: this.leftOut };
  }

  /** How many rows had no room so far, by table. */
  get leftOut(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#leftOut);
  }

  /** What kept rows from being written, by table, where it was not that they had no room. */
  get troubles(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#troubles);
  }

  /**
   * Adds rows to a table; once they have no room, there or on the disk, they and all that follow are left out.
   *
   * @throws {RangeError} for a name that is none
   */
  add(name: string, rows: readonly Readonly<Record<string, Json>>[]): void {
    if (!NAME.test(name)) {
      throw new RangeError(`Cannot record ${name}: a table's name has a–z, 0–9 and _`);
    }
    if (rows.length === 0) return;
    const left = this.#leftOut.get(name);
    if (left === undefined && this.#append(name, rows)) return;
    this.#leftOut.set(name, (left ?? 0) + rows.length);
    this.#noteLeftOut(); // now: a kill leaves no other moment
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    for (const { file } of this.#files.values()) file.close();
    this.#noteLeftOut();
  }

  /** @returns whether there was room */
  #append(name: string, rows: readonly Readonly<Record<string, Json>>[]): boolean {
    const text = rows.map((row) => JSON.stringify(row) + "\n").join("");
    const bytes = gzipSync(text, { level: LEVEL });
    try {
      const table = this.#files.get(name) ?? this.#open(name);
      if (table.size + bytes.length > this.#capacity) return false;
      try {
        writeAll(table.file, bytes);
      } catch (error) {
        table.file.truncateSync(table.size);
        throw error;
      }
      table.size += bytes.length;
      return true;
    } catch (error) {
      if (!isOsError(error)) throw error;
      this.#troubles.set(name, osReason(error));
      return false;
    }
  }

  /** Writes down how many rows were left out, where that can be written. */
  #noteLeftOut(): void {
    if (this.#leftOut.size === 0) return;
    const path = join(this.#directory, LEFT_OUT), part = `${path}.part`;
    try {
      Deno.writeTextFileSync(part, JSON.stringify(this.leftOut) + "\n");
      Deno.renameSync(part, path);
    } catch (error) {
      if (!isOsError(error)) throw error;
    }
  }

  #open(name: string) {
    Deno.mkdirSync(this.#directory, { recursive: true });
    const path = join(this.#directory, name + TABLE_ENDING);
    const file = Deno.openSync(path, { append: true, create: true });
    const table = { file, size: file.statSync().size };
    this.#files.set(name, table);
    return table;
  }
}

/** Cuts tables off where they were; one that is shorter, after a power failure, may be torn anywhere. */
function cutOff(directory: string, { bytes }: TableMarks): void {
  for (const { name } of ifThere(() => [...Deno.readDirSync(directory)]) ?? []) {
    const path = join(directory, name), table = name.slice(0, -TABLE_ENDING.length);
    const isKept = name.endsWith(TABLE_ENDING) && Object.hasOwn(bytes, table);
    if (!isKept || Deno.statSync(path).size < bytes[table]!) discard(path);
    else Deno.truncateSync(path, bytes[table]!);
  }
}
