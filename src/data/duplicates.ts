/** Problems that are there twice. @module */

/** A problem that was there before. */
export interface Duplicate<T> {
  /** Which one. */
  readonly of: T;
  /** Whether that one has another answer. */
  readonly differs: boolean;
}

/** Finds problems that were there before, but for case, blanks and spacing in LaTeX. */
export class Seen<T> {
  readonly #first = new Map<string, { readonly one: T; readonly answer: string }>();

  /** What a problem repeats; where it repeats none, it is the first of its kind, called `one`. */
  add({ problem, answer }: { readonly problem: string; readonly answer: string }, one: T):
    | Duplicate<T>
    | undefined {
    const key = normal(problem), known = this.#first.get(key);
    if (known !== undefined) {
      return { of: known.one, differs: normal(known.answer) !== normal(answer) };
    }
    this.#first.set(key, { one, answer });
    return undefined;
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
