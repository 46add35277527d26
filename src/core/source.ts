/** A span of characters in a file. */
export interface Span {
  /** Offset of the first character. */
  readonly start: number;
  /** Offset after the last. */
  readonly end: number;
}

/** A place in a source. */
export interface Location {
  /** The text. */
  readonly source: Source;
  /** The part of it. */
  readonly span: Span;
}

/** A text with its name, able to tell lines and columns. */
export class Source {
  /** Name shown to the user. */
  readonly file: string;
  /** The whole text. */
  readonly text: string;
  /** What paths in it are relative to; undefined where it is no file. */
  readonly directory: string | undefined;
  /** The text that this one is the end of, and where it begins there. */
  readonly #whole: { readonly source: Source; readonly from: number } | undefined;
  /** Offsets of the lines' first characters; found when a place is first told. */
  #lines: readonly number[] | undefined;

  /** A text and the name it is shown under. */
  constructor(
    file: string,
    text: string,
    directory?: string,
    whole?: { readonly source: Source; readonly from: number },
  ) {
    this.file = file;
    this.text = text;
    this.directory = directory;
    this.#whole = whole;
  }

  /** What stands from an offset on, to be read by itself; its places are those in the whole. */
  rest(from: number): Source {
    return new Source(this.file, this.text.slice(from), this.directory, { source: this, from });
  }

  /** A place in the text. */
  place(start: number, end: number): Location {
    const { source, from } = this.#whole ?? { source: this, from: 0 };
    return { source, span: { start: start + from, end: Math.max(start, end) + from } };
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

/** An override as it was typed, `path=value`. */
export class Override extends Source {
  /** It stands in no file, so that nothing in it has a line or a column. */
  constructor(text: string) {
    super("override", text);
  }
}
