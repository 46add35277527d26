/** A text, or how it begins where it is longer. @module */

/** @param most characters that are left */
export function clip(text: string, most: number): string {
  const chars = [...text.slice(0, 2 * most)];
  return chars.length <= most && text.length <= 2 * most
    ? text
    : `${chars.slice(0, most).join("")} …`;
}
