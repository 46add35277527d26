import { brokenAt, descend, offsetsIn, parseJson, positionOf, problemOf } from "../json_text.ts";
import { type Columns, lookUp, plain, stepsOf, unreadable } from "../row.ts";
import { textOf } from "../text_lines.ts";
import type { Format } from "./format.ts";

/** A list of objects, or one object. */
export const json: Format = {
  name: "json",
  async *rows(input, { rows: path }) {
    const parts: string[] = [];
    for await (const part of textOf(input)) parts.push(part);
    const text = parts.join("");
    if (text.trim() === "") return;
    const file = input.name,
      place = (offset: number) => {
        const { line, column } = positionOf(text, offset);
        return `${line}:${column}`;
      };
    let whole: unknown;
    try {
      whole = parseJson(text);
    } catch (error) {
      const problem = `is no JSON: ${problemOf(error)}`;
      throw unreadable(
        file,
        `line ${place(brokenAt(text)).replace(":", " column ")} ${problem}`,
        error,
      );
    }
    const { list, steps } = listIn(whole, path, file), offsetOf = offsetsIn(text);
    for (const [index, item] of list.entries()) {
      const at = steps === undefined ? [] : [...steps, index];
      if (typeof item !== "object" || item === null || Array.isArray(item)) {
        const { line } = positionOf(text, offsetOf(at));
        throw unreadable(file, `line ${line} has an item that is no object`);
      }
      const columns = descend(
        () => plain(item),
        (problem, cause) => unreadable(file, `item ${index + 1} ${problem}`, cause),
      ) as Columns;
      yield {
        columns,
        // Counting lines takes reading the text again: only what is told pays for it.
        place: {
          file,
          get where() {
            return `line ${positionOf(text, offsetOf(at)).line}`;
          },
        },
        at: (column) => place(offsetOf([...at, ...stepsOf(columns, column) ?? []])),
      };
    }
  },
};

/** The rows, and where their list stands; a lone object is a row. */
function listIn(whole: unknown, path: string | undefined, file: string) {
  if (path === undefined) {
    return Array.isArray(whole) ? { list: whole, steps: [] } : { list: [whole] };
  }
  const list = lookUp(whole, path);
  if (Array.isArray(list)) return { list, steps: stepsOf(whole, path)! };
  const lists = typeof whole === "object" && whole !== null
    ? Object.entries(whole).flatMap(([name, value]) => Array.isArray(value) ? [name] : [])
    : [];
  const hint = lists.length === 0 ? "leave rows out" : `write rows: ${lists.join(" or ")}`;
  throw unreadable(file, `it has no list ${path}; ${hint}`);
}
