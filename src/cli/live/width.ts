/** Columns that texts take. @module */
import stringWidth from "string-width";
import { stripVTControlCharacters } from "node:util";

/** A text cut to so many columns; what is cut off shows as `…`. */
export function fit(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let cut = "", width = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    width += stringWidth(segment);
    if (width > columns - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}

/** Columns of a text. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Rows that a line takes where a terminal of so many columns breaks it; a wide character is not broken. */
export function rowsOf(line: string, columns: number): number {
  if (stringWidth(line) <= columns) return 1;
  let rows = 1, at = 0;
  for (const { segment } of GRAPHEMES.segment(stripVTControlCharacters(line))) {
    const width = stringWidth(segment);
    if (at + width > columns) {
      rows++;
      at = 0;
    }
    at += width;
  }
  return rows;
}

const GRAPHEMES = new Intl.Segmenter();
