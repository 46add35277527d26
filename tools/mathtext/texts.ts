/**
 * Texts that the model in `examples/models/mathtext` is fitted to: what a teacher writes, and what a student does, about
 * sums, differences and products of small numbers.
 *
 * @module
 */
import type { Random } from "../../src/random/random.ts";

/** A problem with its answer, in the layout of MATH. */
export interface Example {
  readonly problem: string;
  readonly answer: string;
  /** The way there, and the answer in a box. */
  readonly solution: string;
  /** What a teacher says of it before. */
  readonly plan: string;
  readonly type: string;
  readonly level: string;
}

interface Operation {
  readonly sign: string;
  readonly type: string;
  readonly apply: (a: number, b: number) => number;
  /** Other words for the same. */
  readonly stories: readonly ((a: number, b: number) => string)[];
}

const OPERATIONS: readonly Operation[] = [
  {
    sign: "+",
    type: "Prealgebra",
    apply: (a, b) => a + b,
    stories: [
      (a, b) => `Tom has ${a} apples and gets ${b} more. How many apples does he have?`,
      (a, b) => `What is the sum of ${a} and ${b}?`,
    ],
  },
  {
    sign: "-",
    type: "Algebra",
    apply: (a, b) => a - b,
    stories: [
      (a, b) => `What is the value of $x$ if $x + ${b} = ${a}$?`,
      (a, b) => `A rope of ${a} meters loses ${b} meters. How long is it now?`,
    ],
  },
  {
    sign: "\\cdot",
    type: "Geometry",
    apply: (a, b) => a * b,
    stories: [
      (a, b) => `What is the area of a rectangle with sides ${a} and ${b}?`,
      (a, b) => `There are ${a} boxes with ${b} pens each. How many pens are there?`,
    ],
  },
];

/** A problem of two numbers under ten. */
export function drawEasy(random: Random): Example {
  const { sign, type, apply, stories } = random.pick(OPERATIONS);
  const a = 1 + random.int(9), b = 1 + random.int(9);
  const formula = (a: number, b: number) => `What is $${a} ${sign} ${b}$?`;
  const problem = random.pick([formula, ...stories])(a, b), answer = String(apply(a, b));
  const line = `${a} ${sign} ${b} = ${answer}`;
  return {
    problem,
    answer,
    solution: `We find $${line}$. The answer is $\\boxed{${answer}}$.`,
    plan: `The topic is ${type.toLowerCase()}. The solution is $${line}$.`,
    type,
    level: "Level 1",
  };
}

/** A problem of three numbers under a hundred, which no text shows. */
export function drawHard(random: Random): Example {
  const [a, b, c] = [0, 0, 0].map(() => 11 + random.int(89)) as [number, number, number];
  const answer = String(a + b * c);
  return {
    problem: `What is $${a} + ${b} \\cdot ${c}$?`,
    answer,
    solution: `We find $${b} \\cdot ${c} = ${b * c}$. The answer is $\\boxed{${answer}}$.`,
    plan: "",
    type: "Prealgebra",
    level: "Level 5",
  };
}

/** What a teacher writes. */
export function proposalOf({ plan, problem, answer }: Example): string {
  return `${plan}\n\n<question>\n${problem}\n</question>\n<answer>\n\\boxed{${answer}}\n</answer>`;
}
