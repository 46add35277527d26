/** Lines at the bottom of a terminal that are drawn again and again. @module */
import { eraseLines } from "ansi-escapes";
import type { Terminal } from "../output.ts";
import { rowsOf } from "./width.ts";

/** What is told stays above; the lines below it are drawn anew. */
export class Screen {
  readonly #terminal: Terminal;
  #drawn: readonly string[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Columns that a line may have: a full one would wrap on some terminals. */
  get columns(): number {
    return Math.max(1, this.#terminal.columns - 1);
  }

  /** Lines that may be drawn: the cursor stands below them, and of what was told something is left to be seen. */
  get lines(): number {
    const { rows } = this.#terminal;
    return Math.max(0, Math.min(rows - 1, Math.max(LEAST, Math.floor(rows / 2))));
  }

  /** Whether lines are drawn. */
  get isDrawn(): boolean {
    return this.#drawn.length > 0;
  }

  /** Writes a text that stays. */
  tell(text: string): void {
    this.#terminal.write(`${this.#erased()}${text}\n`);
  }

  /** Draws lines in the place of those before; none removes them. */
  draw(lines: readonly string[]): void {
    const erased = this.#erased();
    this.#drawn = lines;
    const text = lines.map((line) => `${line}\n`).join("");
    if (erased + text !== "") this.#terminal.write(erased + text);
  }

  #erased(): string {
    const { columns, reflows } = this.#terminal, drawn = this.#drawn;
    this.#drawn = [];
    if (drawn.length === 0) return "";
    // A terminal that has become narrower since has broken them.
    const rows = reflows
      ? drawn.reduce((sum, line) => sum + rowsOf(line, columns), 0)
      : drawn.length;
    // The cursor is on the empty line below them, which counts.
    return eraseLines(rows + 1);
  }
}

/** Lines that are drawn on a low terminal too. */
const LEAST = 6;
