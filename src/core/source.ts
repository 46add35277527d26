import { LineCounter } from "yaml";

/** A span of characters in a file. */
export interface Span {
  /** Offset of the first character. */
  readonly start: number;
  /** Offset after the last. */
  readonly end: number;
}

/** A text with its name, able to tell lines and columns. */
export class Source {
  /** Name shown to the user. */
  readonly file: string;
  /** The whole text. */
  readonly text: string;
  readonly #lines = new LineCounter();

  /** A text and the name it is shown under. */
  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#lines.addNewLine(0);
    for (let i = 0; i < text.length; i++) {
      if (text[i] === "\n") this.#lines.addNewLine(i + 1);
    }
  }

  /** Line and column, both counted from 1. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const { line, col } = this.#lines.linePos(Math.min(offset, this.text.length));
    return { line, column: col };
  }

  /** The text of a line, counted from 1, without its end. */
  line(number: number): string {
    return this.text.split("\n")[number - 1]?.replace(/\r$/, "") ?? "";
  }
}
