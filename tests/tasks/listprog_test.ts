import assert from "node:assert/strict";
import { Random } from "../../src/random/random.ts";
import { makeTask, solve, task } from "../listprog.ts";

const MIXTURE = {
  solver_share: 0.5,
  solver_depth: 6,
  solver_hard_share: 0.5,
  solver_right: 1,
  teacher_depth: 3,
  teacher_hard_share: 0.5,
  teacher_right: 1,
};

/** Whether a text of the corpus solves its problem. */
async function isRight(prompt: string, completion: string): Promise<boolean> {
  const problem = prompt.slice(1, -1);
  const { outcome } = await task.grade(
    { id: "p", problem, answer: solve(problem)! },
    completion,
    {},
  );
  return outcome === "correct";
}

const SOLVED: readonly [problem: string, answer: string][] = [
  ["12345r", "54321"],
  ["12345t", "23451"],
  ["12345w", "52341"],
  ["12345n", "87654"],
  ["98765i", "09876"],
  ["12345a", "21645"],
  ["12345b", "13579"],
  ["12345c", "36926"],
  ["12345d", "34512"],
  ["12345ri", "65432"],
];
for (const [problem, answer] of SOLVED) {
  Deno.test(`listprog solves ${problem}`, () => assert.equal(solve(problem), answer));
}

Deno.test("listprog tells what is not well-posed", () => {
  for (const text of ["", "12345", "1234r", "123456r", "12345z", "12345r ", "r12345", "12345rR"]) {
    assert.equal(solve(text), undefined, text);
  }
});

Deno.test("a corpus read rightly has right answers, forward and backward", async () => {
  const random = new Random("corpus"), { corpus } = makeTask({ corpus: MIXTURE });
  for (let i = 0; i < 2000; i++) {
    const { prompt, completion } = corpus.draw(random);
    if (prompt === task.proposer.prompt.text) {
      const draft = task.proposer.parse(completion);
      assert.ok("problem" in draft, completion);
      const { problem, answer } = draft;
      assert.equal(solve(problem), answer, completion);
    } else {
      const problem = prompt.slice(1, -1);
      const asked = { id: "p", problem, answer: solve(problem)! };
      assert.deepEqual(task.prompt(asked), { text: prompt });
      const verdict = { outcome: "correct", answer: asked.answer };
      assert.deepEqual(await task.grade(asked, completion, {}), verdict, prompt + completion);
    }
    assert.ok([...prompt + completion].every((character) => corpus.alphabet.includes(character)));
  }
});

Deno.test("contested operations are misread as often as the mixture says", async () => {
  const random = new Random("habit");
  const mixture = {
    ...MIXTURE,
    solver_share: 1,
    solver_depth: 1,
    solver_hard_share: 1,
    solver_right: 0.2,
  };
  const { corpus } = makeTask({ corpus: mixture });
  let right = 0;
  const texts = 5000;
  for (let i = 0; i < texts; i++) {
    const { prompt, completion } = corpus.draw(random);
    if (await isRight(prompt, completion)) right++;
  }
  const share = right / texts; // a little more than 0.2: on some lists both readings agree
  assert.ok(share > 0.18 && share < 0.24, String(share));
});

Deno.test("mistakes practically never cancel in hard problems", async () => {
  const random = new Random("cancel");
  const mixture = {
    ...MIXTURE,
    solver_share: 1,
    solver_depth: 6,
    solver_hard_share: 1,
    solver_right: 0.1,
  };
  const { corpus } = makeTask({ corpus: mixture });
  let right = 0, deep = 0;
  for (let i = 0; i < 40000; i++) {
    const { prompt, completion } = corpus.draw(random);
    if (prompt.length < 13) continue; // Q, five digits, six operations, colon
    deep++;
    if (await isRight(prompt, completion)) right++;
  }
  assert.ok(deep > 5000 && right / deep < 2e-3, `${right} of ${deep}`);
});

Deno.test("hard problems have the depth asked for and their right answers", () => {
  const random = new Random("hard");
  for (let i = 0; i < 200; i++) {
    const { problem, answer } = task.generator.draw(random, 6);
    assert.match(problem, /^\d{5}[a-d]{6}$/);
    assert.doesNotMatch(problem, /([a-d])\1/);
    assert.equal(solve(problem), answer);
  }
});

Deno.test("only a proposal in the right form is taken", () => {
  assert.deepEqual(task.proposer.parse("21645?a12345=12345a#21645"), {
    problem: "12345a",
    answer: "21645",
  });
  const reasons = {
    "21645?a12345=12345#21645": "it does not end in a problem and an answer",
    "=12345x#21645": "it has unknown operations",
    "=12345a#2164": "it does not end in a problem and an answer",
    "12345a#21645": "it does not end in a problem and an answer",
  };
  for (const [text, rejected] of Object.entries(reasons)) {
    assert.deepEqual(task.proposer.parse(text), { rejected }, text);
  }
});
