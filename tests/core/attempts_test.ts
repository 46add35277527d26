/** Steps that fail: what goes on without them, attempts, and time limits. @module */
import assert from "node:assert/strict";
import { DiagnosticError, type Event } from "../../src/core/mod.ts";
import { withReason } from "../../src/core/os_error.ts";
import { parseDuration } from "../../src/core/duration.ts";
import { defineStage } from "../../src/stage/define_stage.ts";
import { Rig, TEST_STAGES } from "../rig.ts";

const BROKEN = `
name: broken
steps:
  zero: { uses: number, with: { value: 0 } }
  bad: { uses: fail, in: { number: zero.number } }
  worse: { uses: increment, in: { number: bad.number } }
  worst: { uses: add, in: { numbers: worse.number } }
  good: { uses: increment, in: { number: zero.number } }
  fail: { uses: fail, in: { number: good.number } }
  better: { uses: increment, in: { number: good.number } }
`;

type Told = Extract<Event, { kind: "step-failed" }>;

/** Events of a kind. */
function events<K extends Event["kind"]>(rig: Rig, kind: K): Extract<Event, { kind: K }>[] {
  return rig.events.filter((event): event is Extract<Event, { kind: K }> => event.kind === kind);
}

Deno.test("a failed step ends a run; with keepGoing it stops only what needs it", async () => {
  using rig = new Rig();
  const first = await rig.run(BROKEN);
  assert.deepEqual([first.status, rig.ran], ["failed", ["zero"]]);
  const { status } = await rig.run(BROKEN, [], undefined, { keepGoing: true });
  assert.deepEqual([status, rig.ran], ["failed", ["good", "better"]]);
  assert.deepEqual(events(rig, "step-failed").map(({ step }) => step), ["bad", "fail"]);
  assert.deepEqual(events(rig, "step-blocked"), [
    { kind: "step-blocked", step: "worse", failed: "bad" },
    { kind: "step-blocked", step: "worst", failed: "bad" },
  ]);
  const [end] = events(rig, "run-finished");
  assert.deepEqual([end!.ran, end!.cached, end!.skipped, end!.blocked], [2, 1, 0, 2]);
});

Deno.test("keepGoing goes through loops whose end is not known any more", async () => {
  using rig = new Rig();
  const loop = (metric: string) => `
name: loops
steps:
  zero: { uses: number, with: { value: 0 } }
  meta:
    loop: { times: 3, until: { metric: ${metric}, at_least: 9 }, carry: { number: zero.number } }
    steps:
      more: { uses: increment, in: { number: prev.number } }
      sum: { uses: add, in: { numbers: more.number } }
      bad: { uses: fail, in: { number: more.number } }
    yield: { number: more.number }
  every: { uses: add, in: { numbers: "meta[*].more.number" } }
  last: { uses: increment, in: { number: meta.number } }
  aside: { uses: number, with: { value: 5 } }
`;
  // The failed step tells when the loop ends.
  await rig.run(loop("bad.sum"), [], undefined, { keepGoing: true });
  assert.deepEqual(rig.ran, ["zero", "meta[0].more", "meta[0].sum", "aside"]);
  const blocked = events(rig, "step-blocked");
  assert.deepEqual(blocked.map(({ step }) => step), [
    ...["meta[1].more", "meta[1].sum", "meta[1].bad", "meta[2].more", "meta[2].sum", "meta[2].bad"],
    ...["every", "last"],
  ]);
  assert.ok(blocked.every(({ failed }) => failed === "meta[0].bad"));
  // It tells nothing that anybody needs.
  await rig.run(loop("sum.sum"), [], undefined, { keepGoing: true });
  assert.deepEqual(events(rig, "step-failed").map(({ step }) => step), [
    "meta[0].bad",
    "meta[1].bad",
    "meta[2].bad",
  ]);
  assert.deepEqual(events(rig, "step-blocked"), []);
  assert.ok(rig.ran.includes("every") && rig.ran.includes("last"));
  // A condition that cannot be compared.
  await rig.run(loop("sum.absent"), [], undefined, { keepGoing: true });
  assert.deepEqual(events(rig, "step-failed").map(({ step }) => step), [
    "meta[0].sum",
    "meta[0].bad",
  ]);
  assert.equal(events(rig, "step-blocked").length, 8);
});

/** A rig whose `number` fails so often, and then is one. */
function flaky(failures: number, error: () => unknown = () => new Error("not now")) {
  const rig = new Rig();
  const calls = { count: 0 };
  rig.stages.number = defineStage({
    ...TEST_STAGES.number,
    run(context) {
      if (calls.count++ < failures) throw error();
      TEST_STAGES.number.run(context);
    },
  });
  return { rig, calls };
}
const flakyStep = (more: string) =>
  `name: t\nsteps:\n  one: { uses: number, with: { value: 1 }${more} }\n`;

