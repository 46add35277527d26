/** What can be told of a file before it is read. @module */
import { columnOf, type Columns, lookUp } from "./row.ts";
import type { FormatName } from "./formats/mod.ts";
import { HEAD, sniff } from "./sniff.ts";

/** What a file is looked at for. */
interface Looked {
  readonly format: string;
  readonly rows?: string;
}

/** Files up to this size are looked through. */
const SMALL = 2 ** 25;

/** Columns that begin a file: of JSONL those of the first line, of CSV the header's. */
export interface Preview {
  readonly format: "csv" | "jsonl";
  /** The line that names them. */
  readonly line: number;
  readonly columns: readonly string[];
  /** Those that hold lists of objects, which may be the rows. */
  readonly lists: readonly string[];
  /** Whether a path leads to something. */
  has(path: string): boolean;
}

/** The beginning of a text file; undefined where that takes more than a look. */
export function previewOf(path: string, { format, rows }: Looked): Preview | undefined {
  const head = headOf(path);
  if (head === undefined || rows !== undefined) return undefined;
  try {
    const kind = sniff(head, path, format === "auto" ? undefined : format as FormatName);
    const text = new TextDecoder().decode(head), [blank = ""] = /^\s*/.exec(text) ?? [];
    const [line = "", ...others] = text.slice(blank.length).split("\n");
    if (others.length === 0 && head.length === HEAD) return undefined; // it goes on
    const number = blank.split("\n").length;
    if (kind === "jsonl") return previewOfLine(line, number);
    return kind === "csv" ? previewOfHeader(line.trimEnd(), number) : undefined;
  } catch {
    return undefined; // reading it tells what is wrong
  }
}

function previewOfLine(text: string, line: number): Preview | undefined {
  const row = JSON.parse(text) as Columns;
  if (typeof row !== "object" || row === null || Array.isArray(row)) return undefined;
  return {
    format: "jsonl",
    line,
    columns: Object.keys(row),
    lists: Object.keys(row).filter((name) => isRows(row[name])),
    has: (path) => lookUp(row, path) !== undefined,
  };
}

function isRows(value: unknown): boolean {
  return Array.isArray(value) && typeof value[0] === "object" && !Array.isArray(value[0]);
}

/** Without quotes, what is between fields cannot be in them. */
function previewOfHeader(text: string, line: number): Preview | undefined {
  const delimiters = [...new Set(text.match(/[,;\t|]/g))];
  if (text.includes('"') || delimiters.length !== 1) return undefined;
  const columns = text.split(delimiters[0]!).map((name) => name.trim());
  return {
    format: "csv",
    line,
    columns,
    lists: [],
    has: (path) => columnOf(path, columns) !== undefined,
  };
}

/** How many rows a small JSONL file has at most; undefined for others. */
export function countRows(path: string, { format, rows }: Looked): number | undefined {
  const head = headOf(path);
  if (head === undefined || rows !== undefined || Deno.statSync(path).size > SMALL) {
    return undefined;
  }
  try {
    if ((format === "auto" ? sniff(head, path) : format) !== "jsonl") return undefined;
  } catch {
    return undefined;
  }
  return Deno.readTextFileSync(path).split("\n").filter((line) => line.trim() !== "").length;
}

function headOf(path: string): Uint8Array | undefined {
  try {
    // Whoever opens a pipe waits for a writer.
    if (!Deno.statSync(path).isFile) return undefined;
    using file = Deno.openSync(path);
    const head = new Uint8Array(HEAD);
    return head.subarray(0, file.readSync(head) ?? 0);
  } catch {
    return undefined;
  }
}
