/** Commands that run something, and whoever reads what they write. @module */
import { complain, OutputError } from "./output.ts";

/** Without a reader a run stops as it does for Ctrl-C: what is done is kept. */
export class Heard {
  readonly #stop: () => void;
  #lost: OutputError | undefined;

  /** @param stop ends what runs */
  constructor(stop: () => void) {
    this.#stop = stop;
  }

  /** Whether what was written last could be. */
  get isHeard(): boolean {
    return this.#lost === undefined;
  }

  /** Writes something, where it can still be. */
  write(action: () => void): void {
    if (!this.isHeard) return;
    try {
      action();
    } catch (error) {
      if (!(error instanceof OutputError)) throw error;
      this.#lost = error;
      this.#stop();
    }
  }

  /** Tells on standard error what was lost, and what became of what ran. @returns the exit code */
  complain(end: string): number {
    complain(`error: ${this.#lost!.message}; ${end}`);
    return 1;
  }
}
