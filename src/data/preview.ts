/** What can be told of a file before it is read. @module */
import { columnOf, type Columns, lookUp } from "./row.ts";
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
  readonly columns: readonly string[];
  /** Whether a path leads to something. */
  has(path: string): boolean;
}

/** The beginning of a text file; undefined where that takes more than a look. */
export function previewOf(path: string, { format, rows }: Looked): Preview | undefined {
  const head = headOf(path);
  if (head === undefined || rows !== undefined) return undefined;
  try {
    const kind = format === "auto" ? sniff(head, path) : format;
    const [line = "", ...others] = new TextDecoder().decode(head).trimStart().split("\n");
    if (others.length === 0 && head.length === HEAD) return undefined; // it goes on
    if (kind === "jsonl") return previewOfLine(line);
    return kind === "csv" ? previewOfHeader(line.trimEnd()) : undefined;
  } catch {
    return undefined; // reading it tells what is wrong
  }
}

function previewOfLine(line: string): Preview {
  const row = JSON.parse(line) as Columns;
  return {
    format: "jsonl",
    columns: Object.keys(row),
    has: (path) => lookUp(row, path) !== undefined,
  };
}

/** Without quotes, what is between fields cannot be in them. */
function previewOfHeader(line: string): Preview | undefined {
  const delimiters = [...new Set(line.match(/[,;\t|]/g))];
  if (line.includes('"') || delimiters.length !== 1) return undefined;
  const columns = line.split(delimiters[0]!).map((name) => name.trim());
  return { format: "csv", columns, has: (path) => columnOf(path, columns) !== undefined };
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
    using file = Deno.openSync(path);
    const head = new Uint8Array(HEAD);
    return file.statSync().isFile ? head.subarray(0, file.readSync(head) ?? 0) : undefined;
  } catch {
    return undefined;
  }
}
