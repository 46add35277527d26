import { isOsError, osReason } from "../core/mod.ts";

/** Writes that a run can do without: what the operating system refuses is told once, and nothing more is written. */
export class Writes {
  readonly #lost: (reason: string) => void;
  #isLost = false;

  /** @param lost told why, when a write fails for the first time */
  constructor(lost: (reason: string) => void) {
    this.#lost = lost;
  }

  /** Does what writes something. */
  try(action: () => void): void {
    if (this.#isLost) return;
    try {
      action();
    } catch (error) {
      if (!isOsError(error)) throw error;
      this.#isLost = true;
      this.#lost(osReason(error));
    }
  }
}
