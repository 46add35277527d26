import { defineGrader, type Problem, type Verdict } from "./grader.ts";
import { AFTER, behindThoughts, textAfter } from "./marked.ts";
import { UNPARTED } from "./scripts.ts";

const LETTER = `(?![${UNPARTED}])[\\p{L}\\p{M}\\p{N}]`;
/** What Korean adds to a word. */
const ENDINGS =
  "(?:은|는|이|가|을|를|의|에|에서|에게|와|과|도|만|로|으로|이다|입니다|이에요|예요|이며|부터|까지)";

const NOT_IN_WORD = {
  // An underscore parts words where it marks what is emphasized.
  before: `(?<!${LETTER}_{0,3})`,
  behind: `(?!_{0,3}${LETTER})`,
};
const NOT_IN_NUMBER = {
  // A sign makes another number, and so does a hyphen between two.
  before: "(?<!\\p{N}[.,:/'-])(?<!(?<![\\p{L}\\p{N})])-)(?<!(?<!\\p{N})\\.)",
  behind: "(?![.,:/'-]\\p{N})",
};
const SIGNED = /^[-+]\p{N}/u;

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
    const form = (text: string) => ignore_case ? plainly(text).toLowerCase() : plainly(text);
    const grade = ({ answer }: Problem, completion: string): Verdict => {
      const wanted = form(answer);
      const text = form(textAfter(behindThoughts(completion), after) ?? "");
      if (text === "") return { outcome: "no_answer", answer: null };
      if (wanted === "") {
        return { outcome: "wrong", answer: null, reason: "the problem's answer is empty" };
      }
      const found = whole_words ? wholly(wanted).test(text) : text.includes(wanted);
      return found ? { outcome: "correct", answer: wanted } : { outcome: "wrong", answer: null };
    };
    const check = (answer: string) => form(answer) === "" ? "it is empty" : undefined;
    return Object.assign(grade, { check });
  },
});

/** A text with one way to write blanks, accents, quotes, and minus. */
function plainly(text: string): string {
  return text.normalize("NFC").replaceAll(/\s+/gu, " ").replaceAll(/[‘’ʼ]/g, "'")
    .replaceAll(/[“”]/g, '"').replaceAll(/[‐‑−]/g, "-").trim();
}

/** Finds a text with its bounds: where it begins or ends in a word or a number, none goes on there. */
function wholly(text: string): RegExp {
  const [first, last] = [[...text][0]!, [...text].at(-1)!];
  const before = [
    ...isDigit(first) ? [NOT_IN_NUMBER.before, NOT_IN_WORD.before] : [],
    ...isInWord(first) && !isDigit(first) ? [NOT_IN_WORD.before, "(?<!\\p{L}-)"] : [],
    ...SIGNED.test(text) ? ["(?<![\\p{L}\\p{N})])"] : [],
  ];
  const word = `(?:${NOT_IN_WORD.behind}|(?=${ENDINGS}(?!\\p{L})))`;
  const behind = [
    ...isDigit(last) ? [NOT_IN_NUMBER.behind, word] : [],
    ...isInWord(last) && !isDigit(last) ? [word, "(?!-\\p{L}|\\+\\+|#)"] : [],
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
