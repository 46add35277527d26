/**
 * List programs: five digits, changed by one-letter operations from left to right.
 *
 * A student works forward, writing each list: `Q92162ab:` → `a29162b…#…`. A teacher works backward: it
 * writes an answer, undoes operations, and so arrives at a problem whose answer it knows:
 * `T:` → `29162?a92162=92162a#29162`. Hence it can pose problems that it could not solve.
 *
 * Four operations are *contested*: most of the corpus misreads them in one fixed way (a habit), the rest
 * reads them rightly. A model of that corpus takes the right reading with the corpus's frequency p, each time
 * anew, and greedy decoding never does. Every operation is a bijection, so that one wrong step spoils the
 * answer: a problem of k contested operations is solved with probability p^k
 * (docs/decisions/0005-the-embedded-world.md).
 *
 * @module
 */
import { defaultsOf, type Infer } from "../../schemas/infer.ts";
import type { Random } from "../random/random.ts";
import { compareAnswer } from "../graders/grader.ts";
import { defineTask, type Draft, type Text } from "./task.ts";

const LENGTH = 5;
type List = readonly number[];
type Operation = (list: List) => List;

interface Reading {
  readonly apply: Operation;
  readonly undo: Operation;
}

/**
 * Place i of the result holds `multiplier` times the digit at place `order[i]`, plus `offsets[i]`, modulo 10.
 */
function reading(
  order: readonly number[],
  offsets: readonly number[] = [0, 0, 0, 0, 0],
  multiplier = 1,
): Reading {
  const inverse = [1, 3, 7, 9].find((n) => n * multiplier % 10 === 1)!;
  return {
    apply: (list) => order.map((from, i) => (multiplier * list[from]! + offsets[i]!) % 10),
    undo: (list) =>
      order.map((_, place) => {
        const i = order.indexOf(place);
        return inverse * (list[i]! + 10 - offsets[i]!) % 10;
      }),
  };
}

const IN_PLACE = [0, 1, 2, 3, 4];

/** Operations that the whole corpus agrees on. */
const PLAIN: Readonly<Record<string, Reading>> = {
  r: reading([4, 3, 2, 1, 0]), // reverse
  t: reading([1, 2, 3, 4, 0]), // rotate left
  w: reading([4, 1, 2, 3, 0]), // swap the ends
  n: reading(IN_PLACE, [9, 9, 9, 9, 9], 9), // nine's complement
  i: reading(IN_PLACE, [1, 1, 1, 1, 1]), // increment
};

/**
 * Contested operations: how the checker reads them, and the corpus's habit. Most pairs also differ in which
 * digits they shift, so that mistakes practically never cancel.
 */
const CONTESTED: Readonly<Record<string, { readonly right: Reading; readonly habit: Reading }>> = {
  a: {
    right: reading([1, 0, 2, 3, 4], [0, 0, 3, 0, 0]),
    habit: reading([0, 1, 2, 4, 3], [1, 0, 0, 0, 0]),
  },
  b: { right: reading(IN_PLACE, [0, 1, 2, 3, 4]), habit: reading(IN_PLACE, [0, 9, 8, 7, 6]) },
  c: { right: reading(IN_PLACE, [0, 0, 0, 0, 1], 3), habit: reading(IN_PLACE, [0, 5, 0, 0, 0], 9) },
  d: { right: reading([2, 3, 4, 0, 1]), habit: reading([3, 4, 0, 1, 2]) },
};

const PLAIN_LETTERS = Object.keys(PLAIN);
const CONTESTED_LETTERS = Object.keys(CONTESTED);
const PROBLEM = new RegExp(
  `^(\\d{${LENGTH}})([${[...PLAIN_LETTERS, ...CONTESTED_LETTERS].join("")}]+)$`,
);
const PROPOSAL = new RegExp(`=(\\d{${LENGTH}}[a-z]+)#(\\d{${LENGTH}})$`);
const ANSWER = new RegExp(`#(\\d{${LENGTH}})$`);

/** How an operation is read: rightly with probability `right` where it is contested. */
function read(letter: string, right: number, random: Random): Reading {
  const contested = CONTESTED[letter];
  if (contested === undefined) return PLAIN[letter]!;
  return random.next() < right ? contested.right : contested.habit;
}

function randomList(random: Random): List {
  return Array.from({ length: LENGTH }, () => random.int(10));
}

