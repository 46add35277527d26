import type { Path } from "./document.ts";
import type { Reader } from "./reader.ts";

/** Thrown when a plan has more steps than it may; it was told. */
export class TooManySteps extends Error {}

/** Counts steps and iterations, wrong ones included, and refuses too many before they are laid out. */
export class StepLimit {
  readonly #reader: Reader;
  readonly #most: number;
  #count = 0;

  /** @param most steps that the plan may have, in all */
  constructor(reader: Reader, most: number) {
    this.#reader = reader;
    this.#most = most;
  }

  /** Refuses what would lay out too much before any of it is. @throws {TooManySteps} */
  demand(count: number, path: Path): void {
    if (this.#count + count > this.#most) this.#refuse(this.#count + count, path);
  }

  /** Counts what is laid out. @throws {TooManySteps} */
  take(count: number, path: Path): void {
    this.#count += count;
    if (this.#count > this.#most) this.#refuse(this.#count, path);
  }

  #refuse(count: number, path: Path): never {
    const hint = `lower it, or set max_steps at the top of the file (it is ${this.#most})`;
    this.#reader.tell(`the plan would have ${count} steps and iterations or more`, path, hint);
    throw new TooManySteps();
  }
}
