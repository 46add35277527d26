import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { defaultsOf } from "../../schemas/infer.ts";
import { readAnswer } from "../../src/graders/math/read_answer.ts";
import { areSame } from "../../src/graders/math/compare.ts";
import { extract } from "../../src/graders/math/extract.ts";
import { gradeMath } from "../../src/graders/math/grade.ts";
import { Unreadable } from "../../src/graders/math/node.ts";
import { math } from "../../src/graders/math.ts";
import { hostileCompletions } from "./math/hostile.ts";
import { KINDS } from "./math/pairs.ts";

interface Case {
  readonly gold: string;
  readonly pred: string;
  readonly expect: boolean;
  readonly float_rounding?: number;
}

const path = (name: string) => fileURLToPath(new URL(`math/${name}`, import.meta.url));
const readCases = (name: string) =>
  Deno.readTextFileSync(path(name)).trim().split("\n").map((line) => JSON.parse(line) as Case);
const grader = await math.create({ ...defaultsOf(math.config) });
const box = (answer: string) => `So it is $\\boxed{${answer}}$.`;

for (const name of ["equivalence.jsonl", "issues.jsonl"]) {
  Deno.test(`graders' own cases are graded as they should be: ${name}`, () => {
    const cases = readCases(name);
    assert.ok(cases.length > 100);
    for (const { gold, pred, expect, float_rounding: digits = 6 } of cases) {
      const how = { lenient: true, tolerance: 0.5 * 10 ** -digits };
      const { outcome, answer } = gradeMath(gold, pred, how);
      assert.equal(outcome === "correct", expect, `${gold} | ${pred.slice(-300)} | ${answer}`);
    }
  });
}

for (const [kind, { equal, different }] of Object.entries(KINDS)) {
  Deno.test(`equal answers and near misses, both ways: ${kind}`, () => {
    assert.ok(different.length >= equal.length && equal.length > 6);
    for (const [expected, pairs] of [["correct", equal], ["wrong", different]] as const) {
      for (const [a, b] of pairs) {
        for (const [gold, given] of [[a, b], [b, a]] as const) {
          const { outcome } = gradeMath(gold, box(given), { lenient: false, tolerance: 5e-7 });
          assert.equal(outcome, expected, `${gold} | ${given}`);
          if (expected === "correct") assert.equal(grader.check!(gold), undefined, gold);
        }
      }
    }
  });
}

Deno.test("over all pairs of answers, equality is reflexive and symmetric, and holds where it did", async (t) => {
  const texts = new Set(
    ["equivalence.jsonl", "issues.jsonl"].flatMap(readCases).flatMap(({ gold, pred }) =>
      [gold, pred].map((text) => extract(text, true)?.text.trim() ?? text)
    ).concat(
      Object.entries(KINDS).filter(([kind]) => !/^as_they_come|^not_even_close/.test(kind))
        .flatMap(([, { equal, different }]) => [...equal, ...different].flat()),
    )
      .filter((text) => text.length < 120),
  );
  const answers = [...texts].toSorted().flatMap((text) => {
    try {
      return [{ text, answer: readAnswer(text), equals: new Set<string>() }];
    } catch (error) {
      assert.ok(error instanceof Unreadable, text);
      return [];
    }
  });
  assert.ok(answers.length > 2_000);
  const how = { tolerance: 5e-7 };
  for (const [i, a] of answers.entries()) {
    assert.ok(areSame(a.answer, a.answer, how), a.text);
    for (const [j, b] of answers.slice(i + 1).entries()) {
      const same = areSame(a.answer, b.answer, how);
      // The other way round for all that are equal, and for some that are not.
      if (same || (i + j) % 64 === 0) {
        assert.equal(areSame(b.answer, a.answer, how), same, `${a.text} | ${b.text}`);
      }
      if (same) {
        a.equals.add(b.text);
        b.equals.add(a.text);
      }
    }
  }
  await t.assertSnapshot(groupsOf(answers));
});

/** Answers that are all equal, a line a group; then groups of which some are equal to some of another, and how many. */
function groupsOf(answers: readonly { text: string; equals: ReadonlySet<string> }[]): string[] {
  const groups: string[][] = [], groupOf = new Map<string, string[]>();
  for (const { text, equals } of answers) {
    if (equals.size === 0) continue;
    let group = groups.find((members) => members.every((member) => equals.has(member)));
    if (group === undefined) groups.push(group = []);
    group.push(text);
    groupOf.set(text, group);
  }
  const between = new Map<string, number>();
  for (const { text, equals } of answers) {
    for (const other of equals) {
      const [a, b] = [groupOf.get(text)!, groupOf.get(other)!];
      if (text > other || a === b) continue;
      const [first, second] = [a[0]!, b[0]!].toSorted();
      const key = `${first} … ${second}`;
      between.set(key, (between.get(key) ?? 0) + 1);
    }
  }
  return [
    ...groups.filter(({ length }) => length > 1).map((members) => members.join("  |  ")),
    ...[...between].map(([key, pairs]) => `${key} (${pairs})`).toSorted(),
  ];
}

Deno.test("a policy that is trained is paid for a box alone, one that is measured for the answer", async () => {
  const problem = { id: "p", problem: "?", answer: "42" };
  const grade = async (text: string, measuring: boolean) => {
    const { outcome, well_formed } = await grader(problem, text, { measuring });
    return `${outcome} ${well_formed}`;
  };
  for (
    const [text, trained, measured] of [
      ["\\boxed{42}", "correct true", "correct true"],
      ["The answer is 42.", "no_answer false", "correct false"],
      ["The answer is 43.", "no_answer false", "wrong false"],
      ["\\boxed{}  The answer is 42", "no_answer false", "no_answer false"],
      ["<think>\\boxed{42}", "no_answer false", "no_answer false"],
      ["<think>\\boxed{41}</think> \\boxed{42}", "correct true", "correct true"],
      ["no idea", "no_answer false", "no_answer false"],
    ] as const
  ) {
    assert.equal(await grade(text, false), trained, text);
    assert.equal(await grade(text, true), measured, text);
  }
  for (const mode of ["strict", "lenient"] as const) {
    const fixed = await math.create({ mode, tolerance: 0 });
    const { outcome } = await fixed(problem, "The answer is 42.", { measuring: mode === "strict" });
    assert.equal(outcome, mode === "strict" ? "no_answer" : "correct");
  }
});

Deno.test("a right answer that says nothing is told, and pays nothing", () => {
  for (const gold of ["", "see the figure", "\\frac{1}{", "\\boxed{}"]) {
    assert.notEqual(grader.check!(gold), undefined, gold);
    assert.notEqual(gradeMath(gold, box("1"), { lenient: true, tolerance: 1 }).outcome, "correct");
  }
});

Deno.test("hostile completions end at once, and pay nothing; tests/slow has 10,000", () => {
  checkHostile(500, "sample");
});

/** Grades hostile completions; that it ends is what is tested. */
function checkHostile(count: number, seed: string): void {
  let graded = 0;
  for (const completion of hostileCompletions(count, seed)) {
    for (const lenient of [false, true]) {
      const { outcome } = gradeMath("123456789", completion, { lenient, tolerance: 5e-7 });
      assert.notEqual(outcome, "correct", completion.slice(0, 200));
    }
    graded++;
  }
  assert.equal(graded, count);
}
