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

/** Pairs of letters that are one: as two small, and with the first large. */
const PAIRS = new Map(
  ["ǄǅǆǇǈǉǊǋǌǱǲǳ"].flatMap((all) =>
    [...all].map((char, i) => [char, all[i - i % 3 + 1]!] as const)
  ),
);
const IOTA = "\u0345";

/** Title case of a character, which is not always its upper case. */
function titleCase(char: string): string {
  if (/[\u10d0-\u10ff]/.test(char)) return char; // Georgian has none
  const parts = char.normalize("NFD");
  if (parts.endsWith(IOTA)) return (titleCase(parts.slice(0, -1)) + IOTA).normalize("NFC");
  const [first = "", ...rest] = char.toUpperCase();
  return PAIRS.get(char) ?? first + rest.join("").toLowerCase();
}

/** `str.capitalize`. */
export function capitalize(value: string): string {
  const [first = "", ...rest] = value;
  return titleCase(first) + rest.join("").toLowerCase();
}

/** `str.title`: each run of letters that have a case. */
export function titled(value: string): string {
  return value.replace(/\p{Cased}+/gu, capitalize);
}

/** Digits that make no numbers, such as ². */
const DIGIT =
  "[\\p{Nd}²³¹\\u1369-\\u1371\\u19da\\u2070\\u2074-\\u2079\\u2080-\\u2089\\u2460-\\u2468" +
  "\\u2474-\\u247c\\u2488-\\u2490\\u24ea\\u24f5-\\u24fd\\u24ff\\u2776-\\u277e\\u2780-\\u2788" +
  "\\u278a-\\u2792\\u{10a40}-\\u{10a43}\\u{10e60}-\\u{10e68}\\u{11052}-\\u{1105a}\\u{1f100}-\\u{1f10a}]";
const DIGITS = new RegExp(`^${DIGIT}+$`, "u");

/** `str.isdigit`. */
export function isDigits(value: string): boolean {
  return DIGITS.test(value);
}

const NUMBER = /^[+-]?(\d+(_\d+)*(\.(\d+(_\d+)*)?)?|\.\d+(_\d+)*)(e[+-]?\d+(_\d+)*)?$/i;
const NO_FINITE = /^([+-]?)(inf|infinity|nan)$/i;

/**
 * `float` of a text; undefined where it is no number.
 *
 * @throws {Error} for what would not be exact, or is written in other digits than 0 to 9
 */
export function numberOf(value: string): number | undefined {
  const text = strip(value, undefined, "both");
  const [, sign, name] = NO_FINITE.exec(text) ?? [];
  if (name !== undefined) {
    return /^n/i.test(name) ? NaN : sign === "-" ? -Infinity : Infinity;
  }
  if (/[^\0-\x7f]/.test(text) && /\p{Nd}/u.test(text)) {
    throw new Error(`the number ${text} is not supported`);
  }
  if (!NUMBER.test(text)) return undefined;
  const number = Number(text.replaceAll("_", ""));
  if (/^[+-]?[\d_]+$/.test(text) && !Number.isSafeInteger(number)) {
    throw new Error(`the number ${text} is beyond 2^53`);
  }
  return number;
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
