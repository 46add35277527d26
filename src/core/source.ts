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
  /** What paths in it are relative to; undefined where it is no file. */
  readonly directory: string | undefined;
  /** Offsets of the lines' first characters; found when a place is first told. */
  #lines: readonly number[] | undefined;

  /** A text and the name it is shown under. */
  constructor(file: string, text: string, directory?: string) {
    this.file = file;
    this.text = text;
    this.directory = directory;
  }

  /** Line and column, both counted from 1. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const lines = this.#lines ??= lineStarts(this.text);
    const at = Math.min(offset, this.text.length);
    let low = 0, high = lines.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (lines[middle]! <= at) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: at - lines[low]! + 1 };
  }

  /** The text of a line, counted from 1, without its end. */
  line(number: number): string {
    const lines = this.#lines ??= lineStarts(this.text);
    const start = lines[number - 1];
    if (start === undefined) return "";
    return this.text.slice(start, lines[number] ?? this.text.length).replace(/\r?\n$/, "");
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

const OVERRIDE = "override ";

/** The text of a value that the command line gives a path. */
export function overrideSource(path: string, text: string): Source {
  return new Source(OVERRIDE + path, text);
}

/** Whether a text is such a value, and not a file's. */
export function isOverride({ file }: Source): boolean {
  return file.startsWith(OVERRIDE);
}
