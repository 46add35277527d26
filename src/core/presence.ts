/**
 * Who is in a store: runs hold a file's lock together, whoever removes things from the store holds it alone. The kernel frees
 * it when a process ends, however it ends.
 */
export class Presence implements Disposable {
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /** Enters together with others; waits while somebody is alone. */
  static async enter(path: string): Promise<Presence> {
    const file = Deno.openSync(path, { read: true, write: true, create: true });
    try {
      await file.lock(false);
      return new Presence(file);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Enters alone; undefined while others are in. */
  static tryAlone(path: string): Presence | undefined {
    const file = Deno.openSync(path, { read: true, write: true, create: true });
    if (file.tryLockSync(true)) return new Presence(file);
    file.close();
    return undefined;
  }

  /** Leaves. The file stays: who waits for its lock has it open. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
