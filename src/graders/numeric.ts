import { defineGrader, type Problem, type Verdict } from "./grader.ts";
import { AFTER, textAfter } from "./marked.ts";
import {
  atMost,
  type Fraction,
  fromNumber,
  magnitude,
  negated,
  product,
  sum,
} from "./numeric/fraction.ts";
import { type Notation, numbersIn, plainly } from "./numeric/numbers.ts";
import { statedNumber } from "./numeric/stated.ts";

const tolerance = (description: string) =>
  ({ type: "number", minimum: 0, default: 0, description }) as const;

/** The answer as a number, exactly or within a tolerance. */
export const numeric = defineGrader({
  name: "numeric",
  summary:
    "The last number in the completion, or the first behind a mark, is the answer's, however it is written.",
  config: {
    type: "object",
    properties: {
      after: {
        ...AFTER,
        description:
          "The answer is the first number behind the last such mark; the last number where it is empty.",
      },
      abs_tol: tolerance("How far from the answer it may be."),
      rel_tol: tolerance("How far from the answer it may be, as a share of the answer's size."),
      decimal_mark: {
        enum: [".", ","],
        default: ".",
        description: "What stands before the decimals; the other one parts thousands.",
      },
      percent: {
        enum: ["unit", "hundredth"],
        default: "unit",
        description: "What 50% is: 50, as if percent were a unit, or 0.5.",
      },
    },
    additionalProperties: false,
  },
  create({ after, abs_tol, rel_tol, ...notation }) {
    const absolute = fromNumber(abs_tol), relative = fromNumber(rel_tol);
    const grade = ({ answer }: Problem, completion: string): Verdict => {
      const given = statedNumber(completion, after, notation);
      if (given === undefined) return { outcome: "no_answer", answer: null };
      if ("reason" in given) return { outcome: "no_answer", answer: null, ...given };
      const right = readAnswer(answer, after, notation);
      if (right === undefined) {
        return {
          outcome: "wrong",
          answer: given.text,
          reason: "the problem's answer is no number",
        };
      }
      const isRight = isNear(given.value, right, absolute, relative);
      return { outcome: isRight ? "correct" : "wrong", answer: given.text };
    };
    const check = (answer: string) =>
      readAnswer(answer, after, notation) === undefined ? "it is no number" : undefined;
    return Object.assign(grade, { check });
  },
});

/** Whether they are at most the larger of both tolerances apart, as Python's `math.isclose`, but that the answer alone counts. */
function isNear(given: Fraction, right: Fraction, absolute: Fraction, relative: Fraction): boolean {
  const apart = magnitude(sum(given, negated(right)));
  return atMost(apart, absolute) || atMost(apart, product(relative, magnitude(right)));
}

/** The answer of a problem: a number with its unit, or a solution that ends in one behind the mark, as GSM8K's. */
function readAnswer(answer: string, after: string, notation: Notation): Fraction | undefined {
  const text = plainly(answer);
  const part = (after === "" ? undefined : textAfter(text, plainly(after))) ?? text;
  const numbers = numbersIn(part, notation);
  return numbers.length === 1 ? numbers[0]!.value : undefined;
}
