import assert from "node:assert/strict";
import { defaultsOf } from "../../schemas/infer.ts";
import { regex } from "../../src/graders/regex.ts";
import { type Case, testKinds } from "./tables.ts";

type Settings = Partial<Parameters<typeof regex.create>[0]>;

const IS: Settings = { pattern: "answer is (\\d+)" };
const NAMED: Settings = { pattern: "(\\w+) = (?<answer>\\d+)" };
const EITHER: Settings = { pattern: "#### (\\d+)|\\[(\\d+)\\]" };

const KINDS: Readonly<Record<string, readonly Case<Settings>[]>> = {
  "what of a match is the answer": [
    ["42", "the answer is 42", 'correct "42"', IS],
    ["42", "the answer is 421", 'wrong "421"', IS],
    ["42", "the answer is forty-two", "no_answer", IS],
    ["42", "", "no_answer", IS],
    ["42", "x = 42", 'correct "42"', NAMED],
    ["x", "x = 42", 'wrong "42"', NAMED],
    ["42", "x = y", "no_answer", NAMED],
    ["42", "#### 42", 'correct "42"', EITHER],
    ["42", "[42]", 'correct "42"', EITHER],
    ["42", "(42)", "no_answer", EITHER],
    ["42", "so 42", 'correct "42"', { pattern: "\\d+" }],
    ["so 42", "so 42", 'correct "so 42"', { pattern: "so \\d+" }],
    ["42", "so 42", 'correct "42"', { pattern: "(?P<answer>\\d+)" }],
    ["42", "so  42 .", 'correct "42"', { pattern: "so(.*)\\." }],
    ["42", "so .", "no_answer", { pattern: "so(.*)\\." }],
    ["42", "so", "no_answer", { pattern: "so(\\d+)?" }],
    [" 42 ", "so 42", "correct", { pattern: "\\d+" }],
    ["42.0", "so 42", "wrong", { pattern: "[\\d.]+" }],
    ["4２", "4２", "wrong", { pattern: "[0-9]+" }],
    ["数", "是数", "correct", { pattern: "是(\\p{Han})" }],
    ["😀", "is 😀", "correct", { pattern: "is (.)" }],
    ["", "x", "no_answer", { pattern: "y*" }],
  ],
  "which match counts": [
    ["2", "1 2", "correct", { pattern: "\\d" }],
    ["1", "1 2", "wrong", { pattern: "\\d" }],
    ["1", "1 2", "correct", { pattern: "\\d", match: "first" }],
    ["2", "1 2", "wrong", { pattern: "\\d", match: "first" }],
    ["1", "1 2", "no_answer", { pattern: "\\d", match: "only" }],
    ["2", "1 2", "no_answer", { pattern: "\\d", match: "only" }],
    ["1", "1 1", "correct", { pattern: "\\d", match: "only" }],
    ["a", "a A", "no_answer", { pattern: "\\w", match: "only" }],
    ["a", "a A", "correct", { pattern: "\\w", match: "only", ignore_case: true }],
    ["1", "", "no_answer", { pattern: "\\d", match: "only" }],
  ],
  "flags": [
    ["42", "ANSWER is 42", "no_answer", IS],
    ["42", "ANSWER IS 42", "correct", { ...IS, flags: "i" }],
    ["1", "1\n2", "no_answer", { pattern: "^(\\d)$" }],
    ["2", "1\n2", "correct", { pattern: "^(\\d)$", flags: "m" }],
    ["1", "1\n2", "wrong", { pattern: "^(\\d)$", flags: "m" }],
    ["2", "1\n2", "no_answer", { pattern: "1.(\\d)" }],
    ["2", "1\n2", "correct", { pattern: "1.(\\d)", flags: "s" }],
    ["2", "A\n2", "correct", { pattern: "^a.(\\d)$", flags: "sim" }],
    ["2", "a2", "correct", { pattern: "A(\\d)", flags: "ii" }],
    ["Yes", "yes", "wrong", { pattern: "\\w+" }],
    ["Yes", "yes", "correct", { pattern: "\\w+", ignore_case: true }],
    ["Yes", "YES", "no_answer", { pattern: "yes", ignore_case: true }],
  ],
};
testKinds(regex, KINDS, { least: 40 });

Deno.test("regex: what cannot be a pattern is told, with what to write instead", async () => {
  for (
    const [pattern, flags, message] of [
      ["(", "", /^Cannot read the pattern \(: missing closing \)/],
      ["a)", "", /^Cannot read the pattern a\): unexpected \)/],
      ["[z-a]", "", /invalid character class range: `z-a`/],
      ["*", "", /missing argument to repetition operator: `\*`/],
      ["a{1001}", "", /invalid repeat count: `\{1001\}`/],
      ["(?=x)", "", /there is no look-around: match what is around, and put the answer in a group/],
      ["(?<!x)y", "", /there is no look-around/],
      ["(a)\\1", "", /there are no back-references/],
      ["(?<answer>a)|(?<answer>b)", "", /duplicate/],
      ["\\p{Klingon}", "", /\\p\{Klingon\}/],
      ["a", "g", /^Cannot read the flags g: there is no g; write some of ims$/],
      ["a", "mx", /there is no x; write some of ims/],
    ] as const
  ) {
    await assert.rejects(
      async () => await regex.create({ ...defaultsOf(regex.config), pattern, flags }),
      (error) => error instanceof SyntaxError && message.test(error.message),
      `${pattern} ${flags}`,
    );
  }
});

Deno.test("regex: patterns that take others exponential time end at once", async () => {
  const text = `${"a".repeat(20_000)}!`;
  for (const pattern of ["(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*)*x", "^(([a-z])+.)+[A-Z]$"]) {
    const grade = await regex.create({ ...defaultsOf(regex.config), pattern });
    assert.equal(
      (await grade({ id: "p", problem: "?", answer: "b" }, text, {})).outcome,
      "no_answer",
    );
  }
});
