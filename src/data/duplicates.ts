/** Problems that are there twice. @module */

/** A problem that was there before. */
export interface Duplicate<T> {
  /** Which one. */
  readonly of: T;
  /** Whether that one has another answer. */
  readonly differs: boolean;
}

/** A question with its answer. */
interface Asked {
  readonly problem: string;
  readonly answer: string;
}

/** Finds problems that were there before, but for case, blanks and spacing in LaTeX. */
export class Seen<T> {
  readonly #first = new Map<string, { readonly one: T; readonly answer: string }>();

  /** What a problem repeats, if it repeats one. */
  find({ problem, answer }: Asked): Duplicate<T> | undefined {
    const known = this.#first.get(normal(problem));
    return known && { of: known.one, differs: normal(known.answer) !== normal(answer) };
  }

  /** A problem that is the first of its kind, called `one`. */
  add({ problem, answer }: Asked, one: T): void {
    this.#first.set(normal(problem), { one, answer });
  }
}

/** Spacing of LaTeX, and what changes nothing but size. */
const SPACING =
  /\\(?:[,;:!> ]|(?:quad|qquad|thinspace|medspace|thickspace|enspace|displaystyle|textstyle|left|right|big|Big|bigg|Bigg|limits|nolimits)(?![a-zA-Z]))|~/g;

/** What is the same in texts that ask for the same. */
export function normal(text: string): string {
  return text.normalize("NFKC")
    .replaceAll(/\\[dt]frac(?![a-zA-Z])/g, "\\frac")
    .replaceAll(SPACING, " ")
    .replaceAll(/\\[()[\]]|\$+/g, " ")
    .toLowerCase()
    .replaceAll(/\s+/g, " ")
    // "x + 1" is "x+1", but "1 2" is not "12".
    .replaceAll(/(?<![\p{L}\p{N}]) | (?![\p{L}\p{N}])/gu, "");
}
