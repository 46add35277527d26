/** Numbers in words, and words that mean the same. @module */
import { divide, fraction, ONE, type Rational } from "./rational.ts";

const SMALL = ("zero one two three four five six seven eight nine ten eleven twelve thirteen " +
  "fourteen fifteen sixteen seventeen eighteen nineteen").split(" ");
const TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
const UNDER_HUNDRED = new Map<string, bigint>([
  ...SMALL.map((word, n) => [word, BigInt(n)] as const),
  ...TENS.map((word, n) => [word, BigInt(20 + 10 * n)] as const),
]);

/** Words that multiply the number before them. */
const SCALES = new Map<string, bigint>([
  ["dozen", 12n],
  ["hundred", 100n],
  ["thousand", 1_000n],
  ["lakh", 100_000n],
  ["million", 10n ** 6n],
  ["crore", 10n ** 7n],
  ["billion", 10n ** 9n],
  ["trillion", 10n ** 12n],
]);
const PARTS = new Map<string, bigint>([
  ["half", 2n],
  ["halves", 2n],
  ...["third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
    .flatMap((word, n) => [[word, BigInt(n + 3)], [`${word}s`, BigInt(n + 3)]] as const),
  ["fourth", 4n],
  ["fourths", 4n],
]);

/** The number that words are, such as twenty-one or two thirds; undefined where they are none. */
export function numberOfWords(words: string): Rational | undefined {
  const text = words.trim().toLowerCase();
  const sign = /^(?:negative|minus) /.exec(text);
  if (sign !== null) {
    const size = numberOfWords(text.slice(sign[0].length));
    return size && fraction(-size.num, size.den);
  }
  const parts = text.split(/[\s-]+/).filter((word) => word !== "and");
  if (parts.length === 0 || parts.length > 12) return undefined;
  const share = PARTS.get(parts.at(-1)!);
  if (share !== undefined && parts.length > 1) {
    const count = parts[0] === "a" && parts.length === 2 ? 1n : wholeOf(parts.slice(0, -1));
    return count === undefined ? undefined : divide(fraction(count)!, fraction(share)!);
  }
  const whole = wholeOf(parts[0] === "a" ? ["one", ...parts.slice(1)] : parts);
  return whole === undefined || (parts.length === 1 && parts[0] === "a")
    ? undefined
    : fraction(whole);
}

function wholeOf(words: readonly string[]): bigint | undefined {
  let total = 0n, group = 0n, last: "none" | "unit" | "tens" | "scale" = "none";
  for (const word of words) {
    const small = UNDER_HUNDRED.get(word), scale = SCALES.get(word);
    if (small !== undefined) {
      if (last === "unit" || (last === "tens" && small > 9n)) return undefined;
      group += small;
      last = small >= 20n ? "tens" : "unit";
    } else if (scale !== undefined && last !== "none") {
      if (scale === 100n || scale === 12n) group *= scale;
      else {
        total += group * scale;
        group = 0n;
      }
      last = "scale";
    } else return undefined;
  }
  return last === "none" ? undefined : total + group;
}

/** Parts that are counted: 3 tenths. Quarters are coins as well, and seconds no halves. */
const COUNTED_PARTS = new Map<string, bigint>([
  ["halve", 2n],
  ...["third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
    .map((word, n) => [word, BigInt(n + 3)] as const),
  ["hundredth", 100n],
  ["thousandth", 1_000n],
  ["millionth", 1_000_000n],
]);

/** The thousands, millions or tenths that words begin with, and what comes after these. */
export function scaleOf(words: string): { readonly scale: Rational; readonly rest: string } {
  let scale = ONE, rest = words;
  for (;;) {
    const [found = "", word = ""] = /^([a-z]+?)s?(?:\s+(?:of\s+)?|$)/i.exec(rest) ?? [];
    const factor = SCALES.get(word.toLowerCase()), part = COUNTED_PARTS.get(word.toLowerCase());
    if (factor === undefined && part === undefined) return { scale, rest };
    scale = fraction(scale.num * (factor ?? 1n), scale.den * (part ?? 1n)) ?? scale;
    rest = rest.slice(found.length);
  }
}

/** What is said in several ways, in one; formulas where there is one. */
const SAME: readonly (readonly [RegExp, string])[] = [
  [/^(?:the )?(?:set of )?(?:all )?(?:the )?real(?:s| numbers)$/, "\\mathbb{R}"],
  [/^(?:the )?(?:set of )?(?:all )?integers$/, "\\mathbb{Z}"],
  [/^(?:the )?(?:empty|null) set$/, "\\emptyset"],
  [/^(?:positive )?infinity$/, "\\infty"],
  [/^(?:negative|minus) infinity$/, "-\\infty"],
  [/^(?:the limit )?(?:dne|does(?: not|n't) exist)$/, "does not exist"],
  [/^(?:there (?:are|is) )?no solutions?(?: exists?)?$/, "no solution"],
  [/^infinite(?:ly many)?(?: solutions?)?$/, "infinitely many"],
];

/** What words mean in the form that they are compared in; undefined where they are no set phrase. */
export function meaningOf(words: string): string | undefined {
  const text = words.toLowerCase().replaceAll(/[.\s]+/g, " ").trim();
  return SAME.find(([pattern]) => pattern.test(text))?.[1];
}
