/** Lines at the bottom of a terminal that are drawn again and again. @module */
import { eraseLines } from "ansi-escapes";
import type { Terminal } from "../output.ts";

/** What is told stays above; the lines below it are drawn anew. */
export class Screen {
  readonly #terminal: Terminal;
  #drawn = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Columns that a line may have: a full one would wrap on some terminals. */
  get columns(): number {
    return Math.max(20, this.#terminal.columns - 1);
  }

  /** Whether lines are drawn. */
  get isDrawn(): boolean {
    return this.#drawn > 0;
  }

  /** Writes a text that stays. */
  tell(text: string): void {
    this.#terminal.write(`${this.#erased()}${text}\n`);
  }

  /** Draws lines in the place of those before; none removes them. */
  draw(lines: readonly string[]): void {
    const erased = this.#erased();
    this.#drawn = lines.length;
    const text = lines.map((line) => `${line}\n`).join("");
    if (erased + text !== "") this.#terminal.write(erased + text);
  }

  #erased(): string {
    const drawn = this.#drawn;
    this.#drawn = 0;
    // The cursor is on the empty line below them, which counts.
    return drawn === 0 ? "" : eraseLines(drawn + 1);
  }
}
