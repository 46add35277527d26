/** Rollouts by what they are like, and groups that nothing is learned from. @module */
import assert from "node:assert/strict";
import { MovementCount, regrade } from "../../src/records/rescore.ts";
import { groupsOf, isWanted, parseCondition, parseSearch } from "../../src/records/rollouts.ts";
import type { RolloutRow } from "../../src/rl/mod.ts";
import type { Task } from "../../src/tasks/task.ts";
import { Definitions } from "../../src/stage/definitions.ts";

function row(change: Partial<RolloutRow>): RolloutRow {
  return {
    ...{ step: 0, group: 0, problem_id: "p", prompt: "2 + 2?", completion: "4", expected: "4" },
    ...{ extracted: "4", verdict: "correct", reason: null, score: null, rewards: { correct: 1 } },
    ...{ reward: 1, advantage: 0, logp: -1, logps: [-1], tokens: 1, finished: true },
    ...change,
  };
}

Deno.test("conditions are read, and told where they are none", () => {
  const cases: readonly (readonly [string, number[], number[]])[] = [
    ["<0.5", [0, -1], [0.5, 1]],
    [" <= 0.5 ", [0.5], [0.51]],
    [">-1", [0], [-1]],
    ["!=0", [1], [0]],
    ["0", [0], [1]],
    ["==1e-3", [0.001], [1]],
  ];
  for (const [text, yes, no] of cases) {
    const is = parseCondition(text);
    assert.deepEqual([yes.map(is), no.map(is)], [yes.map(() => true), no.map(() => false)], text);
  }
  for (const text of ["", "<", "x", "<x", "0.5<", "=>1", "1 2"]) {
    assert.throws(() => parseCondition(text), /is no condition on a number/, text);
  }
});

Deno.test("a text is looked for as it is, a pattern between slashes", () => {
  assert.ok(parseSearch("a.c")("xa.cx") && !parseSearch("a.c")("abc"));
  assert.ok(parseSearch("/A.C/i")("abc") && !parseSearch("/A.C/")("abc"));
  const global = parseSearch("/a/g");
  assert.deepEqual([global("ab"), global("ab")], [true, true]); // no state between texts
  assert.ok(parseSearch("/usr")("cd /usr"));
  assert.throws(() => parseSearch("/(/"), /is no pattern/);
});

Deno.test("rollouts are chosen by verdict, reward, step, problem and text together", () => {
  const wrong = row({ verdict: "wrong", reward: 0, step: 3, completion: "so 5" });
  assert.ok(isWanted(wrong, {}));
  const all = { verdicts: ["wrong", "no_answer"], reward: parseCondition("<0.5"), step: 3 };
  assert.ok(isWanted(wrong, { ...all, problem: "p", text: parseSearch("so") }));
  for (
    const filter of [
      { verdicts: ["correct"] },
      { reward: parseCondition(">0") },
      { step: 0 },
      { problem: "q" },
      { text: parseSearch("six") },
    ]
  ) assert.ok(!isWanted(wrong, { ...all, ...filter }), JSON.stringify(filter));
  // What earns nothing because no reward applies is not below a bound.
  assert.ok(!isWanted(row({ reward: null }), { reward: parseCondition("<0.5") }));
});

Deno.test("groups without gradient are told with the reason", () => {
  const wrong = { verdict: "wrong", reward: 0 } as const;
  const cases: readonly (readonly [readonly Partial<RolloutRow>[], RegExp | undefined])[] = [
    [[{}, { completion: "it is 4" }], /^all are right/],
    [[{ ...wrong }, { ...wrong, completion: "6" }], /^all are wrong/],
    [[{ ...wrong }, { ...wrong }], /^all wrote the same, which is wrong/],
    [[{ ...wrong, finished: false }, { ...wrong, completion: "7", finished: false }], /cut off/],
    [[{}, { ...wrong, reward: 1, completion: "5" }], /graded differently/],
    [[{ reward: null }, { reward: null }], /^a reward applies to 0 of 2/],
    [[{}], /^it is alone/],
    [[{}, { ...wrong }], undefined],
  ];
  for (const [changes, reason] of cases) {
    const [group, ...more] = groupsOf(changes.map(row));
    assert.deepEqual(more, []);
    if (reason === undefined) assert.equal(group!.flat, undefined);
    else assert.match(group!.flat!, reason);
  }
  const groups = groupsOf([row({}), row({ group: 1 }), row({}), row({ step: 1 })]);
  assert.deepEqual(groups.map(({ step, group, rows }) => [step, group, rows.length]), [
    [0, 0, 2],
    [0, 1, 1],
    [1, 0, 1],
  ]);
  assert.deepEqual(groupsOf([row({ reward: null, advantage: null })]), []);
});

Deno.test("rollouts are graded again, and it is counted how they move", async () => {
  const library = new Definitions();
  const grade: Task["grade"] = ({ answer }, completion) => ({
    outcome: completion.endsWith(answer) ? "correct" : "wrong",
    answer: completion.slice(-1),
  });
  const rewards = await library.rewards({ correct: { uses: "correct", weight: 2 } });
  const problems = new Map([["p", { id: "p", problem: "2 + 2?", answer: "4" }]]);
  async function* rows() {
    // More than are graded at a time.
    for (let i = 0; i < 100; i++) {
      yield row({ group: i >> 1, completion: `it is ${i % 5}`, verdict: "wrong", reward: 0 });
    }
    yield row({ group: 50, finished: false });
  }
  const count = new MovementCount();
  const grading = { task: { grade }, rewards, problems, context: {}, cutOffEarnsNothing: true };
  for await (const one of regrade(rows(), grading)) count.add("s", one);
  const { verdicts, ...movement } = count.movement;
  assert.deepEqual(
    verdicts.map(({ before, after, rollouts }) => [before, after, rollouts]).toSorted(),
    [["correct", "correct", 1], ["wrong", "correct", 20], ["wrong", "wrong", 80]].toSorted(),
  );
  assert.deepEqual(movement, {
    rollouts: 101,
    moved: 21, // the one that was cut off earned 1
    rewards: { before: 1 / 101, after: 40 / 101, groups: 51, flatBefore: 51, flatAfter: 31 },
  });
  const lost = regrade(rows(), { ...grading, problems: new Map() });
  await assert.rejects(() => Array.fromAsync(lost), /problem p: it is not among the step's/);
});
