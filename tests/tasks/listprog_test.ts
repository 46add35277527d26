import assert from "node:assert/strict";
import { Random } from "../../src/random/random.ts";
import { type CorpusMixture, WORLDS } from "../../src/worlds/mod.ts";

const world = WORLDS.listprog;
const MIXTURE: CorpusMixture = {
  solver_share: 0.5,
  solver_depth: 6,
  solver_hard_share: 0.5,
  solver_right: 1,
  teacher_depth: 3,
  teacher_hard_share: 0.5,
  teacher_right: 1,
};

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
  Deno.test(`listprog solves ${problem}`, () => assert.equal(world.solve(problem), answer));
}

Deno.test("listprog tells what is not well-posed", () => {
  for (const text of ["", "12345", "1234r", "123456r", "12345z", "12345r ", "r12345", "12345rR"]) {
    assert.equal(world.solve(text), undefined, text);
  }
});

Deno.test("a corpus read rightly has right answers, forward and backward", () => {
  const random = new Random("corpus");
  for (let i = 0; i < 2000; i++) {
    const { prompt, completion } = world.text(random, MIXTURE);
    if (prompt === world.teacherPrompt) {
      const { problem, answer } = world.parseProposal(completion)!;
      assert.equal(world.solve(problem), answer, completion);
    } else {
      const problem = prompt.slice(1, -1);
      assert.equal(world.studentPrompt(problem), prompt);
      assert.equal(world.parseAnswer(completion), world.solve(problem), prompt + completion);
    }
    assert.ok([...prompt + completion].every((character) => world.alphabet.includes(character)));
  }
});

Deno.test("contested operations are misread as often as the mixture says", () => {
  const random = new Random("habit");
  const mixture = {
    ...MIXTURE,
    solver_share: 1,
    solver_depth: 1,
    solver_hard_share: 1,
    solver_right: 0.2,
  };
  let right = 0;
  const texts = 5000;
  for (let i = 0; i < texts; i++) {
    const { prompt, completion } = world.text(random, mixture);
    if (world.parseAnswer(completion) === world.solve(prompt.slice(1, -1))) right++;
  }
  const share = right / texts; // a little more than 0.2: on some lists both readings agree
  assert.ok(share > 0.18 && share < 0.24, String(share));
});

Deno.test("mistakes practically never cancel in hard problems", () => {
  const random = new Random("cancel");
  const mixture = {
    ...MIXTURE,
    solver_share: 1,
    solver_depth: 6,
    solver_hard_share: 1,
    solver_right: 0.1,
  };
  let right = 0, deep = 0;
  for (let i = 0; i < 40000; i++) {
    const { prompt, completion } = world.text(random, mixture);
    if (prompt.length < 13) continue; // Q, five digits, six operations, colon
    deep++;
    if (world.parseAnswer(completion) === world.solve(prompt.slice(1, -1))) right++;
  }
  assert.ok(deep > 5000 && right / deep < 2e-3, `${right} of ${deep}`);
});

Deno.test("hard problems have the depth asked for and their right answers", () => {
  const random = new Random("hard");
  for (let i = 0; i < 200; i++) {
    const { problem, answer } = world.hardProblem(random, 6);
    assert.match(problem, /^\d{5}[a-d]{6}$/);
    assert.doesNotMatch(problem, /([a-d])\1/);
    assert.equal(world.solve(problem), answer);
  }
});

Deno.test("only a proposal in the right form is taken", () => {
  assert.deepEqual(world.parseProposal("21645?a12345=12345a#21645"), {
    problem: "12345a",
    answer: "21645",
  });
  for (
    const text of ["21645?a12345=12345#21645", "=12345x#21645", "=12345a#2164", "12345a#21645"]
  ) {
    assert.equal(world.parseProposal(text), undefined, text);
  }
});
