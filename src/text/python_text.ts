/** What Python does with texts, where JavaScript does otherwise. @module */

/** What Python takes for white space: JavaScript's, without U+FEFF and with separators of old. */
const BLANK =
  "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const ONE_BLANK = new RegExp(`^${BLANK}$`), BLANKS = new RegExp(`${BLANK}+`);
const LINE_ENDS = "\\r\\n|[\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029]";
const LINE_END = new RegExp(LINE_ENDS);

/** `strip`, `lstrip` and `rstrip`: of the characters given, or of white space. */
export function strip(
  value: string,
  chars: string | undefined,
  sides: "both" | "left" | "right",
): string {
  const set = chars === undefined ? undefined : [...chars];
  const drop = (char: string) => set === undefined ? ONE_BLANK.test(char) : set.includes(char);
  const all = [...value];
  let from = 0, to = all.length;
  if (sides !== "right") { while (from < to && drop(all[from]!)) from++; }
  if (sides !== "left") { while (to > from && drop(all[to - 1]!)) to--; }
  return all.slice(from, to).join("");
}

/** `str.capitalize`. */
export function capitalize(value: string): string {
  const [first = "", ...rest] = value;
  return first.toUpperCase() + rest.join("").toLowerCase();
}

/** `str.title`: each run of letters. */
export function titled(value: string): string {
  return value.replace(/\p{L}+/gu, capitalize);
}

/** `str.splitlines`. */
export function lines(value: string): string[] {
  return value.split(LINE_END).filter((line, i, all) => i < all.length - 1 || line !== "");
}

/** `str.split`: by a separator, or by white space. */
export function split(value: string, separator: string | undefined, most: number): string[] {
  if (separator === "") throw new Error("empty separator");
  if (separator !== undefined) {
    const parts = value.split(separator);
    if (most < 0 || parts.length <= most + 1) return parts;
    return [...parts.slice(0, most), parts.slice(most).join(separator)];
  }
  const words = value.split(BLANKS).filter((word) => word !== "");
  if (most < 0 || words.length <= most) return words;
  const unblank = (text: string) => strip(text, undefined, "left");
  const rest = words.slice(0, most).reduce(
    (left, word) => unblank(left).slice(word.length),
    value,
  );
  return [...words.slice(0, most), unblank(rest)];
}
