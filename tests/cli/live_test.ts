/** The live view: what it knows of a run by its events, and the lines that it makes of that. @module */
import assert from "node:assert/strict";
import stringWidth from "string-width";
import type { Event } from "../../src/core/mod.ts";
import { placesOf } from "../../src/cli/live/loops.ts";
import { Concurrency, secondsSideBySide } from "../../src/records/concurrency.ts";
import { RunState } from "../../src/cli/live/run_state.ts";
import { sparkline } from "../../src/cli/live/sparkline.ts";
import { runSecondsLeft, secondsLeft } from "../../src/cli/live/time_left.ts";
import { type Frame, viewLines } from "../../src/cli/live/view.ts";
import { Durations } from "../../src/records/mod.ts";
import { fit, rowsOf } from "../../src/cli/live/width.ts";
import { Rig } from "../rig.ts";

const PAINT = {
  bold: String,
  dim: String,
  cyan: String,
  green: String,
  red: String,
  yellow: String,
};
const FRAME: Frame = { now: 11_000, left: 3700, columns: 80, lines: 12 };
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
  const lines = viewLines(stateAfter(RUNNING), FRAME, PAINT);
  assert.deepEqual(lines, [
    "3/6 steps · 11 s · 1 h 2 min left · meta: iteration 1 of 3",
    "▸ meta[0].student@dataset=1 · 6.0 s",
    "  ━━━╌╌╌╌╌╌╌ 5/20 · reward 0.3 · 0.432 rollouts/s · 18 s left",
    "  reward ▁▃▅█▆ 0.3",
    "  rewards ▁█ 0.0243 in meta[1]",
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
  const state = stateAfter([...RUNNING, ...events]);
  for (const columns of [1, 5, 10, 20, 40, 80, 120]) {
    for (const lines of [0, 1, 2, 4, 6, 12, 40]) {
      const frame = { now: 1e6, left: 1e7, columns, lines, title: names[1] };
      const drawn = viewLines(state, frame, PAINT);
      assert.ok(drawn.every((line) => stringWidth(line) <= columns), drawn.join("\n"));
      assert.ok(drawn.length <= lines, drawn.join("\n"));
      assert.ok(lines === 0 || drawn.length > 0);
    }
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
  const first = { done: 2, time: 5000 };
  const running = {
    ...{ step: "s", stage: "number", attempt: 1, started: 1000 },
    ...{ total: 8, numbers: {}, points: [], shown: "" },
    first,
    last: first,
  };
  assert.equal(secondsLeft(running, 5000), 12);
  assert.equal(secondsLeft(running, 8000), 9); // it goes on while nothing is told
  assert.equal(secondsLeft(running, 50_000), 0);
  const at = (last: { done: number; time: number }, now: number) =>
    secondsLeft({ ...running, last }, now);
  assert.equal(at({ done: 8, time: 5000 }, 5000), 0);
  assert.equal(at({ done: 9, time: 5000 }, 5000), 0);
  assert.equal(at({ done: 4, time: 6000 }, 6000), 2); // what it began with was not done now
  assert.equal(secondsLeft({ ...running, first: undefined, last: undefined }, 5000), undefined);
  const none = { done: 0, time: 5000 };
  assert.equal(secondsLeft({ ...running, first: none, last: none }, 5000), undefined);
  assert.equal(secondsLeft({ ...running, total: 0 }, 5000), undefined);
});

Deno.test("the more steps run, the fewer lines each has", () => {
  const many = (count: number) => {
    const ids = Array.from({ length: count }, (_, i) => student(0, i));
    const row = (step: string, reward: number): Event => ({
      kind: "step-metrics",
      step,
      row: { reward },
    });
    return stateAfter(ids.flatMap((id): Event[] => [
      started(id),
      { kind: "step-progress", step: id, done: 1, total: 4, numbers: {} },
      row(id, 1),
      row(id, 2),
    ]));
  };
  const drawn = (count: number) =>
    viewLines(many(count), { ...FRAME, now: 200_000, left: undefined }, PAINT);
  const shapes = [1, 3, 4, 5, 6, 11, 12, 50].map((count) => {
    const lines = drawn(count);
    return [count, lines.length, lines.filter((line) => line.startsWith("▸")).length];
  });
  assert.deepEqual(shapes, [
    [1, 4, 1],
    [3, 10, 3],
    [4, 9, 4],
    [5, 11, 5],
    [6, 7, 6],
    [11, 12, 11],
    [12, 12, 10],
    [50, 12, 10],
  ]);
  assert.equal(drawn(12)[0], "0/6 steps · 12 running · 3 min 20 s · meta: iteration 1 of 3");
  assert.equal(drawn(12).at(-1), "  and 2 more: 2 number");
  assert.equal(drawn(12)[1], "▸ meta[0].student@dataset=0 · 3 min 19 s · 1/4 · 0.0 s left");
});

Deno.test("rewards stand at their iterations, whatever was cached, made again, or nested", () => {
  const reward = (step: string, mean: unknown, cached = false): Event => ({
    ...finished(step, "reward_grounded", { mean }),
    ...cached ? { cached } : {},
  } as Event);
  const shown = (events: readonly Event[]) => stateAfter(events).rewards;
  const both = [reward("meta[0].reward", 1, true), reward("meta[1].reward", 2, true)];
  assert.deepEqual(shown([...both, reward("meta[2].reward", 3)]), {
    loop: "meta",
    points: [1, 2, 3],
    last: 2,
  });
  // The second iteration alone, then the first; and once more.
  assert.deepEqual(shown([both[1]!, both[0]!, reward("meta[1].reward", 5)]), {
    loop: "meta",
    points: [1, 5],
    last: 1,
  });
  const nested = [
    reward("outer[0].inner[0].reward", 1),
    reward("outer[0].inner[1].reward", 2),
    reward("outer[1].inner[0].reward", 3),
  ];
  assert.deepEqual(shown(nested), { loop: "outer[1].inner", points: [3], last: 0 });
  assert.equal(shown([reward("reward", 1), reward("meta[0].reward", null)]), undefined);
});

Deno.test("iterations are read from names, and counted by the plan", () => {
  const places = (id: string) => placesOf(id).map(({ loop, index }) => [loop, index]);
  assert.deepEqual(places("load"), []);
  assert.deepEqual(places("outer[2].inner@x=1[13].students@dataset=1,repeat=0"), [
    ["outer", 2],
    ["outer[2].inner@x=1", 13],
  ]);
  assert.deepEqual(places('pool@size="a[1].b",cfg={"n":[3]}'), []);
  using rig = new Rig();
  const nested = rig.plan(`
name: nested
steps:
  outer:
    loop: { times: 2, carry: { number: null } }
    steps:
      inner:
        loop: { times: 4, carry: { number: null } }
        steps: { one: { uses: number, with: { value: 1 } } }
        yield: { number: one.number }
      two: { uses: number, with: { value: 1 } }
    yield: { number: two.number }
`);
  const state = new RunState(nested, 0), head = () => viewLines(state, FRAME, PAINT)[0]!;
  assert.equal(head(), "0/10 steps · 11 s · 1 h 2 min left");
  state.take(started("outer[1].inner[2].one"), 1);
  const told = "outer 2/2 · inner: iteration 3 of 4";
  assert.equal(head(), `0/10 steps · 11 s · 1 h 2 min left · ${told}`);
  state.take(finished("outer[1].inner[2].one", "number"), 2); // between steps too
  assert.equal(head(), `1/10 steps · 11 s · 1 h 2 min left · ${told}`);
});

Deno.test("names of models and users move no cursor", () => {
  const step = "a\x1b[2Jb\nc\u202ed", key = "k\x1b[1A\n/s";
  const state = stateAfter([
    started(step),
    { kind: "step-progress", step, done: 1, total: 2, numbers: { [key]: 2, "x\r": 1 } },
  ]);
  const lines = viewLines(state, { ...FRAME, title: "t\x07\n" }, PAINT);
  assert.deepEqual(lines.map((line) => line.replaceAll(/ · .*/g, "")), [
    "t\\u{7} ",
    "0/6 steps",
    "▸ a\\e[2Jb c\\u{202e}d",
    "  ━━━━━╌╌╌╌╌ 1/2",
  ]);
  assert.ok(lines[3]!.includes("2 k\\e[1A /s · x\\r 1"), lines[3]);
});

Deno.test("what a run still takes counts steps that run side by side once", () => {
  const durations = new Durations(), none = new Durations();
  durations.add("number", 10);
  const one = stateAfter([started(student(0, 0))]); // at 1 s; five more
  assert.equal(runSecondsLeft(one, durations, 1000), 60);
  assert.equal(runSecondsLeft(one, durations, 5000), 56);
  assert.equal(runSecondsLeft(one, durations, 50_000), 50);
  assert.equal(runSecondsLeft(one, none, 5000), undefined);
  const two = stateAfter([started(student(0, 0)), started(student(0, 1))]); // at 1 and 2 s
  // From 1 to 2 s one ran, to 5 s both: 7 s of steps in 4 s.
  assert.equal(runSecondsLeft(two, durations, 5000), (6 + 7) / 2 + 40 / (7 / 4));
  const last = stateAfter([
    ...[0, 1, 2].flatMap((
      iteration,
    ) => [started(student(iteration, 0)), started(student(iteration, 1))]),
    ...[0, 1].flatMap((dataset) => [0, 1, 2].map((i) => finished(student(i, dataset), "number"))),
    started(student(2, 1)),
  ]);
  assert.equal(runSecondsLeft(last, durations, 13_000), 10, "the last that runs is not divided");
  const after = [started(student(0, 0)), finished(student(0, 0), "number"), started(student(0, 1))];
  assert.equal(stateAfter(after).concurrency.mean(10_000), 1);
});

Deno.test("steps that run at a time are counted while any runs", () => {
  const of = (...spans: readonly (readonly [number, number])[]) => Concurrency.of(spans).mean(1e9);
  assert.equal(of(), 1);
  assert.equal(of([0, 10], [20, 30]), 1);
  assert.equal(of([0, 10], [0, 10], [0, 10]), 3);
  assert.equal(of([5, 15], [0, 20]), 1.5);
  assert.equal(of([10, 5], [0, 20]), 1); // a clock was set
  assert.equal(secondsSideBySide([], 60, 3), 20);
  assert.equal(secondsSideBySide([4, 8], 60, 3), 26);
  assert.equal(secondsSideBySide([40, 2], 0, 3), 40);
});

Deno.test("many steps on a usual terminal: the first of them, and the others by stage", () => {
  const ids = Array.from({ length: 16 }, (_, i) => student(0, i));
  const evaluation: Event = { kind: "step-started", step: "test", stage: "evaluate", key: "k" };
  const state = stateAfter([
    evaluation,
    ...ids.map(started),
    { kind: "step-progress", step: ids[0]!, done: 1, total: 4, numbers: { reward: 0.5 } },
    { kind: "step-failed", step: ids[1]!, message: "no", again: true, attempt: 1, pause: 7 },
    { kind: "step-waiting", step: "a", stage: "number", key: "k" },
    { kind: "step-waiting", step: "b", stage: "number", key: "k" },
    started("b"),
    { kind: "step-failed", step: ids[2]!, message: "its process ended", again: true },
    started(ids[2]!),
  ]);
  const frame = { now: 24_000, left: 3600, columns: 79, lines: 12 };
  assert.deepEqual(viewLines(state, frame, PAINT), [
    "0/6 steps · 17 running · 24 s · 1 h 0 min left · meta: iteration 1 of 3",
    "▸ test · 23 s",
    "▸ meta[0].student@dataset=0 · 22 s · 1/4 · 42 s left",
    ...[3, 4, 5, 6, 7, 8].map((i) => `▸ meta[0].student@dataset=${i} · ${22 - i} s`),
    "  and 9 more: 9 number",
    "  tried again: meta[0].student@dataset=1 in 2.0 s",
    "  made by another process: a",
  ]);
  assert.deepEqual(
    viewLines(state, { ...frame, now: 30_000, lines: 40 }, PAINT).filter((line) =>
      /attempt|again/.test(line)
    ),
    [
      "▸ meta[0].student@dataset=2 · attempt 2 · 6.0 s",
      "  tried again: meta[0].student@dataset=1",
    ],
  );
});

Deno.test("rows of a line that a terminal breaks, where wide characters stay whole", () => {
  assert.deepEqual([10, 5, 4, 1].map((columns) => rowsOf("abcdefghij", columns)), [1, 2, 3, 10]);
  assert.equal(rowsOf("日本語", 3), 3);
  assert.equal(rowsOf("\x1b[1mabc\x1b[22m", 3), 1);
  assert.equal(rowsOf("\x1b[1mabcd\x1b[22m", 3), 2);
  assert.equal(rowsOf("", 3), 1);
});
