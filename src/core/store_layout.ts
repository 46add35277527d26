/** Versions of the store's layout: which one a folder has, and how an older one is freed. @module */
import { join } from "node:path";
import { DiagnosticError } from "./diagnostic.ts";
import { entryIfThere, ifThere, listFiles, readIfThere } from "./files.ts";

/** Raised when a store written by an earlier version of this program cannot be read by this one. */
export const LAYOUT = 2;

const LAYOUT_FILE = "layout.json";
/** The folders of layout 1, which had no file that told it. */
const FIRST_LAYOUT = ["artifacts", "actions", "tmp", "runs"] as const;

/** Where a store lies in its folder. */
export interface Location {
  /** Where this layout's files are, or will be. */
  readonly directory: string;
  /** Whether anything is there. */
  readonly exists: boolean;
  /** The folder that also holds a store of layout 1, which is left alone. */
  readonly old: string | undefined;
}

/**
 * Finds the store in a folder, changing nothing. Where one of layout 1 lies, or lay, ours has a folder in it.
 *
 * @throws {DiagnosticError} when the folder is something else, or belongs to a later version
 */
export function locate(root: string): Location {
  if (root === "") fail("the store has an empty name", "name a folder");
  const entry = entryIfThere(root), target = ifThere(() => Deno.statSync(root));
  if (entry !== undefined && target === undefined) {
    fail(`store ${root} is a link to what is not there`, "make that folder, or name another");
  }
  if (target !== undefined && !target.isDirectory) {
    fail(`store ${root} is not a folder`, "name a folder, or what shall become one");
  }
  const text = readIfThere(join(root, LAYOUT_FILE));
  if (text !== undefined) return { directory: root, exists: checked(root, text), old: undefined };
  // Ours, whose file is lost: no earlier layout had blobs.
  if (entryIfThere(join(root, "blobs"))?.isDirectory) {
    return { directory: root, exists: true, old: undefined };
  }
  const inner = join(root, `layout-${LAYOUT}`), innerText = readIfThere(join(inner, LAYOUT_FILE));
  const isOld = ["artifacts", "actions"].every((name) => entryIfThere(join(root, name)));
  if (!isOld && innerText === undefined) return { directory: root, exists: false, old: undefined };
  const exists = innerText !== undefined && checked(inner, innerText);
  return { directory: inner, exists, old: isOld ? root : undefined };
}

/** Writes down which layout a folder has. */
export function writeLayout(directory: string, write: (path: string, text: string) => void): void {
  const path = join(directory, LAYOUT_FILE);
  if (entryIfThere(path) === undefined) write(path, JSON.stringify({ layout: LAYOUT }) + "\n");
}

/** Bytes of the store of layout 1 in a folder. */
export function oldBytes(root: string): number {
  return FIRST_LAYOUT.map((name) => join(root, name))
    .filter((folder) => entryIfThere(folder)?.isDirectory)
    .flatMap((folder) => listFiles(folder).map((name) => join(folder, name)))
    .reduce((sum, path) => sum + (entryIfThere(path)?.size ?? 0), 0);
}

/**
 * Removes the store of layout 1 from a folder.
 *
 * @throws {DiagnosticError} when a process of the earlier version is writing to it
 */
export function freeOld(root: string): void {
  const tmp = join(root, "tmp");
  for (const { name } of entryIfThere(tmp)?.isDirectory ? Deno.readDirSync(tmp) : []) {
    const pid = name.split("-")[0]!;
    if (/^\d+$/.test(pid) && entryIfThere(`/proc/${pid}`) !== undefined) {
      fail(`process ${pid} is at work on ${root}`, "wait until it has ended");
    }
  }
  // The records first: a store of which a part is gone is none that a program would take for whole.
  for (const name of ["actions", "artifacts", "tmp", "runs"]) {
    ifThere(() => Deno.removeSync(join(root, name), { recursive: true }));
  }
}

function checked(directory: string, text: string): true {
  let layout: unknown;
  try {
    layout = (JSON.parse(text) as { layout?: unknown } | null)?.layout;
  } catch {
    // told below
  }
  if (layout === LAYOUT) return true;
  if (typeof layout !== "number") {
    // A store without this file is known by its blobs.
    fail(`${join(directory, LAYOUT_FILE)} is damaged`, "if it is a store's, delete the file");
  }
  return fail(
    `store ${directory} has layout ${layout}; this program reads ${LAYOUT}`,
    `use the program that made it, or another store (${join(directory, LAYOUT_FILE)} tells it)`,
  );
}

function fail(message: string, hint: string): never {
  throw new DiagnosticError([{ message, hint }]);
}
