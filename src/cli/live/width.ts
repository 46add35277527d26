import stringWidth from "string-width";

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

const GRAPHEMES = new Intl.Segmenter();
