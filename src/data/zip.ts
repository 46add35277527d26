/** What is packed in a zip archive. @module */
import { unzipSync } from "fflate";
import { type Input, memoryInput } from "./input.ts";
import { unreadable } from "./row.ts";

/** A file in an archive. */
export interface Member {
  readonly path: string;
  readonly input: Input;
}

/** Bytes that are unpacked at a time: archives of many small files are not gone through for each of them. */
const BATCH = 2 ** 26;

/** The files of an archive that are meant, in the order that `choose` gives them. */
export async function unzipped(
  archive: Input,
  choose: (paths: readonly string[]) => readonly string[],
): Promise<Member[]> {
  const bytes = await archive.bytes(), sizes = new Map<string, number>();
  const unpack = (filter: (path: string, size: number) => boolean) => {
    try {
      return unzipSync(bytes, { filter: ({ name, originalSize }) => filter(name, originalSize) });
    } catch (error) {
      const { message } = error as Error;
      throw unreadable(archive.name, `it is no sound zip archive: ${message}`, error);
    }
  };
  unpack((path, size) => {
    if (!path.endsWith("/")) sizes.set(path, size);
    return false;
  });
  const paths = choose([...sizes.keys()]);
  let batch: Readonly<Record<string, Uint8Array>> = {};
  const load = (index: number) => {
    const path = paths[index]!;
    if (!Object.hasOwn(batch, path)) {
      const meant = new Set([path]);
      let size = sizes.get(path)!;
      for (const next of paths.slice(index + 1)) {
        if ((size += sizes.get(next)!) > BATCH) break;
        meant.add(next);
      }
      batch = unpack((one) => meant.has(one));
    }
    return batch[path]!;
  };
  return paths.map((path, index) => ({
    path,
    input: memoryInput(`${archive.name}/${path}`, () => load(index)),
  }));
}
