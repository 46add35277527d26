import type { Input } from "../input.ts";
import type { Row, Wanted } from "../row.ts";

/** How a file may be read. */
export interface Reading {
  /** Columns that are asked for, where a format can leave others unread. */
  readonly wanted: Wanted;
  /** The path of the list of rows in a JSON file. */
  readonly rows?: string;
}

/** A format of data files. */
export interface Format {
  readonly name: string;
  /** Its rows, from the first on. @throws {SyntaxError} with the place, when it is not sound */
  rows(input: Input, reading: Reading): AsyncIterable<Row>;
}