Deno.test("a step is tried again as often as the pipeline says, each attempt told", async () => {
  {
    const { rig, calls } = flaky(9);
    using _ = rig;
    assert.equal((await rig.run(flakyStep(""))).status, "failed");
    assert.deepEqual([calls.count, events(rig, "step-failed")[0]!.attempt], [1, undefined]);
    assert.ok(!("attempt" in events(rig, "step-started")[0]!));
  }
  {
    const { rig } = flaky(2);
    using _ = rig;
    assert.equal((await rig.run(flakyStep(", retries: 2"))).status, "done");
    assert.deepEqual(events(rig, "step-started").map(({ attempt }) => attempt), [1, 2, 3]);
    assert.deepEqual(
      events(rig, "step-failed").map(({ message, attempt, again }) => [message, attempt, again]),
      [["not now", 1, true], ["not now", 2, true]],
    );
    assert.deepEqual(rig.ran, ["one"]);
  }
  {
    const { rig, calls } = flaky(9);
    using _ = rig;
    const inherited = `retries: 3\n${flakyStep("")}`;
    assert.equal((await rig.run(inherited)).status, "failed");
    assert.deepEqual(events(rig, "step-failed").map(({ attempt, again }) => [attempt, again]), [
      ...[[1, true], [2, true], [3, true]],
      [4, undefined],
    ]);
    assert.equal((await rig.run(inherited, ["steps.one.retries=0"])).status, "failed");
    assert.equal(calls.count, 5);
  }
});

Deno.test("a mistake of the user's, and Ctrl-C, are not tried again", async () => {
  const mistake = flaky(9, () => new DiagnosticError([{ message: "no such file" }]));
  using rig = mistake.rig;
  assert.equal((await rig.run(flakyStep(", retries: 5"))).status, "failed");
  assert.equal(mistake.calls.count, 1);
  // A full disk is told in the same words, and may have room a while later.
  const full = Object.assign(new Error("No space left on device (os error 28)"), {
    code: "ENOSPC",
  });
  const disk = flaky(2, () => {
    withReason("cannot write to store s", () => {
      throw full;
    });
  });
  using room = disk.rig;
  assert.equal((await room.run(flakyStep(", retries: 5"))).status, "done");
  assert.equal(disk.calls.count, 3);
  assert.equal(
    events(room, "step-failed")[0]!.message,
    "cannot write to store s: no space is left on the device (free some, or name another place)",
  );
  const controller = new AbortController();
  const stopped = flaky(9, () => {
    controller.abort();
    return new Error("stopped");
  });
  using other = stopped.rig;
  const text = flakyStep(", retries: 5");
  assert.equal((await other.run(text, [], controller.signal)).status, "stopped");
  assert.equal(stopped.calls.count, 1);
});

Deno.test("what a disk lacks is told in words, also where a stage writes by itself", async () => {
  const full = Object.assign(new Error("No space left on device (os error 28)"), {
    code: "ENOSPC",
  });
  const { rig } = flaky(9, () => full);
  using _ = rig;
  assert.equal((await rig.run(flakyStep(""))).status, "failed");
  const [{ message, stack }] = events(rig, "step-failed") as [Told];
  assert.equal(
    message,
    "cannot write its files: no space is left on the device (free some, or name another place)",
  );
  assert.match(stack!, /os error 28/);
});

Deno.test("a time limit ends an attempt by its signal, and is told as such", async () => {
  using rig = new Rig();
  let attempts = 0;
  rig.stages.number = defineStage({
    ...TEST_STAGES.number,
    async run({ signal }) {
      attempts++;
      await new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    },
  });
  const { status } = await rig.run(flakyStep(", retries: 1, time_limit: 0.02s"));
  assert.deepEqual([status, attempts], ["failed", 2]);
  const failed = events(rig, "step-failed");
  assert.deepEqual(failed.map(({ again }) => again), [true, undefined]);
  for (const { message, stack } of failed) {
    assert.equal(
      message,
      "test.yaml:3:3: it took longer than its time limit of 0.02s (give it more time, or less to do)",
    );
    assert.equal(stack, undefined);
  }
});

Deno.test("a stage that does not end when it is told to is warned of, and its result kept", async () => {
  using rig = new Rig();
  rig.stages.number = defineStage({
    ...TEST_STAGES.number,
    async run(context) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      TEST_STAGES.number.run(context);
    },
  });
  assert.equal((await rig.run(flakyStep(", time_limit: 0.001s"))).status, "done");
  const [warning] = events(rig, "warning");
  assert.match(
    warning!.message,
    /^one took 0\.\d+ s, more than its time limit of 0\.001s: its stage/,
  );
  assert.deepEqual(rig.ran, ["one"]);
});

Deno.test("retries and time limits are no part of a key", async () => {
  using rig = new Rig();
  await rig.run(flakyStep(""));
  await rig.run(flakyStep(", retries: 3, time_limit: 2h"));
  assert.deepEqual(rig.ran, []);
});

