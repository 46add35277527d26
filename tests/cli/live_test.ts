/** The live view: what it knows of a run by its events, and the lines that it makes of that. @module */
import assert from "node:assert/strict";
import stringWidth from "string-width";
import type { Event } from "../../src/core/mod.ts";
import { RunState, secondsLeft } from "../../src/cli/live/run_state.ts";
import { sparkline, viewLines } from "../../src/cli/live/view.ts";
import { fit } from "../../src/cli/live/width.ts";
import { Rig } from "../rig.ts";

const PAINT = { bold: String, dim: String, cyan: String };
const PIPELINE = `
name: many
steps:
  meta:
    loop: { times: 3, carry: { number: null } }
    steps:
      student: { uses: number, matrix: { dataset: 0..2 }, with: { value: 1 } }
    yield: { number: "student.number[0]" }
`;
const student = (iteration: number, dataset: number) =>
  `meta[${iteration}].student@dataset=${dataset}`;
const started = (step: string): Event => ({
  kind: "step-started",
  step,
  stage: "number",
  key: "k",
});
const finished = (step: string, stage: string, metrics = {}): Event => ({
  kind: "step-finished",
  ...{ step, stage, key: "k", cached: false, seconds: 1, metrics, outputs: {} },
});

/** A state after events, each a second after the one before. */
function stateAfter(events: readonly Event[]): RunState {
  using rig = new Rig();
  const state = new RunState(rig.plan(PIPELINE), 0);
  events.forEach((event, i) => state.take(event, 1000 * (i + 1)));
  return state;
}

const RUNNING: readonly Event[] = [
  started(student(0, 0)),
  finished(student(0, 0), "number"),
  finished("meta[0].reward", "reward_grounded", { mean: 0.0046 }),
  finished("meta[1].reward", "reward_grounded", { mean: 0.0243 }),
  started(student(0, 1)),
  ...[0, 0.1, 0.2, 0.4, 0.3].map((reward, step): Event => ({
    kind: "step-metrics",
    step: student(0, 1),
    row: { step, reward, loss: 1 },
  })),
  {
    kind: "step-progress",
    step: student(0, 1),
    done: 5,
    total: 20,
    numbers: { reward: 0.3, "rollouts/s": 0.4321 },
  },
];

Deno.test("a view of a run: how far, what runs with its curve, rewards by iteration", () => {
  const lines = viewLines(stateAfter(RUNNING), 11_000, 3700, 80, PAINT);
  assert.deepEqual(lines, [
    "3/6 steps · 11 s · 61 min 40 s left",
    "▸ meta[0].student@dataset=1",
    "  ━━━╌╌╌╌╌╌╌ 5/20 · reward 0.3 · rollouts/s 0.432 · 18 s left",
    "  reward ▁▃▅█▆ 0.3",
    "  rewards ▁█ 0.0243 in iteration 1",
  ]);
});

Deno.test("no line is wider than the terminal, whatever stands in it", () => {
  const names = ["日本語".repeat(20), "👩‍👩‍👧".repeat(30), "é".repeat(90), "x".repeat(200)];
  const events = names.flatMap((step): Event[] => [
    started(step),
    { kind: "step-progress", step, done: 1, total: 1e9, numbers: { [step]: 1e-12 } },
    ...Array.from({ length: 300 }, (_, i): Event => ({
      kind: "step-metrics",
      step,
      row: { step: i, reward: Math.sin(i) },
    })),
  ]);
  for (const columns of [20, 40, 80, 120]) {
    const lines = viewLines(stateAfter([...RUNNING, ...events]), 1e6, 1e7, columns, PAINT);
    assert.ok(lines.every((line) => stringWidth(line) <= columns), lines.join("\n"));
    assert.equal(lines.filter((line) => line.startsWith("▸")).length, 4);
    assert.ok(lines.includes("  and 1 more"));
  }
});

Deno.test("a text is cut between characters, not within them", () => {
  assert.equal(fit("abcdef", 6), "abcdef");
  assert.equal(fit("abcdef", 5), "abcd…");
  assert.equal(fit("日本語日本語", 6), "日本…");
  assert.equal(fit("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 4), "👩‍👩‍👧…");
  assert.equal(fit("e\u0301e\u0301e\u0301", 2), "e\u0301…");
});

Deno.test("a curve goes from the least to the most, in so many cells at most", () => {
  assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 40), "▁▂▃▄▅▆▇█");
  assert.equal(sparkline([0, 0, 7, 7], 2), "▁█");
  assert.equal(sparkline([3, 3, 3], 40), "▅▅▅");
  assert.equal(sparkline([1, NaN, Infinity, 2], 40), "▁█");
  assert.equal(sparkline([], 40), "");
});

Deno.test("several steps run at a time; iterations that are not reached are no steps", () => {
  const state = stateAfter([
    started(student(0, 0)),
    started(student(0, 1)),
    { kind: "step-failed", step: student(0, 0), message: "no", again: true },
    started(student(0, 0)),
    { kind: "step-failed", step: student(0, 1), message: "no" },
    { kind: "step-blocked", step: student(1, 1), failed: student(0, 1) },
    { kind: "loop-ended", loop: "meta", iterations: 2, times: 3, until: "x", met: true, value: 1 },
  ]);
  assert.deepEqual(state.running.map(({ step }) => step), [student(0, 0)]);
  assert.deepEqual([state.ended, state.steps.length], [2, 4]);
  assert.deepEqual(state.waiting, ["number"]);
});

Deno.test("what a step still takes goes by how far it is", () => {
  const running = {
    step: "s",
    started: 1000,
    done: 2,
    total: 8,
    numbers: {},
    points: [],
    shown: "",
  };
  assert.equal(secondsLeft(running, 5000), 12);
  assert.equal(secondsLeft({ ...running, done: 8 }, 5000), 0);
  assert.equal(secondsLeft({ ...running, done: 0 }, 5000), undefined);
});
