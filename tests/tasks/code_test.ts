/** The task code: what is asked in each layout, what is graded, pass@k. */
import assert from "node:assert/strict";
import type { Used } from "../../schemas/infer.ts";
import { closeSandboxes } from "../../src/graders/code.ts";
import { gradeRollouts, isCorrect, type Rollout } from "../../src/rl/mod.ts";
import { passAtK } from "../../src/rl/statistics.ts";
import { Definitions } from "../../src/stage/definitions.ts";
import { STAGES } from "../../stages/mod.ts";
import { settingsOf } from "../stages/run_stage.ts";

const { task: used } = settingsOf(STAGES.evaluate!, { task: "code" }, ["policy", "problems"]);
const library = new Definitions();
const task = await library.task(used as unknown as Used);
const ask = (fields: Readonly<Record<string, unknown>>) =>
  task.prompt({ id: "p", problem: "Add two numbers.", answer: "", ...fields }).text;
const END =
  "Write the whole program in one block of code, ```python at its beginning and ``` at its end.";

const PROMPTS: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
  [
    "MBPP",
    { test_list: ["assert add(1, 2) == 3", "assert add(0, 0) == 0"] },
    `Add two numbers.\n\nIt must pass these tests:\n\nassert add(1, 2) == 3\nassert add(0, 0) == 0\n\n${END}`,
  ],
  [
    "HumanEval",
    { prompt: "def add(a, b):\n    ...\n", entry_point: "add", test: "def check(candidate): ..." },
    `Complete this function:\n\n\`\`\`python\ndef add(a, b):\n    ...\n\`\`\`\n\n${END}`,
  ],
  [
    "APPS",
    { input_output: "{}", starter_code: "" },
    `Add two numbers.\n\nThe program reads from standard input and writes to standard output.\n\n${END}`,
  ],
  [
    "LiveCodeBench",
    { public_test_cases: "[]", starter_code: "class Solution:\n    def add(self): pass\n" },
    `Add two numbers.\n\nComplete this:\n\n\`\`\`python\nclass Solution:\n    def add(self): pass\n\`\`\`\n\n${END}`,
  ],
  [
    "cases",
    { function: "add", cases: [] },
    `Add two numbers.\n\nWrite a function \`add\`.\n\n${END}`,
  ],
  [
    "pairs",
    { tests: [] },
    `Add two numbers.\n\nThe program reads from standard input and writes to standard output.\n\n${END}`,
  ],
];
for (const [layout, fields, prompt] of PROMPTS) {
  Deno.test(`what is asked: ${layout}`, () => assert.equal(ask(fields), prompt));
}

Deno.test("verdicts of many completions are in their order, and give pass@k and the share of tests", async () => {
  const cases = [{ input: [1, 2], output: 3 }, { input: [2, 2], output: 4 }];
  const problems = ["add", "plus"].map((name) => ({
    ...{ id: name, problem: "?", answer: "" },
    ...{ function: name, cases },
  }));
  const programs = ["return a + b", "return a - b", "return 3", "return a + b"];
  const rollouts = problems.flatMap(({ id }, promptIndex) =>
    programs.map((line) => ({
      promptIndex,
      text: `\`\`\`python\ndef ${id === "add" ? "add" : "other"}(a, b):\n    ${line}\n\`\`\``,
    } as Rollout))
  );
  const verdicts = await gradeRollouts(task, problems, rollouts, {});
  assert.deepEqual(verdicts.map(({ score }) => score), [1, 0, 0.5, 1, 0, 0, 0, 0]);
  const right = [0, 1].map((i) =>
    verdicts.filter((verdict, k) => rollouts[k]!.promptIndex === i && isCorrect(verdict)).length
  );
  assert.deepEqual(right, [2, 0]);
  const passAt = [1, 2, 4].map((k) => passAtK(4, right[0]!, k).toFixed(6));
  assert.deepEqual(passAt, ["0.500000", "0.833333", "1.000000"]);
  const [reward] = await library.rewards({ tests: { uses: "tests_passed", weight: 1 } });
  const paid = await Promise.all(
    verdicts.slice(0, 3).map((verdict, i) =>
      reward!.score({
        problem: problems[0]!,
        completion: rollouts[i]!.text,
        verdict,
        finished: true,
        tokens: 1,
      })
    ),
  );
  assert.deepEqual(paid, [1, 0, 0.5]);
  await closeSandboxes();
});
