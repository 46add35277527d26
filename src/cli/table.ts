import stringWidth from "string-width";
import { formatColumns } from "./format.ts";
import { safeLine } from "./safe_text.ts";

/** A table under its heads. Columns of nothing but numbers stand at the right; those without a cell are left out. */
export function formatTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const used = heads.flatMap((_, i) => rows.some((row) => row[i] !== "") ? [i] : []);
  const right = used.flatMap((column, i) =>
    rows.every((row) => NUMBER.test(row[column]!)) ? [i] : []
  );
  const cells = [heads, ...rows].map((row) => used.map((column) => safeLine(row[column]!)));
  return formatColumns(cells, { right: new Set(right), width: stringWidth });
}

const NUMBER = /^([+−-]?\d[\d.,e+-]*( ± \d[\d.e+-]*)?)?$/;
