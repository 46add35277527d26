import { brokenAt, descend, offsetsIn, parseJson, problemOf } from "../json_text.ts";
import { type Columns, plain, type Row, stepsOf, unreadable } from "../row.ts";
import { linesOf } from "../text_lines.ts";
import type { Format } from "./format.ts";

/** An object a line. */
export const jsonl: Format = {
  name: "jsonl",
  async *rows(input) {
    let number = 0;
    for await (const line of linesOf(input)) {
      number++;
      if (line.trim() !== "") yield rowOf(line, number, input.name);
    }
  },
};

function rowOf(line: string, number: number, file: string): Row {
  const where = `line ${number}`;
  const fail = (problem: string, cause?: unknown) => unreadable(file, `${where} ${problem}`, cause);
  let value: unknown;
  try {
    value = parseJson(line);
  } catch (error) {
    throw fail(`is no JSON: ${problemOf(error)}, column ${brokenAt(line) + 1}`, error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fail("is no object");
  }
  const columns = descend(() => plain(value), fail) as Columns;
  return {
    columns,
    place: { file, where },
    at: (path) => `${number}:${offsetsIn(line)(stepsOf(columns, path) ?? []) + 1}`,
  };
}
