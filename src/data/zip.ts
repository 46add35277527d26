/** What is packed in a zip archive. @module */
import { unzipSync } from "fflate";
import { type Input, memoryInput } from "./input.ts";
import { unreadable } from "./row.ts";

/** The files of an archive, in the order of their names. */
export async function unzipped(archive: Input): Promise<{ path: string; input: Input }[]> {
  const bytes = await archive.bytes(), paths: string[] = [];
  const read = (filter: (path: string) => boolean) => {
    try {
      return unzipSync(bytes, { filter: ({ name }) => filter(name) });
    } catch (error) {
      const { message } = error as Error;
      throw unreadable(archive.name, `it is no sound zip archive: ${message}`, error);
    }
  };
  read((path) => {
    if (!path.endsWith("/")) paths.push(path);
    return false;
  });
  return paths.toSorted().map((path) => ({
    path,
    // Unpacked when it is read, one at a time.
    input: memoryInput(`${archive.name}/${path}`, () => read((other) => other === path)[path]!),
  }));
}
