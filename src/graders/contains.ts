import { defineGrader } from "./grader.ts";
import { AFTER, textAfter } from "./marked.ts";

/** Scripts that part words by nothing: any place is a bound. */
const UNPARTED =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}";
const LETTER = `(?![${UNPARTED}])[\\p{L}\\p{M}\\p{N}_]`;

const NOT_IN_WORD = { before: `(?<!${LETTER})`, behind: `(?!${LETTER})` };
const NOT_IN_NUMBER = {
  // A sign makes another number, unless it is a hyphen or a minus between two.
  before: "(?<!\\p{N}[.,:/'’])(?<!(?<![\\p{L}\\p{N})])[-−])(?<!(?<!\\p{N})\\.)",
  behind: "(?![.,:/'’]\\p{N})",
};
const SIGNED = /^[-−+]\p{N}/u;

/** The answer anywhere in the completion. */
export const contains = defineGrader({
  name: "contains",
  summary: "The answer occurs in the completion, as whole words.",
  config: {
    type: "object",
    properties: {
      after: AFTER,
      ignore_case: { type: "boolean", default: false, description: "Whether case matters not." },
      whole_words: {
        type: "boolean",
        default: true,
        description:
          "Whether it may not be a part of a word or a number: one is not in twenty-one, 12 not in 12.5.",
      },
    },
    additionalProperties: false,
  },
  create({ after, ignore_case, whole_words }) {
    const form = (text: string) => {
      const plain = text.normalize("NFC").replaceAll(/\s+/gu, " ").trim();
      return ignore_case ? plain.toLowerCase() : plain;
    };
    return ({ answer }, completion) => {
      const wanted = form(answer), text = form(textAfter(completion, after) ?? "");
      if (text === "") return { outcome: "no_answer", answer: null };
      if (wanted === "") {
        return { outcome: "wrong", answer: null, reason: "the problem's answer is empty" };
      }
      const found = whole_words ? wholly(wanted).test(text) : text.includes(wanted);
      return found ? { outcome: "correct", answer: wanted } : { outcome: "wrong", answer: null };
    };
  },
});

/** Finds a text with its bounds: where it begins or ends in a word or a number, none goes on there. */
function wholly(text: string): RegExp {
  const [first, last] = [[...text][0]!, [...text].at(-1)!];
  const before = [
    ...isDigit(first) ? [NOT_IN_NUMBER.before, NOT_IN_WORD.before] : [],
    ...isInWord(first) && !isDigit(first) ? [NOT_IN_WORD.before, "(?<!\\p{L}-)"] : [],
    ...SIGNED.test(text) ? ["(?<![\\p{L}\\p{N})])"] : [],
  ];
  const behind = [
    ...isDigit(last) ? [NOT_IN_NUMBER.behind, NOT_IN_WORD.behind] : [],
    ...isInWord(last) && !isDigit(last) ? [NOT_IN_WORD.behind, "(?!-\\p{L}|\\+\\+|#)"] : [],
    "(?!\\p{M})",
  ];
  return new RegExp(`${before.join("")}${RegExp.escape(text)}${behind.join("")}`, "u");
}

function isInWord(character: string): boolean {
  return new RegExp(`^${LETTER}$`, "u").test(character);
}

function isDigit(character: string): boolean {
  return /^\p{N}$/u.test(character);
}
