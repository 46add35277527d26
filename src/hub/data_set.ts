/** Data sets of the Hugging Face hub. @module */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Download, type Listed, Repository, type Snapshot } from "./repository.ts";

/** Chooses files of a data set, by their paths and its card (README.md), where it has one. */
export type ChooseFiles = (paths: readonly string[], card: string | undefined) => readonly string[];

/** Files of a data set that are there. */
export interface DataSet {
  readonly directory: string;
  /** By path in the directory. */
  readonly files: readonly string[];
}

const CARD = "README.md";

/**
 * Downloads the files of a data set that are meant, unless they are there; goes on where an earlier download stopped.
 *
 * @throws {Error} when the hub cannot be reached, has no such data set, or sends other bytes than it promised
 */
export async function downloadDataSet(download: Download, choose: ChooseFiles): Promise<DataSet> {
  const repository = new Repository("dataset", download), { repo, revision } = download;
  const meant = (paths: readonly string[], directory: string) => {
    try {
      return choose(paths, cardIn(directory));
    } catch (error) {
      const { message } = error as Error;
      throw new Error(`Cannot read ${repo} at ${revision}: ${message}`, { cause: error });
    }
  };
  const cached = (): DataSet | { readonly lacking: readonly string[] } => {
    const { directory } = repository, known = listingOf(repository, directory);
    if (!existsSync(directory)) return { lacking: [] };
    const files = meant(known ?? filesBelow(directory), directory);
    const lacking = known === undefined
      ? missingShards(files)
      : files.filter((path) => !existsSync(join(directory, path)));
    return lacking.length === 0 ? { directory, files } : { lacking };
  };
  const offline = (error: unknown) => {
    const found = cached();
    if ("files" in found) return found;
    const what = found.lacking.length === 0 ? "its data files" : found.lacking.join(", ");
    const where = existsSync(repository.directory)
      ? repository.directory
      : join(repository.home, "snapshots", revision);
    throw repository.unreachable(
      error,
      `put ${what} into ${where}, or name a file of yours with path`,
    );
  };
  if (repository.isOffline) return offline(new Error("HF_HUB_OFFLINE is set"));
  if (repository.isFixed && listingOf(repository, repository.directory) !== undefined) {
    const found = cached();
    if ("files" in found) return found;
  }
  let snapshot: Snapshot;
  try {
    snapshot = await repository.list();
  } catch (error) {
    return offline(error);
  }
  const { files: listed, directory } = snapshot;
  const named = (path: string) => listed.filter((file: Listed) => file.path === path);
  await repository.fetch(snapshot, named(CARD));
  keepListing(repository, snapshot);
  const files = meant(listed.map(({ path }) => path), directory);
  await repository.fetch(snapshot, files.flatMap(named));
  repository.remember(snapshot);
  return { directory, files };
}

function cardIn(directory: string): string | undefined {
  const card = join(directory, CARD);
  return existsSync(card) ? Deno.readTextFileSync(card) : undefined;
}

/** Where the paths of a commit are kept: without a network they tell what a split is made of. */
function listingFile({ home }: Repository, directory: string): string {
  return join(home, "listings", `${directory.split("/").at(-1)}.json`);
}

function keepListing(repository: Repository, { files, directory }: Snapshot): void {
  const file = listingFile(repository, directory), written = `${file}.${Deno.pid}`;
  Deno.mkdirSync(dirname(file), { recursive: true });
  Deno.writeTextFileSync(written, JSON.stringify(files.map(({ path }) => path)));
  Deno.renameSync(written, file);
}

function listingOf(repository: Repository, directory: string): readonly string[] | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(listingFile(repository, directory)));
  } catch {
    return undefined; // it was put there by others
  }
}

/** Shards that are numbered, as `train-00000-of-00005.parquet`, and not there. */
function missingShards(files: readonly string[]): string[] {
  return files.flatMap((path) => {
    const [, before, count, after] = /^(.*)-\d{5}-of-(\d{5})(\.\w+)$/.exec(path) ?? [];
    if (before === undefined) return [];
    const shards = Array.from(
      { length: Number(count) },
      (_, i) => `${before}-${String(i).padStart(5, "0")}-of-${count}${after}`,
    );
    return shards.filter((shard) => !files.includes(shard));
  }).filter((path, i, all) => all.indexOf(path) === i);
}

function filesBelow(directory: string, prefix = ""): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name }) => {
    const path = join(directory, name);
    if (Deno.statSync(path).isDirectory) return filesBelow(path, `${prefix}${name}/`);
    return name.endsWith(".partial") ? [] : [prefix + name];
  });
}
