import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  countProposals,
  type ProposedProblem,
  type RejectedProposal,
  type Rollout,
} from "../../src/rl/mod.ts";
import { Bench } from "../stages/run_stage.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
const PROMPT = {
  text: "Write one new problem of school mathematics with a short exact answer in a box.",
  system: "You write problems.",
};
const rollout = (text: string) => ({ text }) as Rollout;
let count = 0;
const posed = (problem: string, answer: string, right?: boolean): ProposedProblem => ({
  id: String(count++),
  problem,
  answer,
  rollout: rollout(problem),
  ...(right === undefined ? {} : { judgement: { well_posed: true, right } }),
});
const refused = (reason: string): RejectedProposal => ({ rollout: rollout(""), reason });

Deno.test("proposals are counted: reasons, repetitions, leaks, answers in problems", () => {
  const counts = countProposals({
    datasets: [
      [
        posed("What is 2 + 3?", "5", true),
        posed("what is  2 + 3?", "5", false),
        posed("A rope of 12 m is cut in 12 parts. How long is each?", "1", true),
      ],
      [
        posed("Is 12 more than 112?", "12"), // stands there as a number
        posed("Is 112 more than 1120?", "12"), // does not
        posed("Please write one NEW problem of school mathematics with a short story.", "7"),
      ],
    ],
    rejected: [
      refused("it was cut off"),
      refused("its answer cannot be read: \\frac{"),
      refused("its answer cannot be read: 1 or"),
    ],
  }, PROMPT);
  assert.deepEqual(counts, {
    drawn: 9,
    well_formed: 6 / 9,
    correct: 2 / 3,
    distinct: 5 / 6,
    leaks: 1,
    answer_in_problem: 1,
    rejected: { "its answer cannot be read": 2, "it was cut off": 1 },
  });
});

Deno.test("an answer may have any characters, and stands in a problem as it is written", () => {
  const given = (problem: string, answer: string) =>
    countProposals({ datasets: [[posed(problem, answer)]], rejected: [] }, PROMPT)
      .answer_in_problem;
  for (
    const answer of [
      "-5",
      "1,2",
      "\\\\frac{1}{2}",
      "(a|b)*",
      "50%",
      "x^2-1",
      "[0,1)",
      "'",
      "\u{1F600}",
    ]
  ) {
    assert.equal(given(`Is it ${answer} or not?`, answer), 1, answer);
    assert.equal(given("Is it seven or not?", answer), 0, answer);
  }
});

Deno.test("a problem that repeats a short prompt whole is a leak, one that has its words is none", () => {
  const leaks = (text: string, ...problems: string[]) =>
    countProposals({ datasets: [problems.map((p) => posed(p, "?"))], rejected: [] }, { text })
      .leaks;
  assert.equal(leaks("Pose a problem.", "pose a problem. 2 + 2", "A problem: pose a", "2 + 2"), 1);
  assert.equal(leaks("T:", "T:", "29162a"), 0); // a single word is no sentence
  assert.equal(leaks("one two three four five six seven eight nine", "eight nine one two"), 0);
});

Deno.test("what a teacher wrote is shown and kept, also when nothing of it is a problem", async () => {
  using bench = new Bench();
  const policy = { kind: "policy", digest: "base", directory: MODEL };
  const mute = { task: "listprog", datasets: 1, size: 2, limit: 2, max_completion_length: 4 };
  await assert.rejects(bench.run("sample_problems", mute, { policy }), {
    name: "TooFewProposals",
    message: /of 2 proposals 0 are well-formed \(2: it was cut off\)/,
  });
  assert.equal(bench.logs.length, 2);
  for (const line of bench.logs) {
    assert.match(line, /^2 rejected: it was cut off; such as "[0-9?a-z]{4}"$/);
  }
  const short = { task: "listprog", datasets: 1, size: 4, max_completion_length: 30 };
  const { metrics, outputs } = await bench.run("sample_problems", short, { policy });
  const lines = Deno.readTextFileSync(`${outputs.summary!.directory}/rejected.jsonl`);
  const reasons = lines.trim().split("\n").map((line) => JSON.parse(line).reason);
  assert.ok(reasons.length > 0);
  assert.deepEqual(metrics.rejected, { "it was cut off": reasons.length });
  assert.equal(metrics.drawn, 4 + reasons.length);
});
