import { pipeline, Readable } from "node:stream";
import { type CsvError, parse } from "csv-parse";
import type { Input } from "../input.ts";
import { columnOf, type Columns, type Row, unreadable } from "../row.ts";
import { textOf } from "../text_lines.ts";
import type { Format } from "./format.ts";

/** What may stand between fields; the header tells which one does. */
const DELIMITERS = [",", "\t", ";", "|"];

/** A record as the parser gives it. */
interface Parsed {
  readonly record: readonly string[];
  /** As it is written. */
  readonly raw: string;
  /** `bytes` up to its end. */
  readonly info: { readonly bytes: number };
}

/** Fields between commas, tabs, semicolons or bars, under a header; quoted as RFC 4180 has it. */
export const csv: Format = {
  name: "csv",
  async *rows(input) {
    const lines = new LineCounter();
    let header: readonly string[] | undefined, delimiter = "", start = 0;
    try {
      for await (
        const { record, raw, info } of recordsOf(input, lines, (found) => delimiter = found)
      ) {
        const line = lines.at(start);
        start = info.bytes;
        if (record.length === 1 && record[0]!.trim() === "") continue;
        if (header === undefined) header = headerOf(record, input.name, line);
        else yield rowOf({ header, record, raw, line, delimiter, file: input.name });
      }
    } catch (error) {
      // Records before it may be lost on their way here.
      throw isCsvError(error) ? broken(error, input.name, lines.at(error.bytes)) : error;
    }
  },
};

async function* recordsOf(
  input: Input,
  lines: LineCounter,
  tell: (delimiter: string) => void,
): AsyncGenerator<Parsed> {
  const text = textOf(input), first = await firstLine(text);
  const delimiter = delimiterOf(first);
  tell(delimiter);
  const parser = parse({
    delimiter,
    info: true,
    raw: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
  });
  const encoder = new TextEncoder();
  const pieces = async function* () {
    yield lines.pass(encoder.encode(first));
    for await (const piece of text) yield lines.pass(encoder.encode(piece));
  };
  // What goes wrong with one of them ends both; iterating tells it.
  pipeline(Readable.from(pieces()), parser, () => {});
  for await (const record of parser) yield record;
}

/** The text up to the end of a line, or longer. */
async function firstLine(text: AsyncIterator<string>): Promise<string> {
  let first = "";
  for (let next = await text.next(); next.done !== true; next = await text.next()) {
    first += next.value;
    if (/[\r\n]/.test(first.trimStart())) break;
  }
  return first;
}

function delimiterOf(text: string): string {
  const [line = ""] = text.trimStart().split(/[\r\n]/, 1);
  const bare = line.replaceAll(/"[^"]*"/g, "");
  const count = (delimiter: string) => bare.split(delimiter).length;
  return DELIMITERS.toSorted((a, b) => count(b) - count(a))[0]!;
}

function headerOf(record: readonly string[], file: string, line: number): readonly string[] {
  // Of several without a name none is lost.
  const names = record.map((name, i) => name.trim() || `column ${i + 1}`);
  const twice = names.find((name, i) => name !== "" && names.indexOf(name) < i);
  if (twice === undefined) return names;
  throw unreadable(file, `line ${line} names two columns ${twice}`);
}

function rowOf(
  { header, record, raw, line, delimiter, file }: {
    readonly header: readonly string[];
    readonly record: readonly string[];
    readonly raw: string;
    readonly line: number;
    readonly delimiter: string;
    readonly file: string;
  },
): Row {
  if (record.length !== header.length) {
    const fields = `${record.length} field${record.length === 1 ? "" : "s"}`;
    throw unreadable(
      file,
      `line ${line} has ${fields}, and the header ${header.length}; quote what has a ` +
        `${JSON.stringify(delimiter)} in it`,
    );
  }
  const columns: Columns = Object.fromEntries(header.map((name, i) => [name, record[i]!]));
  return {
    columns,
    place: { file, where: `line ${line}` },
    at(path) {
      const index = header.indexOf(columnOf(path, header) ?? "");
      const before = raw.slice(0, index < 0 ? 0 : fieldOffset(raw, index, delimiter));
      const breaks = before.split(/\r\n|\n|\r/);
      return `${line + breaks.length - 1}:${breaks.at(-1)!.length + 1}`;
    },
  };
}

/** Where a field begins in a record as it is written. */
function fieldOffset(raw: string, index: number, delimiter: string): number {
  let quoted = false, fields = 0;
  for (let at = 0; at < raw.length; at++) {
    if (fields === index) return at;
    if (raw[at] === '"') quoted = !quoted; // two in a row leave it as it was
    else if (!quoted && raw.startsWith(delimiter, at)) fields++;
  }
  return raw.length;
}

function isCsvError(error: unknown): error is CsvError & { readonly bytes: number } {
  return (error as { readonly code?: string }).code?.includes("QUOTE") === true;
}

function broken({ code, message }: CsvError, file: string, line: number): SyntaxError {
  const problem = code === "CSV_QUOTE_NOT_CLOSED"
    ? "the record that begins there has a quote that is never closed"
    : `a quote stands within a field: quote the field, and write its own quotes twice`;
  return unreadable(file, `line ${line}: ${problem}`, message);
}

/** Tells the lines of offsets in bytes, as these grow. */
class LineCounter {
  /** Offsets behind line breaks that have not been asked past. */
  #starts: number[] = [];
  #taken = 0;
  #line = 1;
  #size = 0;
  #afterReturn = false;

  /** Bytes on their way. */
  pass(bytes: Uint8Array): Uint8Array {
    for (const byte of bytes) {
      this.#size++;
      // A return and a line feed together are one break.
      if (byte === 10 && this.#afterReturn) this.#starts[this.#starts.length - 1] = this.#size;
      else if (byte === 10 || byte === 13) this.#starts.push(this.#size);
      this.#afterReturn = byte === 13;
    }
    return bytes;
  }

  /** The line of an offset that is no smaller than the one before. */
  at(offset: number): number {
    while (this.#taken < this.#starts.length && this.#starts[this.#taken]! <= offset) {
      this.#taken++;
      this.#line++;
    }
    if (this.#taken > 4096) {
      this.#starts = this.#starts.slice(this.#taken);
      this.#taken = 0;
    }
    return this.#line;
  }
}
