/** Bytes that are read in parts: a file that is never held whole, or an array in tests. */
export interface ByteSource extends Disposable {
  /** Shown in errors. */
  readonly name: string;
  readonly size: number;
  /** Fills `target` from `offset`; the caller stays within `size`. @throws {Error} when that fails */
  read(offset: number, target: Uint8Array): void;
}

/** Opens a file. @throws {Error} naming it */
export function openFile(path: string): ByteSource {
  const fail = (error: unknown) =>
    new Error(`Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  let file: Deno.FsFile;
  try {
    // Opening a pipe would wait for who writes into it.
    if (!Deno.statSync(path).isFile) throw new TypeError("it is no file");
    file = Deno.openSync(path);
  } catch (error) {
    throw fail(error);
  }
  return {
    name: path,
    size: file.statSync().size,
    read(offset, target) {
      try {
        file.seekSync(offset, Deno.SeekMode.Start);
        for (let done = 0; done < target.length;) {
          const count = file.readSync(target.subarray(done));
          if (count === null) throw new Error(`it ends at byte ${offset + done}`);
          done += count;
        }
      } catch (error) {
        throw fail(error);
      }
    },
    [Symbol.dispose]: () => file.close(),
  };
}

/** Bytes in memory as a file of this name. */
export function fromBytes(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    read: (offset, target) => target.set(bytes.subarray(offset, offset + target.length)),
    [Symbol.dispose]() {},
  };
}
