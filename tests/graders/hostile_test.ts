/** Completions that mean harm: that each grading ends is what is tested, and that none is paid. @module */
import assert from "node:assert/strict";
import { defaultsOf } from "../../schemas/infer.ts";
import { GRADERS } from "../../src/graders/mod.ts";
import { hostileTexts } from "./hostile.ts";

const CHOICES = { answer: "C", choices: ["x", "y", "z and more", "1"] };
/** Settings and problems, by grader. */
const GRADED: Readonly<Record<string, readonly (readonly [object, object])[]>> = {
  choice: [
    [{}, CHOICES],
    [{ labels: "1234", after: "####" }, { answer: "3" }],
  ],
  contains: [
    [{}, { answer: "Paris, Texas" }],
    [{ ignore_case: true, after: "####" }, { answer: "p -3.5 a x" }],
  ],
  exact: [
    [{}, { answer: "Paris, Texas" }],
    [{ after: "####", ignore_case: true }, { answer: "Paris, Texas" }],
  ],
  numeric: [
    [{}, { answer: "123456789" }],
    [{ after: "####", decimal_mark: ",", percent: "hundredth" }, { answer: "123456789" }],
  ],
  regex: [
    [{ pattern: "(a+)+$" }, { answer: "Paris, Texas" }],
    [{ pattern: "answer is (?<answer>(?:\\w|\\s)*x)" }, { answer: "Paris, Texas" }],
  ],
};
for (const [name, rows] of Object.entries(GRADED)) {
  Deno.test(`${name}: hostile completions end, and are not paid`, async () => {
    const { config, create } = GRADERS[name]!;
    let graded = 0;
    for (const [settings, problem] of rows) {
      const grade = await create({ ...defaultsOf(config), ...settings });
      const given = { id: "p", problem: "?", answer: "", ...problem };
      const check = async (text: string, what: string) => {
        const { outcome } = await grade(given, text, {});
        assert.notEqual(outcome, "correct", what);
        graded++;
      };
      for (const { name, text } of hostileTexts(2_000)) await check(text, name);
      let i = 0;
      for (const { name, text } of hostileTexts(1_000_000)) {
        if (i++ % 40 === 0) await check(text, `1 MB of ${name}`);
      }
    }
    assert.ok(graded > 800, String(graded));
  });
}

Deno.test("every grader but those with tests of their own is among them", () => {
  assert.deepEqual(
    Object.keys(GRADERS).filter((name) => !(name in GRADED)).toSorted(),
    ["code", "endpoint", "math"],
  );
});
