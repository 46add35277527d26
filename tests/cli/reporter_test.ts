import assert from "node:assert/strict";
import { Durations } from "../../src/records/mod.ts";
import { jsonReporter, textReporter } from "../../src/cli/reporter.ts";
import type { Terminal } from "../../src/cli/output.ts";
import { colorsWanted } from "../../src/cli/live/colors_wanted.ts";
import { formatBytes, formatMetrics, formatNamed, formatSeconds } from "../../src/cli/format.ts";
import type { Event } from "../../src/core/mod.ts";
import { Rig } from "../rig.ts";
import { fakeTerminal, ticking } from "./fake_terminal.ts";
import { screenOf } from "./screen.ts";

const PIPELINE = `
name: two
steps:
  one: { uses: number, with: { value: 1 } }
  two: { uses: increment, in: { number: one.number } }
`;
const EVENTS: readonly Event[] = [
  { kind: "run-started", pipeline: "two", steps: 2, device: "cpu" },
  {
    kind: "step-finished",
    step: "one",
    stage: "number",
    key: "k",
    cached: true,
    seconds: 0,
    metrics: {},
    outputs: {},
  },
  { kind: "step-started", step: "two", stage: "increment", key: "l" },
  { kind: "damaged", step: "two", what: "artifact abc", problem: "its manifest is torn" },
  {
    kind: "step-progress",
    step: "two",
    done: 3,
    total: 10,
    numbers: { reward: 0.25, rollouts: 512 },
  },
  { kind: "step-log", step: "two", message: "hello" },
  {
    kind: "step-finished",
    step: "two",
    stage: "increment",
    key: "l",
    cached: false,
    seconds: 12.3,
    metrics: { reward: 0.123456, pass_at: { "1": 0.5 }, report: "# Title\nbody" },
    outputs: {},
  },
  { kind: "run-finished", status: "stopped", ran: 1, cached: 1, skipped: 0, seconds: 75 },
];

const record = (isTerminal: boolean) => fakeTerminal({ isTerminal, columns: 60 });
const again = () => "again";

function report(terminal: Terminal): void {
  using rig = new Rig();
  const plan = rig.plan(PIPELINE);
  using face = textReporter(terminal, plan, new Durations(), () => "deno run again");
  for (const event of EVENTS) face.listen(event);
}

Deno.test("without a terminal a run is told in plain lines", () => {
  const terminal = record(false);
  report(terminal);
  assert.equal(
    terminal.text,
    `two: 2 steps on cpu
two: stored artifact abc is damaged (its manifest is torn): made again
  two: hello
[2/2]  two  12 s  reward=0.123 pass_at={1:0.5}

# Title
body

stopped: 1 run, 1 cached, 1 min 15 s; go on with
  deno run again
`,
  );
});

Deno.test("on a terminal what is told stays, and the view below it is gone at the end", () => {
  const terminal = record(true);
  report(terminal);
  assert.ok(terminal.text.includes("▸ two · 0.0 s\n"));
  assert.equal(
    screenOf(terminal.text),
    `two: 2 steps on cpu
two: stored artifact abc is damaged (its manifest is torn): made again
  two: hello
[2/2]  two  12 s  reward=0.123 pass_at={1:0.5}

# Title
body

stopped: 1 run, 1 cached, 1 min 15 s; go on with
  deno run again
`,
  );
});

Deno.test("--json prints each event on a line", () => {
  const terminal = record(false);
  using face = jsonReporter(terminal);
  for (const event of EVENTS) face.listen(event);
  assert.deepEqual(terminal.text.trim().split("\n").map((line) => JSON.parse(line)), EVENTS);
});

Deno.test("time left is known once every stage that is left has run", () => {
  const durations = new Durations();
  durations.add("a", 2);
  durations.add("a", 4);
  assert.equal(durations.estimate(["a", "a"]), 6);
  assert.equal(durations.estimate(["a", "b"]), undefined);
});

Deno.test("waiting, other machines and failures are told in a line each, with the stack on request", () => {
  const events: Event[] = [
    { kind: "step-waiting", step: "one", stage: "number", key: "k" },
    { kind: "step-failed", step: "two", message: "no", stack: "Error: no\n    at x" },
    {
      kind: "other-machines",
      results: 3,
      machines: [{ processor: "A", threads: 2 }],
      here: { processor: "B", threads: 2 },
    },
  ];
  const told = (options: { verbose?: boolean }) => {
    using rig = new Rig();
    const terminal = record(false), plan = rig.plan(PIPELINE);
    using face = textReporter(terminal, plan, new Durations(), again, options);
    for (const event of events) face.listen(event);
    return terminal.text;
  };
  const lines = [
    "one: another process is making it; waiting for its result",
    "two failed: no",
    "3 results were made on another machine (processor A, here B); --same-machine makes them again",
    "",
  ];
  assert.equal(told({}), lines.join("\n"));
  assert.equal(told({ verbose: true }), lines.toSpliced(2, 0, "Error: no\n    at x").join("\n"));
});

