import assert from "node:assert/strict";
import { exact } from "../../src/graders/exact.ts";
import { grade } from "./grade.ts";

type Settings = Partial<Parameters<typeof exact.create>[0]>;

const AFTER = { after: "####" };
const CASES: readonly (readonly [answer: string, completion: string, Settings, made: string])[] = [
  ["42", "42", {}, 'correct "42"'],
  ["42", "  42 \n", {}, 'correct "42"'],
  [" 42\n", "42", {}, 'correct "42"'],
  ["42", "It is\n42\n\n", {}, 'correct "42"'],
  ["42", "42\nor so", {}, 'wrong "or so"'],
  ["42", "", {}, "no_answer"],
  ["42", " \n\t\n", {}, "no_answer"],
  ...["042", "42.", "42.0", "4 2", "420", "142", "-42", "+42", "４２", "42 apples", "x=42"].map(
    (near) => ["42", near, {}, `wrong ${JSON.stringify(near)}`] as const,
  ),
  ["a b", "a  b", {}, 'wrong "a  b"'],
  ["Yes", "yes", {}, 'wrong "yes"'],
  ["Yes", "yES", { ignore_case: true }, 'correct "yES"'],
  ["Yes", "Yes!", { ignore_case: true }, 'wrong "Yes!"'],
  ["é", "e\u0301", {}, 'wrong "é"'],
  ["42", "6 * 7\n#### 42", AFTER, 'correct "42"'],
  ["42", "####42", AFTER, 'correct "42"'],
  ["42", "#### 41\n#### 42", AFTER, 'correct "42"'],
  ["42", "#### 42\n#### 41", AFTER, 'wrong "41"'],
  ["42", "#### 42\nthat is it", AFTER, 'correct "42"'],
  ["42", "#### 42 that is it", AFTER, 'wrong "42 that is it"'],
  ["42", "#####42", AFTER, 'correct "42"'],
  ["42", "### 42", AFTER, "no_answer"],
  ["42", "42 ####", AFTER, "no_answer"],
  ["42", "####\n42", AFTER, "no_answer"],
  ["42", "42", AFTER, "no_answer"],
  ["42", "ANSWER: 42", { after: "answer:", ignore_case: true }, "no_answer"],
];
for (const [answer, completion, settings, made] of CASES) {
  const how = JSON.stringify([completion, settings]);
  Deno.test(`exact: ${answer.trim()} and ${how} is ${made}`, async () => {
    assert.equal(
      (await grade(exact, { answer }, completion, settings)).normalize(),
      made.normalize(),
    );
  });
}

Deno.test("exact: an answer that no line equals is told beforehand", async () => {
  const { check } = await exact.create({ after: "", ignore_case: false });
  assert.deepEqual(["", " \n", "a\nb", " a\n"].map((answer) => check!(answer)), [
    "it is empty",
    "it is empty",
    "it has several lines, and one is compared",
    undefined,
  ]);
});
