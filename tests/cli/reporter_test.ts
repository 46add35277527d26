import assert from "node:assert/strict";
import { Durations } from "../../src/records/mod.ts";
import { jsonReporter, textReporter } from "../../src/cli/reporter.ts";
import type { Terminal } from "../../src/cli/output.ts";
import { formatBytes, formatMetrics, formatSeconds } from "../../src/cli/format.ts";
import type { Event } from "../../src/core/mod.ts";
import { Rig } from "../rig.ts";
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

function record(isTerminal: boolean): Terminal & { text: string } {
  return {
    isTerminal,
    columns: 60,
    text: "",
    write(text) {
      this.text += text;
    },
  };
}

function report(terminal: Terminal): void {
  using rig = new Rig();
  const listen = textReporter(
    terminal,
    rig.plan(PIPELINE),
    new Durations(),
    () => "deno run again",
  );
  for (const event of EVENTS) listen(event);
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
  assert.ok(terminal.text.includes("▸ two\n"));
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
  const listen = jsonReporter(terminal);
  for (const event of EVENTS) listen(event);
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
    const listen = textReporter(terminal, plan, new Durations(), () => "again", options);
    for (const event of events) listen(event);
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
  const listen = textReporter(terminal, rig.plan(PIPELINE), new Durations(), () => "again");
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
  for (const event of events) listen(event);
  const again = "warning: one, made again, differs from what was stored in number:";
  assert.equal(
    terminal.text,
    `one failed (attempt 1; once more): no
one failed (attempt 2): no
${again} its stage is not deterministic
${again} that was made on another machine
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
  for (const [seconds, text] of [...told, ...long]) {
    assert.equal(formatSeconds(Number(seconds)), text);
  }
  assert.deepEqual([512, 2048, 5 * 2 ** 20].map(formatBytes), ["512 B", "2.0 KiB", "5.0 MiB"]);
  assert.equal(formatMetrics({ a: [1, 0.12345], b: null, c: "x" }), "a=[1 0.123] b=null c=x");
});
