import { existsSync } from "node:fs";
import { dirname } from "node:path";

/** A file on its way: one process at a time has it. */
export interface Partial extends Disposable {
  readonly file: Deno.FsFile;
  /** Gives it its name. */
  finish(): void;
  /** Takes it away. */
  discard(): void;
}

/** Milliseconds between two looks at a file that another process has. */
const PATIENCE = 200;

/**
 * Takes hold of `target.partial`, which an earlier download may have begun. Where another process is at it, waits: the
 * system lets go of the file when that process ends, however it does.
 *
 * @returns undefined when the target is there, such as by the process that was waited for
 * @throws what `signal` says when it is aborted
 */
export async function takePartial(
  target: string,
  signal?: AbortSignal,
): Promise<Partial | undefined> {
  const path = `${target}.partial`;
  Deno.mkdirSync(dirname(target), { recursive: true });
  while (!existsSync(target)) {
    signal?.throwIfAborted();
    const file = Deno.openSync(path, { read: true, write: true, create: true });
    // Between opening and locking, another process may have finished or discarded it.
    if (file.tryLockSync(true) && isSame(file, path)) {
      if (!existsSync(target)) return holding(file, path, target);
      Deno.removeSync(path);
    }
    file.close();
    if (existsSync(target)) break;
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  }
  return undefined;
}

function isSame(file: Deno.FsFile, path: string): boolean {
  try {
    return file.statSync().ino === Deno.statSync(path).ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function holding(file: Deno.FsFile, path: string, target: string): Partial {
  return {
    file,
    finish() {
      file.syncSync(); // or a name could outlive the bytes
      Deno.renameSync(path, target);
    },
    discard: () => Deno.removeSync(path),
    [Symbol.dispose]: () => file.close(),
  };
}