Deno.test("attempts, what differs, and what was not reached are told", () => {
  using rig = new Rig();
  const terminal = record(false);
  using face = textReporter(terminal, rig.plan(PIPELINE), new Durations(), again);
  const differs = { kind: "step-differs", step: "one", key: "k", what: ["number"] } as const;
  const events: Event[] = [
    { kind: "step-failed", step: "one", message: "no", attempt: 1, again: true },
    { kind: "step-failed", step: "one", message: "no", stack: "Error: no", attempt: 2 },
    ...[..."abcdefg"].map((step): Event => ({ kind: "step-blocked", step, failed: "one" })),
    { ...differs, elsewhere: false },
    { ...differs, elsewhere: true },
    { kind: "step-failed", step: "two", message: "nor this" },
    {
      kind: "run-finished",
      status: "failed",
      ran: 1,
      cached: 1,
      skipped: 1,
      blocked: 7,
      seconds: 2,
    },
  ];
  for (const event of events) face.listen(event);
  const warning = "warning: one, made again, differs from what was stored in number:";
  assert.equal(
    terminal.text,
    `one failed (attempt 1; once more): no
one failed (attempt 2): no
${warning} its stage is not deterministic
${warning} that was made on another machine
two failed: nor this
one failed; not reached: a, b, c, d, e, f and 1 more
two failed
failed: 1 run, 1 cached, 8 not reached, 2.0 s; what is done is kept, go on with
  again
`,
  );
});

Deno.test("numbers are told briefly", () => {
  const told = [[0.04, "0.0 s"], [9.94, "9.9 s"], [9.96, "10 s"], [59.4, "59 s"], [
    59.6,
    "1 min 0 s",
  ], [250, "4 min 10 s"]];
  const long = [[3599.4, "59 min 59 s"], [3599.6, "1 h 0 min"], [7290, "2 h 2 min"], [
    359_999,
    "100 h 0 min",
  ]];
  const odd = [[NaN, "? s"], [Infinity, "? s"], [-3, "0.0 s"]];
  for (const [seconds, text] of [...told, ...long, ...odd]) {
    assert.equal(formatSeconds(Number(seconds)), text);
  }
  assert.deepEqual([512, 2048, 5 * 2 ** 20].map(formatBytes), ["512 B", "2.0 KiB", "5.0 MiB"]);
  const rates = [[12.345, "12.3 a/s"], [0.3, "0.3 a/s"], [0.05, "a 20 s each"], [
    1e-4,
    "a 2 h 47 min each",
  ]];
  for (const [rate, text] of rates) assert.equal(formatNamed("a/s", Number(rate)), text);
  assert.deepEqual(
    [0, -1, NaN, Infinity].map((rate) => formatNamed("a/s", rate)),
    Array(4).fill(undefined),
  );
  assert.equal(formatNamed("loss", NaN), "loss no number");
  assert.equal(formatMetrics({ a: [1, 0.12345], b: null, c: "x" }), "a=[1 0.123] b=null c=x");
});

const STARTED: Event = { kind: "step-started", step: "two", stage: "increment", key: "l" };

/** A view on a terminal, with the first step done and the second begun. */
function begun(rig: Rig, options: { columns: number; rows?: number; reflows?: boolean }) {
  const terminal = fakeTerminal({ isTerminal: true, ...options }), clock = ticking();
  const face = textReporter(terminal, rig.plan(PIPELINE), new Durations(), again, { clock });
  EVENTS.slice(0, 2).forEach(face.listen);
  face.listen(STARTED);
  return { terminal, clock, face };
}

Deno.test("a step that tells nothing is drawn each second, until the run ends", () => {
  using rig = new Rig();
  const { terminal, clock, face } = begun(rig, { columns: 60 });
  for (let i = 0; i < 65; i++) clock.pass(1000);
  assert.equal(terminal.writes, 68); // told, once drawn, once begun, and each second
  assert.equal(
    screenOf(terminal.text),
    "two: 2 steps on cpu\n1/2 steps · 1 min 5 s\n▸ two · 1 min 5 s\n",
  );
  face.listen(EVENTS.at(-1)!);
  const { writes } = terminal;
  clock.pass(5000);
  assert.deepEqual([terminal.writes, clock.timers, terminal.followers], [writes, 0, 0]);
});

