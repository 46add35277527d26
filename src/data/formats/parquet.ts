import {
  type FileMetaData,
  parquetMetadataAsync,
  type ParquetParsers,
  parquetReadObjects,
  parquetSchema,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { type Columns, plain, unreadable, type Wanted } from "../row.ts";
import type { Format } from "./format.ts";
import { conversionsOf } from "./parquet_values.ts";

/** Apache Parquet: only the columns that are asked for are read, one group of rows at a time. */
export const parquet: Format = {
  name: "parquet",
  async *rows(input, { wanted }) {
    await using file = await input.ranges();
    const sound = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        const { message } = error as Error;
        throw unreadable(input.name, `it is no sound Parquet file: ${message}`, error);
      }
    };
    const metadata = await sound(parquetMetadataAsync(file));
    const columns = [...wantedOf(wanted, columnsOf(metadata), input.name)];
    const conversions = conversionsOf(parquetSchema(metadata).children);
    let rowStart = 0, rowEnd = 0;
    for (const group of metadata.row_groups) {
      [rowStart, rowEnd] = [rowEnd, rowEnd + Number(group.num_rows)];
      const given = { file, metadata, columns, compressors, parsers: PARSERS, rowStart, rowEnd };
      for (const [i, row] of (await sound(parquetReadObjects(given))).entries()) {
        const where = `row ${rowStart + i + 1}`;
        yield {
          columns: plain(converted(row, conversions)) as Columns,
          place: { file: input.name, where },
          at: () => undefined,
        };
      }
    }
  },
};

const decoder = new TextDecoder("utf-8", { fatal: true });
/** What is no text stays what it is, where only the library takes it for text. */
const PARSERS: Partial<ParquetParsers> = {
  stringFromBytes(bytes: Uint8Array | undefined) {
    try {
      return bytes && decoder.decode(bytes);
    } catch {
      return bytes;
    }
  },
};

function converted(
  row: Readonly<Record<string, unknown>>,
  conversions: ReturnType<typeof conversionsOf>,
): Columns {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, conversions.get(name)?.(value) ?? value]),
  );
}

function wantedOf(wanted: Wanted, names: readonly string[], file: string): readonly string[] {
  try {
    return wanted(names);
  } catch (error) {
    throw unreadable(file, (error as Error).message, error);
  }
}

function columnsOf(metadata: FileMetaData): string[] {
  return parquetSchema(metadata).children.map(({ element }) => element.name);
}
