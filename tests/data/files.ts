/** Files for the tests of data. @module */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rowsOf, type Source } from "../../src/data/mod.ts";
import type { Row } from "../../src/data/row.ts";

/** Three rows of each layout, and odd files; made by tools/golden/data_sets.py. */
export const FIXTURES = fileURLToPath(new URL("../fixtures/data/", import.meta.url));

/** A folder that is removed at the end. */
export class Folder implements Disposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "soar-data-" });

  /** Writes a file. @returns its path */
  write(name: string, content: string | Uint8Array): string {
    const file = join(this.path, name);
    Deno.mkdirSync(join(file, ".."), { recursive: true });
    if (typeof content === "string") Deno.writeTextFileSync(file, content);
    else Deno.writeFileSync(file, content);
    return file;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** All rows of a file. */
export async function readRows(
  path: string,
  source: Partial<Source> = {},
  name = "FILE",
): Promise<Row[]> {
  return await Array.fromAsync(rowsOf(path, { wanted: (names) => names, ...source }, name));
}

/** All rows of a file with this content. */
export async function readText(
  content: string | Uint8Array,
  source: Partial<Source> = {},
  name = "FILE",
): Promise<Row[]> {
  using folder = new Folder();
  return await readRows(folder.write(name, content), source, name);
}
