/** What of a column is the answer. @module */
import assert from "node:assert/strict";
import { ANSWER_KINDS, type AnswerKind } from "../../src/data/answers.ts";

type Case = readonly [value: unknown, answer: string | RegExp, choices?: unknown];

const LABELS = { label: ["1", "2", "3"], text: ["a cat", "a dog", "an owl"] };
const LETTERS = { A: "1", B: "2", C: "3", D: "4", E: "5" };

/** An answer, or a pattern for what is wrong. */
const CASES: Readonly<Record<AnswerKind, readonly Case[]>> = {
  bare: [
    ["\\frac{1}{2}", "\\frac{1}{2}"],
    [0, "0"],
    [-2.5, "-2.5"],
    [true, "true"],
    ["12345678901234567890", "12345678901234567890"],
    ["", /it is empty/],
    [" \n", /it is empty/],
    [null, /it is empty/],
    [["1"], /it is a list; write answer_kind: list/],
    [{ a: 1 }, /it is a map, and no text/],
  ],
  boxed: [
    ["so $x = \\boxed{4}$.", "4"],
    ["first \\boxed{7}, no: it is \\boxed{28}", "28"],
    ["\\boxed{\\frac{\\sqrt{3}}{2}}", "\\frac{\\sqrt{3}}{2}"],
    ["\\fbox{\\{1, 2\\}}", "\\{1, 2\\}"],
    ["\\boxed 5.", "5"],
    ["\\boxed{ 3 }", "3"],
    ["\\boxed{}", /no \\boxed\{\} with an answer/],
    ["the answer is 4", /no \\boxed\{\} with an answer/],
    [null, /it is empty/],
  ],
  after: [
    ["3*12=<<3*12=36>>36\n#### 36", "36"],
    ["#### 1\nno, #### 1,234,567", "1234567"],
    ["####-3", "-3"],
    ["#### 1,234.5 \nmore", "1234.5"],
    ["#### <<1+1=2>>2", "2"],
    ["#### 1,2", "1,2"],
    ["#### (1, 2)", "(1, 2)"],
    ["####\n7", "7"],
    ["36", /it has no ####/],
    ["x ####  ", /nothing follows its ####/],
  ],
  list: [
    [["$3$", "$-3$"], "3, -3"],
    [["$2,3$"], "2,3"],
    [["$$\\frac{1}{2}$$"], "\\frac{1}{2}"],
    [["$a$ and $b$"], "$a$ and $b$"],
    [["5\\$"], "5\\$"],
    [[1, 2], "1, 2"],
    ['["$4$"]', "4"],
    [[], /its list is empty/],
    ["4", /it is no list/],
    [null, /it is no list/],
    [["1", null], /something that is no text/],
  ],
  choice: [
    ["B", "B"],
    ["(c)", "C"],
    ["D.", "D"],
    [0, "A"],
    ["3", "D"],
    ["d", "D", LETTERS],
    ["4", "E", { ...LETTERS, A: "0", B: "0", C: "0", D: "0", E: "0" }],
    ["a dog", "B", ["a cat", "a dog"]],
    [1, "B", ["x", "y"]],
    ["2", "B", LABELS],
    ["an owl", "C", LABELS],
    ["B", "B", '["x", "y"]'],
    ["B", "B", [{ label: "A", text: "x" }, { label: "B", text: "y" }]],
    ["F", /it is no choice of A, B, C, D, E/, LETTERS],
    [2, /it is no choice of A, B/, ["x", "y"]],
    ["many words", /it is no choice/],
    ["", /it is empty/],
  ],
};

for (const [kind, cases] of Object.entries(CASES)) {
  Deno.test(`answers of the kind ${kind}`, () => {
    for (const [value, expected, choices] of cases) {
      const found = ANSWER_KINDS[kind as AnswerKind](value, { mark: "####", choices });
      if (typeof expected === "string") assert.deepEqual(found, { answer: expected });
      else {
        assert.ok("wrong" in found, JSON.stringify(value));
        assert.match(found.wrong, expected);
      }
    }
  });
}

Deno.test("a mark is what it is set to", () => {
  const { after } = ANSWER_KINDS;
  assert.deepEqual(after("Answer: 4\nAnswer: 5.", { mark: "Answer:" }), { answer: "5." });
  assert.deepEqual(after("#### 4", { mark: "A:" }), { wrong: "it has no A:" });
});
