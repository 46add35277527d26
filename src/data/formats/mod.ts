/** The table of formats: a new one is a file and a line here. @module */
import { csv } from "./csv.ts";
import type { Format } from "./format.ts";
import { json } from "./json.ts";
import { jsonl } from "./jsonl.ts";
import { parquet } from "./parquet.ts";

/** Every format, by the name that `format:` takes. */
export const FORMATS = { csv, json, jsonl, parquet } as const satisfies Readonly<
  Record<string, Format>
>;

/** The name of a format. */
export type FormatName = keyof typeof FORMATS;
