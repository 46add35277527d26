/**
 * Programs graded a second, by language and by the form of their tests, with as many processes as there are cores.
 *
 *     deno run -A bench/code_grading.ts
 *
 * @module
 */
import { defaultsOf } from "../schemas/infer.ts";
import { closeSandboxes, code } from "../src/graders/code.ts";
import type { Problem } from "../src/graders/grader.ts";

const COUNT = 40;
const usual = { id: "p", problem: "?", answer: "def add(a, b): return a + b" };
const cases = Array.from({ length: 10 }, (_, i) => ({ input: [i, 2 * i], output: 3 * i }));
const tests = cases.map(({ input, output }) => ({ input: input.join(" "), output: `${output}\n` }));
const test_list = cases.map(({ input, output }) => `assert add(${input.join(", ")}) == ${output}`);

const WORK: readonly (readonly [string, "python" | "typescript", Problem, string])[] = [
  ["calls", "python", { ...usual, function: "add", cases }, usual.answer],
  ["assertions", "python", { ...usual, test_list }, usual.answer],
  ["whole programs", "python", { ...usual, tests }, "print(sum(map(int, input().split())))"],
  [
    "calls",
    "typescript",
    { ...usual, function: "add", cases },
    "const add = (a: number, b: number) => a + b",
  ],
  [
    "whole programs",
    "typescript",
    { ...usual, tests },
    "const [a, b] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number); console.log(a + b)",
  ],
];

for (const [form, language, problem, program] of WORK) {
  const grade = await code.create({ ...defaultsOf(code.config), language });
  const completion = `\`\`\`\n${program}\n\`\`\``;
  const first = await grade(problem, completion, {}); // makes what is made once
  if (first.outcome !== "correct") throw new Error(JSON.stringify(first));
  const started = performance.now();
  await Promise.all(Array.from({ length: COUNT }, () => grade(problem, completion, {})));
  const rate = 1_000 * COUNT / (performance.now() - started);
  console.log(`${language}, 10 tests, ${form}`.padEnd(44) + `${rate.toFixed(1)} programs/s`);
}
await closeSandboxes();
