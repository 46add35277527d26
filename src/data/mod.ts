/** Rows of data files, whatever they are written and packed as. @module */
import { join } from "node:path";
import { subsetsOf } from "./card.ts";
import { type Choice, chooseFiles } from "./choose.ts";
import type { Reading } from "./formats/format.ts";
import { type FormatName, FORMATS } from "./formats/mod.ts";
import { fileInput, gunzipped, headOf, type Input } from "./input.ts";
import type { Row } from "./row.ts";
import { HEAD, sniff } from "./sniff.ts";
import { unzipped } from "./zip.ts";

/** How files are read. */
export interface Source extends Reading, Choice {
  /** What they are, where that is not to be seen by how they begin. */
  readonly format?: FormatName;
  /** Whether the file was chosen among others, so that the choice is not for what is in it. */
  readonly chosen?: boolean;
  /** Told of each file that is read. */
  readonly tell?: (file: string) => void;
}

/** A file or a folder, and what it is called in messages. */
export interface DataFile {
  readonly path: string;
  readonly name: string;
  /** Whether it was chosen among others, so that the choice is not for what is in it. */
  readonly chosen?: boolean;
}

/** The rows of files, one file after the other. @throws as {@linkcode rowsOf} does */
export async function* rowsOfAll(
  files: readonly DataFile[],
  source: Source,
): AsyncGenerator<Row> {
  for (const { path, name, chosen = false } of files) {
    yield* rowsOf(path, { ...source, chosen }, name);
  }
}

/**
 * The rows of a file, or of those of a folder or an archive that are meant.
 *
 * @param name what it is called in messages
 * @throws {SyntaxError} with the place, when one is not sound; {Error} when it has to be told which are meant
 */
export async function* rowsOf(path: string, source: Source, name = path): AsyncGenerator<Row> {
  if (!Deno.statSync(path).isDirectory) return yield* rowsIn(fileInput(path, name), source);
  const files = meant(name, () => chooseFiles(filesBelow(path), source, subsetsOf(cardIn(path))));
  for (const file of files) {
    yield* rowsIn(fileInput(join(path, file), join(name, file)), { ...source, chosen: true });
  }
}

async function* rowsIn(input: Input, source: Source): AsyncGenerator<Row> {
  const kind = sniff(await headOf(input, HEAD), input.name, source.format);
  if (kind === "gzip") return yield* rowsIn(gunzipped(input), source);
  if (kind === "zip") {
    const choice = source.chosen ? {} : source;
    const members = await unzipped(
      input,
      (paths) => meant(input.name, () => chooseFiles(paths, choice)),
    );
    for (const { input: member } of members) yield* rowsIn(member, { ...source, chosen: true });
    return;
  }
  source.tell?.(input.name);
  if (kind === undefined) return;
  const isJson = kind === "jsonl" && source.format === undefined && source.rows !== undefined;
  yield* FORMATS[isJson ? "json" : kind].rows(input, source);
}

/** A copy of a data set of the hub has its card. */
function cardIn(directory: string): string | undefined {
  try {
    return Deno.readTextFileSync(join(directory, "README.md"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function meant(name: string, choose: () => string[]): string[] {
  try {
    return choose();
  } catch (error) {
    throw new Error(`Cannot read ${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** Files of a folder by path from it, links followed. @param above folders that a link may not lead back to */
function filesBelow(directory: string, prefix = "", above: readonly string[] = []): string[] {
  const real = Deno.realPathSync(directory);
  if (above.includes(real)) throw new Error(`${prefix} is a link to a folder that it is in`);
  return [...Deno.readDirSync(directory)].flatMap(({ name }) => {
    const path = join(directory, name), info = Deno.statSync(path);
    if (info.isDirectory) return filesBelow(path, `${prefix}${name}/`, [...above, real]);
    return info.isFile ? [prefix + name] : [];
  });
}
