/**
 * A lock between processes (flock): the kernel frees it when the process ends, however it ends. Where processes
 * share a kernel it holds across containers; where they share a network file system it holds if that passes
 * locks on, as NFS does.
 */
export class Lock implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /** Takes the lock of a file, which it makes; undefined when somebody holds it. */
  static tryTake(path: string): Lock | undefined {
    for (;;) {
      const file = Deno.openSync(path, { read: true, write: true, create: true });
      try {
        if (!file.tryLockSync(true)) {
          file.close();
          return undefined;
        }
        // The holder before removed the file, perhaps after this opened it: then the lock is nobody's any more.
        if (isAt(file, path)) return new Lock(path, file);
      } catch (error) {
        file.close();
        throw error;
      }
      file.close();
    }
  }

  /** Whether somebody holds the lock of a file, which need not be there; nothing is made. */
  static isHeld(path: string): boolean {
    let file: Deno.FsFile;
    try {
      file = Deno.openSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
    try {
      return !file.tryLockSync(false);
    } finally {
      file.close();
    }
  }

  /** Writes what the lock's file says. */
  write(text: string): void {
    this.#file.truncateSync(0);
    this.#file.writeSync(new TextEncoder().encode(text));
  }

  /** Sets the file's time to now. */
  touch(): void {
    this.#file.utimeSync(new Date(), new Date());
  }

  /** Removes the file, and with it the lock. */
  [Symbol.dispose](): void {
    try {
      Deno.removeSync(this.#path); // while it is held, so that nobody else's goes
    } catch {
      // the lock is freed all the same
    }
    this.#file.close();
  }
}

function isAt(file: Deno.FsFile, path: string): boolean {
  try {
    return file.statSync().ino === Deno.statSync(path).ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
