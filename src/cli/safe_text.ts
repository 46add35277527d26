/** Text of models and files as a terminal may be shown it. @module */

/**
 * Control characters, which a terminal obeys; what formats text unseen, such as turning its direction; halves of pairs.
 * Breaks of lines are left to whoever lays the text out.
 */
const UNSAFE = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]--\n]/gv;

/** Names that people know. */
const SHORT: Readonly<Record<string, string>> = { "\t": "\\t", "\r": "\\r", "\x1b": "\\e" };

/** A text in which nothing moves a cursor, or hides: such characters are written out. */
export function safeText(text: string): string {
  return text.replace(
    UNSAFE,
    (char) => SHORT[char] ?? `\\u{${char.codePointAt(0)!.toString(16)}}`,
  );
}

/** The same in one line. */
export function safeLine(text: string): string {
  return safeText(text).replaceAll("\n", " ");
}
