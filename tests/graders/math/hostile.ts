/** Strings that are written to break a grader. @module */
import { Random } from "../../../src/random/random.ts";

const PIECES = [
  ..."{}()[]|^_!&,=<:%°9x∑\u202e\ud800\0",
  ..."\\frac \\sqrt \\left( \\right) \\begin{pmatrix} \\end{pmatrix} \\\\ \\cup \\pm \\text{a} \\sin \\log"
    .split(" "),
  ..."\\sum \\int \\overline{ 0. __proto__ constructor \\% \\cdot \\infty \\| \\lvert \\boxed{ $ \\( \\)"
    .split(" "),
  ..."\\prod_{i=1}^{9^9} <think> </think> \\begin{array}{c} \\pmod \\binom 1, \\{ \\} \\; \\dot"
    .split(" "),
];

const times = (piece: string, count: number) => piece.repeat(count);
const nested = (open: string, close: string, depth: number) =>
  times(open, depth) + "1" + times(close, depth);

/** Shapes that grow with a size. */
const SHAPES: readonly ((size: number) => string)[] = [
  (n) => nested("(", ")", n),
  (n) => nested("\\frac{1}{", "}", n),
  (n) => nested("\\sqrt{", "}", n),
  (n) => nested("x_{", "}", n),
  (n) => nested("f(", ")", n),
  (n) => nested("\\left[", "\\right]", n),
  (n) => nested("\\{", "\\}", n),
  (n) => nested("\\text{", "}", n),
  (n) => nested("\\left|", "\\right|", n),
  (n) => nested("\\begin{pmatrix}", "\\end{pmatrix}", n),
  (n) => times("{", n),
  (n) => times("}", n),
  (n) => times("|x", n),
  (n) => times("9^", n) + "9",
  (n) => times("{9^", n) + "9" + times("}", n),
  (n) => "9" + times("!", n),
  (n) => times("(", n) + "9" + times("!)", n),
  (n) => times("9", n),
  (n) => times("9,", n) + "9",
  (n) => times("1,000", n),
  (n) => times("x+", n) + "x",
  (n) => times("-", n) + "1",
  (n) => times("\\pm ", n) + "1",
  (n) => times("x=", n) + "1",
  (n) => times("1<", n) + "x",
  (n) => times("[0,1]\\cup", n) + "[2,3]",
  (n) => times("1/", n) + "3",
  (n) => times("\\sin ", n) + "x",
  (n) => `\\begin{pmatrix}${times("1&", n)}1\\end{pmatrix}`,
  (n) => `\\begin{pmatrix}${times("1\\\\", n)}1\\end{pmatrix}`,
  (n) => times("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", n),
  (n) => `10^{${times("9", n)}}`,
  (n) => `\\binom{10^{${n}}}{10^{${n - 1}}}`,
  (n) => `\\sum_{i=1}^{10^{${n}}} i`,
  (n) => `\\frac{1}{3^{${n}}}+\\frac{1}{7^{${n}}}`,
  (n) => times("\\boxed{1}", n),
  (n) => times("the answer is ", n),
  (n) => times("\\text{a} ", n) + "[0,1[",
  (n) => times("\\{\\pi ", n),
  (n) => times("(-1)^nabs(", n),
  (n) => times("(", n) + "5\\text{ cm}(" + times("!)", n),
  (n) => times("\\lfloor(", n) + "x" + times(")\\rfloor", n),
  (n) => "a" + times("-", n) + "!",
  (n) => times("one hundred ", n),
  (n) => times("1 hour ", n) + "!",
  (n) => times("5 \\text{ cm}/", n),
  (n) => "\\pi" + times("+\\arctan 3-\\arctan 3", n),
  (n) => times("\\pi^{", n) + "2" + times("}", n),
  (n) => times("(1 2)", n) + "(1 2",
  (n) => times("x \\equiv 1 \\pmod{", n),
  (n) => times("P(a|", n),
  (n) => `\\begin{vmatrix}${times(times("1&", 5) + "\\\\", n)}\\end{vmatrix}`,
  (n) => times("$x$ and ", n),
  (n) => times(" ", n),
  (n) => times("\n", n),
];

const SIZES = [1, 2, 7, 12, 13, 39, 40, 41, 100, 999, 20_000];

/** Completions, some of them of a megabyte. @param count how many */
export function* hostileCompletions(count: number, seed: string): Generator<string> {
  const random = new Random(seed);
  for (let i = 0; i < count; i++) {
    const text = i % 2 === 0 ? drawPieces(random) : drawShape(random);
    yield wrap(text, random);
  }
}

function drawPieces(random: Random): string {
  const length = 1 + random.int(random.next() < 0.1 ? 1_000 : 60);
  return Array.from({ length }, () => random.pick(PIECES)).join("");
}

function drawShape(random: Random): string {
  const size = random.next() < 0.01 ? 1_000_000 : random.pick(SIZES);
  const shape = random.pick(SHAPES)(size).slice(0, 1_000_000);
  return random.next() < 0.3 ? shape + drawPieces(random) : shape;
}

function wrap(text: string, random: Random): string {
  switch (random.int(5)) {
    case 0:
      return text;
    case 1:
      return `The final answer is $${text}$.`;
    case 2:
      return `\\[ ${text} \\]`;
    default:
      return `So we have \\boxed{${text}}.`;
  }
}