Deno.test("what is drawn is gone once a face is disposed of; without a terminal there is no timer", () => {
  using rig = new Rig();
  const { terminal, clock, face } = begun(rig, { columns: 60 });
  assert.deepEqual([clock.timers, terminal.followers], [1, 1]);
  face[Symbol.dispose]();
  assert.equal(screenOf(terminal.text), "two: 2 steps on cpu\n");
  assert.deepEqual([clock.timers, terminal.followers], [0, 0]);
  const plain = record(false), other = ticking();
  using _face = textReporter(plain, rig.plan(PIPELINE), new Durations(), again, { clock: other });
  assert.deepEqual([other.timers, plain.followers], [0, 0]);
});

Deno.test("a view follows a terminal that becomes narrower and wider, and leaves nothing behind", () => {
  for (const reflows of [true, false]) {
    using rig = new Rig();
    const { terminal, clock, face } = begun(rig, { columns: 80, reflows });
    face.listen(EVENTS[4]!);
    clock.pass(1000);
    for (const columns of [21, 13, 100, 7, 40]) terminal.resize(columns, 24);
    assert.equal(
      terminal.screen(),
      `two: 2 steps on cpu
1/2 steps · 1.0 s
▸ two · 1.0 s
  ━━━╌╌╌╌╌╌╌ 3/10 · reward 0.25 · roll…
`,
      `reflows: ${reflows}`,
    );
    face[Symbol.dispose]();
    assert.equal(terminal.screen(), "two: 2 steps on cpu\n");
  }
});

Deno.test("without a terminal a long step is told of every 30 seconds, with what is left", () => {
  using rig = new Rig();
  const terminal = record(false), clock = ticking();
  using face = textReporter(terminal, rig.plan(PIPELINE), new Durations(), again, { clock });
  EVENTS.slice(0, 3).forEach(face.listen);
  for (let done = 1; done <= 10; done++) {
    clock.pass(10_000);
    const numbers = { reward: 0.5, "rollouts/s": 0.02 };
    face.listen({ kind: "step-progress", step: "two", done, total: 10, numbers });
  }
  assert.equal(
    terminal.text,
    `two: 2 steps on cpu
[1/2] two · 3/10 · reward 0.5 · rollouts 50 s each · 1 min 10 s left
[1/2] two · 6/10 · reward 0.5 · rollouts 50 s each · 40 s left
[1/2] two · 9/10 · reward 0.5 · rollouts 50 s each · 10 s left
`,
  );
});

Deno.test("colours are wanted on a terminal that has them, unless the environment says otherwise", () => {
  const wanted = (env: Readonly<Record<string, string>>, isTerminal: boolean) =>
    colorsWanted((name) => env[name], isTerminal);
  const cases: [Readonly<Record<string, string>>, boolean, boolean][] = [
    [{}, false, true],
    [{ NO_COLOR: "" }, false, true],
    [{ NO_COLOR: "1" }, false, false],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, false, false],
    [{ FORCE_COLOR: "1" }, true, true],
    [{ FORCE_COLOR: "" }, false, true],
    [{ FORCE_COLOR: "0" }, false, false],
    [{ FORCE_COLOR: "false" }, false, false],
    [{ TERM: "dumb" }, false, false],
    [{ TERM: "dumb", FORCE_COLOR: "1" }, true, true],
    [{ CI: "true" }, false, true],
  ];
  for (const [env, piped, onTerminal] of cases) {
    assert.deepEqual(
      [wanted(env, false), wanted(env, true)],
      [piped, onTerminal],
      JSON.stringify(env),
    );
  }
});

Deno.test("colours without a terminal move nothing", () => {
  const terminal = fakeTerminal({ isTerminal: false, columns: 60, hasColors: true });
  report(terminal);
  // deno-lint-ignore no-control-regex -- escapes are what it is about
  const escapes = new Set(terminal.text.match(/\x1b\[[^a-zA-Z]*[a-zA-Z]/g));
  assert.deepEqual(
    [...escapes].sort(),
    ["\x1b[1m", "\x1b[22m", "\x1b[33m", "\x1b[39m"].filter((one) => escapes.has(one)),
  );
  assert.ok(escapes.has("\x1b[1m"));
});