Deno.test("before each attempt there is a pause, doubled each time, and told", async () => {
  const pauses = async (more: string, retries: number) => {
    const { rig } = flaky(99);
    using _ = rig;
    await rig.run(flakyStep(`, retries: ${retries}${more}`));
    const told = events(rig, "step-failed").map(({ pause }) => pause);
    assert.deepEqual(told, [...rig.pauses, undefined]);
    return rig.pauses;
  };
  assert.deepEqual(await pauses("", 8), [5, 10, 20, 40, 80, 160, 300, 300]);
  assert.deepEqual(await pauses(", retry_pause: 0s", 2), [0, 0]);
  assert.deepEqual(await pauses(", retry_pause: 4min", 3), [240, 300, 300]);
  assert.deepEqual(await pauses(", retry_pause: 1h", 2), [3600, 3600]);
});

Deno.test("Ctrl-C ends a pause", async () => {
  const { rig, calls } = flaky(9);
  using _ = rig;
  const controller = new AbortController();
  const running = rig.run(flakyStep(", retries: 5, retry_pause: 2d"), [], controller.signal, {
    wait: undefined as never, // the real one
  });
  while (events(rig, "step-failed").length === 0) await new Promise((next) => setTimeout(next));
  controller.abort();
  assert.equal((await running).status, "stopped");
  assert.equal(calls.count, 1);
});

Deno.test("a loop says how its steps are tried, where they do not", () => {
  using rig = new Rig();
  const plan = rig.plan(`
name: loops
retries: 1
steps:
  zero: { uses: number, with: { value: 0 } }
  meta:
    loop: { times: 2, carry: { number: zero.number } }
    matrix: { tries: [2, 3] }
    retries: "\${matrix.tries}"
    time_limit: 30min
    steps:
      more: { uses: increment, in: { number: prev.number }, retry_pause: 1s }
      inner:
        loop: { times: 1 }
        time_limit: 1h
        steps: { own: { uses: number, with: { value: 1 }, retries: 0 } }
    yield: { number: more.number }
`);
  const own = { retries: 0, pause: 5, limit: { seconds: 3600, text: "1h" } };
  const more = (retries: number) =>
    ({ retries, pause: 1, limit: { seconds: 1800, text: "30min" } }) as const;
  assert.deepEqual(plan.steps.map(({ allowance }) => allowance), [
    { retries: 1, pause: 5 },
    ...[more(2), own, more(2), own, more(3), own, more(3), own],
  ]);
  const wrong = "name: t\nsteps:\n  m:\n    loop: { times: 3 }\n    retries: often\n" +
    "    steps: { one: { uses: number, with: { value: 1 } } }\n";
  assert.throws(() => rig.plan(wrong), (error) => {
    assert.ok(error instanceof DiagnosticError);
    assert.equal(error.diagnostics.length, 1);
    assert.match(error.message, /5:14: error: retries is "often"\n/);
    return true;
  });
});

const DURATIONS: Readonly<Record<string, number | undefined>> = {
  "90s": 90,
  "30min": 1800,
  "2h": 7200,
  "1h30min": 5400,
  "1.5h": 5400,
  "2d": 172_800,
  "1h 30min": 5400,
  "2m": undefined,
  "90": undefined,
  "1h30": undefined,
  "-1s": undefined,
  "": undefined,
  "1e3s": undefined,
};

Deno.test("durations are numbers with units", () => {
  for (const [text, seconds] of Object.entries(DURATIONS)) {
    assert.equal(parseDuration(text), seconds, text);
  }
});

Deno.test("retries and time limits take parameters; what cannot be read is told where it stands", () => {
  using rig = new Rig();
  const text = `
name: t
params: { tries: 2, limit: 1h, none: null }
time_limit: "\${params.limit}"
steps:
  one: { uses: number, with: { value: 1 }, retries: "\${params.tries}" }
  two: { uses: number, with: { value: 2 }, time_limit: "\${params.none}" }
`;
  assert.deepEqual(rig.plan(text).steps.map(({ allowance }) => allowance), [
    { retries: 2, pause: 5, limit: { seconds: 3600, text: "1h" } },
    { retries: 0, pause: 5, limit: { seconds: 3600, text: "1h" } },
  ]);
  for (
    const [more, message] of [
      [", retries: -1", /3:53: error: retries is -1\n/],
      [", retries: 1.5", /retries is 1\.5\n/],
      [", retries: often", /retries is "often"\n/],
      [", time_limit: 30", /time_limit is 30\n[^]*help: write a duration with its unit/],
      [", time_limit: 5m", /time_limit is "5m"\n/],
      [", time_limit: 0s", /no time at all/],
      [", time_limit: 100d", /more than 24 days/],
      [", retry_pause: 3", /retry_pause is 3\n[^]*help: write a duration with its unit/],
      [", retry_pause: 100d", /more than 24 days/],
      [", time_limit: null", /time_limit is null/],
      [", retires: 1", /unknown key retires\n[^]*did you mean retries/],
    ] as const
  ) {
    assert.throws(() => rig.plan(flakyStep(more)), (error) => {
      assert.ok(error instanceof DiagnosticError);
      assert.match(error.message, message);
      assert.equal(error.diagnostics.length, 1);
      return true;
    });
  }
  assert.throws(() => rig.plan(`retries: x\n${flakyStep("")}`), /1:10: error: retries is "x"/);
});