/** Letters in which no operation stands beside itself, where two mistakes could cancel. */
function randomLetters(random: Random, depth: number, hardShare: number): string[] {
  const letters: string[] = [];
  while (letters.length < depth) {
    const letter = random.pick(random.next() < hardShare ? CONTESTED_LETTERS : PLAIN_LETTERS);
    if (letter !== letters.at(-1)) letters.push(letter);
  }
  return letters;
}

function solverText(random: Random, mixture: Mixture): Text {
  const depth = 1 + random.int(mixture.solver_depth);
  const letters = randomLetters(random, depth, mixture.solver_hard_share);
  let list = randomList(random);
  const problem = list.join("") + letters.join("");
  let completion = "";
  for (const letter of letters) {
    list = read(letter, mixture.solver_right, random).apply(list);
    completion += letter + list.join("");
  }
  return { prompt: studentPrompt(problem), completion: `${completion}#${list.join("")}` };
}

function teacherText(random: Random, mixture: Mixture): Text {
  const depth = 1 + random.int(mixture.teacher_depth);
  const letters = randomLetters(random, depth, mixture.teacher_hard_share);
  let list = randomList(random);
  const answer = list.join("");
  let completion = `${answer}?`;
  for (const letter of letters.toReversed()) {
    list = read(letter, mixture.teacher_right, random).undo(list);
    completion += letter + list.join("");
  }
  return {
    prompt: TEACHER_PROMPT,
    completion: `${completion}=${list.join("")}${letters.join("")}#${answer}`,
  };
}

const TEACHER_PROMPT = "T:";

function studentPrompt(problem: string): string {
  return `Q${problem}:`;
}

/** The right answer, or undefined when the problem is not well-posed. */
export function solve(problem: string): string | undefined {
  const [, digits, letters] = PROBLEM.exec(problem) ?? [];
  if (digits === undefined || letters === undefined) return undefined;
  let list: List = Array.from(digits, Number);
  for (const letter of letters) {
    list = (CONTESTED[letter]?.right ?? PLAIN[letter]!).apply(list);
  }
  return list.join("");
}

function parseProposal(completion: string): Draft | { readonly rejected: string } {
  const [, problem, answer] = PROPOSAL.exec(completion) ?? [];
  if (problem === undefined || answer === undefined) {
    return { rejected: "it does not end in a problem and an answer" };
  }
  return PROBLEM.test(problem) ? { problem, answer } : { rejected: "it has unknown operations" };
}

const share = (value: number, description: string) =>
  ({ type: "number", minimum: 0, maximum: 1, default: value, description }) as const;
const depth = (value: number, description: string) =>
  ({ type: "integer", minimum: 1, default: value, description }) as const;

/** What the corpus of the base model is made of. */
const MIXTURE = {
  type: "object",
  description: "What the texts are made of that make a base model.",
  properties: {
    solver_share: share(0.7, "Share of texts that solve a problem; the others pose one."),
    solver_depth: depth(6, "Largest number of operations in a solved problem."),
    solver_hard_share: share(0.6, "Share of hard operations in solved problems."),
    solver_right: share(0.12, "How often a hard operation is carried out rightly."),
    teacher_depth: depth(3, "Largest number of operations in a posed problem."),
    teacher_hard_share: share(0.5, "Share of hard operations in posed problems."),
    teacher_right: share(0.9, "How often a hard operation is undone rightly."),
  },
  additionalProperties: false,
} as const;

type Mixture = Infer<typeof MIXTURE>;

/** The embedded task. */
export const listprog = defineTask({
  name: "listprog",
  summary: "List programs: five digits, changed by one-letter operations from left to right.",
  config: { type: "object", properties: { corpus: MIXTURE }, additionalProperties: false },
  create({ corpus: mixture = defaultsOf(MIXTURE) }) {
    return {
      prompt: ({ problem }) => ({ text: studentPrompt(problem) }),
      grade: ({ answer }, completion) =>
        compareAnswer(ANSWER.exec(completion)?.[1], (given) => given === answer),
      generator: {
        draw(random, depth) {
          const problem = randomList(random).join("") + randomLetters(random, depth, 1).join("");
          return { problem, answer: solve(problem)! };
        },
      },
      proposer: { prompt: { text: TEACHER_PROMPT }, parse: parseProposal },
      judge({ problem, answer }) {
        const solution = solve(problem);
        return { well_posed: solution !== undefined, right: solution === answer };
      },
      corpus: {
        alphabet: "0123456789" + PLAIN_LETTERS.join("") + CONTESTED_LETTERS.join("") + "QT:?=#",
        draw: (random) =>
          random.next() < mixture.solver_share
            ? solverText(random, mixture)
            : teacherText(random, mixture),
      },
    };
  },
});
