/** Which of many files are meant: of a folder, an archive or a repository of the hub. @module */
import { matchesGlob } from "node:path";

/** What is asked for. */
export interface Choice {
  /** A file, or a pattern such as `data/*.parquet`. */
  readonly file?: string;
  /** Such as `train`. */
  readonly split?: string;
  /** A part of the set that has a name; `*` for all. */
  readonly subset?: string;
}

/** A part of a set as its card names it: patterns of files by split. */
export interface Subset {
  readonly name: string;
  readonly isDefault: boolean;
  readonly splits: Readonly<Record<string, readonly string[]>>;
}

/** Names of files that rows can be read from. */
const DATA = /\.(jsonl|ndjson|json|csv|tsv|parquet)(\.gz)?$|\.zip$/i;

/** What Python's `datasets` takes for the names of splits, in paths that no card explains. */
const SPLITS: Readonly<Record<string, readonly string[]>> = {
  train: ["train", "training"],
  validation: ["validation", "valid", "val", "dev"],
  test: ["test", "testing", "eval", "evaluation"],
};

/**
 * The files that are meant, sorted.
 *
 * @param subsets what the set's card says, where it has one
 * @throws {Error} when there are none, or it has to be told which
 */
export function chooseFiles(
  paths: readonly string[],
  choice: Choice,
  subsets: readonly Subset[] = [],
): string[] {
  const data = paths.filter(isData).toSorted();
  const { file, split, subset } = choice;
  if (file !== undefined) return named(paths.toSorted(), data, file);
  if (data.length === 0) throw new Error(`it has no data files; there ${areOf(paths)}`);
  if (subsets.length > 0) return ofCard(data, subsets, split, subset);
  const within = subset === undefined || subset === "*"
    ? data
    : data.filter((path) => namesIn(path).includes(subset));
  if (within.length === 0) {
    const names = new Set(data.flatMap(namesIn));
    throw new Error(`it has no subset ${subset}; write ${anyOf([...names], "file: a pattern")}`);
  }
  return ofSplit(within, split);
}

function isData(path: string): boolean {
  const parts = partsOf(path);
  if (parts.includes("__MACOSX") || parts.some((part) => part.startsWith("."))) return false;
  return DATA.test(path) && !/^(dataset_infos|package)\.json$/.test(parts.at(-1)!);
}

function named(paths: readonly string[], data: readonly string[], file: string): string[] {
  const found = paths.filter((path) => path === file || matchesGlob(path, file));
  if (found.length > 0) return found;
  throw new Error(`it has no file ${file}; there ${areOf(data.length > 0 ? data : paths)}`);
}

/** By what the card says. */
function ofCard(
  data: readonly string[],
  subsets: readonly Subset[],
  split: string | undefined,
  subset: string | undefined,
): string[] {
  const names = subsets.map(({ name }) => name);
  const lone = subsets.length === 1 ? subsets : subsets.filter(({ isDefault }) => isDefault);
  const meant = subset === "*"
    ? subsets
    : subset === undefined
    ? lone.slice(0, 1)
    : subsets.filter(({ name }) => name === subset);
  if (meant.length === 0) {
    const problem = subset === undefined ? "it has subsets" : `it has no subset ${subset}`;
    throw new Error(`${problem}; write subset: ${anyOf([...names, '"*" for all'])}`);
  }
  const splits = [...new Set(meant.flatMap((one) => Object.keys(one.splits)))];
  const name = split ?? (splits.length === 1 ? splits[0]! : undefined);
  if (name === undefined) throw new Error(`it has splits; write split: ${anyOf(splits)}`);
  const patterns = meant.flatMap((one) => Object.hasOwn(one.splits, name) ? one.splits[name]! : []);
  if (patterns.length === 0) {
    throw new Error(`it has no split ${name}; write split: ${anyOf(splits)}`);
  }
  const found = data.filter((path) =>
    patterns.some((pattern) => path === pattern || matchesGlob(path, pattern))
  );
  if (found.length > 0) return found;
  throw new Error(`it has no files for split ${name} (${patterns.join(", ")})`);
}

/** By the names of files and folders. */
function ofSplit(data: readonly string[], split: string | undefined): string[] {
  const splits = [...new Set(data.map(splitOf).filter((name) => name !== undefined))];
  if (split === undefined) {
    if (splits.length < 2) return [...data];
    throw new Error(`it has splits; write split: ${anyOf(splits)}`);
  }
  const meant = Object.keys(SPLITS).find((name) => SPLITS[name]!.includes(split)) ?? split;
  const found = data.filter((path) =>
    splitOf(path) === meant || wordsOf(partsOf(path)).includes(split)
  );
  if (found.length > 0) return found;
  // A set that does not split itself is one split, which is called train; a lone file is what is meant.
  if (splits.length === 0 && (meant === "train" || data.length === 1)) return [...data];
  const hint = anyOf(splits, "leave split out");
  throw new Error(`it has no split ${split}; write ${splits.length > 0 ? "split: " : ""}${hint}`);
}

/** The split of a path: its last part that names one counts. */
function splitOf(path: string): string | undefined {
  for (const part of partsOf(path).toReversed()) {
    const words = wordsOf([part]);
    const found = Object.keys(SPLITS).find((name) =>
      SPLITS[name]!.some((other) => words.includes(other))
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

function partsOf(path: string): string[] {
  return path.split("/");
}

/** Folders of a path, and its file without the ending. */
function namesIn(path: string): string[] {
  return partsOf(path.replace(DATA, ""));
}

function wordsOf(parts: readonly string[]): string[] {
  return parts.flatMap((part) => part.toLowerCase().split(/[^a-z]+/));
}

function areOf(paths: readonly string[]): string {
  if (paths.length === 0) return "is nothing in it";
  const more = paths.length > 10 ? `, and ${paths.length - 10} more` : "";
  return `${paths.length === 1 ? "is" : "are"} ${paths.slice(0, 10).join(", ")}${more}`;
}

function anyOf(names: readonly string[], otherwise = "another name"): string {
  if (names.length === 0) return otherwise;
  const more = names.length > 10 ? ", …" : "";
  return names.slice(0, 10).join(" or ") + more;
}
