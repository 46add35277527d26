/** Text of files. @module */
import type { Input } from "./input.ts";
import { unreadable } from "./row.ts";

/** A file's text in pieces, without a byte order mark. @throws {SyntaxError} when it is no UTF-8 */
export async function* textOf(input: Input): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (bytes?: Uint8Array) => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (error) {
      throw unreadable(input.name, "it is no UTF-8 text; save it as UTF-8", error);
    }
  };
  for await (const bytes of input.stream()) yield decode(bytes);
  yield decode();
}

/** A file's lines, without their ends. */
export async function* linesOf(input: Input): AsyncGenerator<string> {
  let pending: string[] = [];
  for await (const text of textOf(input)) {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      pending.push(text.slice(start, end));
      yield pending.join("");
      pending = [];
      start = end + 1;
    }
    if (start < text.length) pending.push(text.slice(start));
  }
  if (pending.length > 0) yield pending.join("");
}
