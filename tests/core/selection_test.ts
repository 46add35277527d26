/** Runs of a part of a plan, and steps that are made again. @module */
import assert from "node:assert/strict";
import { DiagnosticError, forecast, select, stepsNamed, type Wanted } from "../../src/core/mod.ts";
import { defineStage } from "../../src/stage/define_stage.ts";
import { Rig, TEST_STAGES } from "../rig.ts";

const PIPELINE = `
name: parts
steps:
  zero: { uses: number, with: { value: 0 } }
  aside: { uses: number, with: { value: 9 } }
  meta:
    loop: { times: 2, carry: { number: zero.number } }
    steps:
      more: { uses: increment, in: { number: prev.number } }
      sums: { uses: add, matrix: { a: [0, 1], rate: [0.1, 1] }, in: { numbers: more.number } }
    yield: { number: more.number }
  last: { uses: increment, in: { number: meta.number } }
`;
const ENDING = `
name: ending
steps:
  zero: { uses: number, with: { value: 0 } }
  meta:
    loop: { times: 4, until: { metric: sum.sum, at_least: 2 }, carry: { number: zero.number } }
    steps:
      more: { uses: increment, in: { number: prev.number } }
      sum: { uses: add, in: { numbers: more.number } }
    yield: { number: more.number }
  last: { uses: increment, in: { number: meta.number } }
`;

/** Runs a part of a pipeline. @returns the steps that ran, not taken from the store, and those taken */
async function runPart(rig: Rig, text: string, wanted: Wanted) {
  const { plan, remade, kept } = select(rig.plan(text), wanted);
  const result = await rig.runPlan(plan, { remade, kept });
  const cached = rig.events.flatMap((event) =>
    event.kind === "step-finished" && event.cached ? [event.step] : []
  );
  return { result, ran: rig.ran, cached };
}

const NAMED: Readonly<Record<string, readonly string[]>> = {
  "last": ["last"],
  "zero": ["zero"],
  "meta[1].more": ["meta[1].more"],
  "meta.more": ["meta[0].more", "meta[1].more"],
  "meta[1].sums@a=1": ["meta[1].sums@a=1,rate=0.1", "meta[1].sums@a=1,rate=1"],
  "meta.sums@a=0,rate=1": ["meta[0].sums@a=0,rate=1", "meta[1].sums@a=0,rate=1"],
};

Deno.test("steps are named as a plan lists them, or by what these names begin with", () => {
  using rig = new Rig();
  const { steps } = rig.plan(PIPELINE);
  for (const [name, ids] of Object.entries(NAMED)) {
    assert.deepEqual([...stepsNamed(steps, [name], "until")], ids, name);
  }
  assert.equal(stepsNamed(steps, ["meta"], "until").size, 10);
  assert.equal(stepsNamed(steps, ["meta[0]"], "until").size, 5);
  assert.equal(stepsNamed(steps, ["meta.sums"], "until").size, 8);
  const loops = rig.plan(
    `name: t\nsteps:\n  m:\n    matrix: { rate: [0, 0.1] }\n    loop: { times: 1 }\n` +
      `    steps: { one: { uses: number, with: { value: 1 } } }\n`,
  ).steps;
  assert.deepEqual([...stepsNamed(loops, ["m@rate=0"], "until")], ["m@rate=0[0].one"]);
  assert.deepEqual([...stepsNamed(loops, ["m@rate=0.1.one"], "until")], ["m@rate=0.1[0].one"]);
});

Deno.test("a name of no step gets a hint, all of them at once", () => {
  using rig = new Rig();
  const { steps } = rig.plan(PIPELINE);
  for (
    const [name, hint] of [
      ["lats", "did you mean last?"],
      ["mata", "did you mean meta?"],
      ["meta.summs", "did you mean meta.sums?"],
      ["meta[7].more", "did you mean meta[0].more?"],
      ["sums", "did you mean meta.sums?"],
      ["zebra", "soar plan lists the steps"],
      ["", "soar plan lists the steps"],
      ["meta.", "did you mean meta?"],
    ]
  ) {
    assert.throws(() => stepsNamed(steps, [name!, "last"], "force"), (error) => {
      assert.ok(error instanceof DiagnosticError);
      assert.deepEqual(error.diagnostics, [
        { message: `force names ${name}, and there is no such step`, hint },
      ]);
      return true;
    });
  }
  assert.throws(() => stepsNamed(steps, ["x", "y"], "only"), /only names x[^]*only names y/);
});

Deno.test("until makes a step and what it needs", async () => {
  using rig = new Rig();
  const { ran, result } = await runPart(rig, PIPELINE, { until: ["meta[0].sums@a=0"] });
  assert.equal(result.status, "done");
  assert.deepEqual(ran, ["zero", "meta[0].more", "meta[0].sums@a=0,rate=0.1", ...ran.slice(3)]);
  assert.equal(rig.ran.length, 4);
  const started = rig.events.find(({ kind }) => kind === "run-started");
  assert.ok(started?.kind === "run-started" && started.steps === 4);
  assert.equal(select(rig.plan(PIPELINE), { until: ["meta[0].sums@a=0"] }).left, 9);
  const all = await runPart(rig, PIPELINE, {});
  assert.equal(all.result.actions.size, 13);
  assert.equal(all.cached.length, 4);
});

Deno.test("until goes as far as a loop goes that ends early", async () => {
  using rig = new Rig();
  const first = await runPart(rig, ENDING, { until: ["meta[1].more"] });
  assert.deepEqual(first.ran, ["zero", "meta[0].more", "meta[0].sum", "meta[1].more"]);
  const whole = await runPart(rig, ENDING, { until: ["last"] });
  assert.deepEqual(whole.ran, ["meta[1].sum", "last"]);
  assert.equal(rig.number(whole.result, "last"), 3);
  // The iteration is not reached: nothing is left to do.
  const beyond = await runPart(rig, ENDING, { until: ["meta[3].more"] });
  assert.deepEqual([beyond.result.status, beyond.ran], ["done", []]);
});

Deno.test("only makes these steps, and takes what they need from the store", async () => {
  using rig = new Rig();
  const { ran, result } = await runPart(rig, PIPELINE, { only: ["meta[0].more"] });
  assert.deepEqual([ran, result.status], [[], "failed"]);
  const failure = rig.events.find(({ kind }) => kind === "step-failed");
  assert.ok(failure?.kind === "step-failed" && failure.step === "zero");
  assert.match(failure.message, /^its result is not in the store/);
  await runPart(rig, PIPELINE, { only: ["zero"] });
  const second = await runPart(rig, PIPELINE, { only: ["meta[0].more", "meta[1].more"] });
  assert.deepEqual(second.ran, ["meta[0].more", "meta[1].more"]);
  assert.deepEqual(second.cached, ["zero"]);
});

Deno.test("from makes a step again, and all that depend on it; force the step alone", async () => {
  using rig = new Rig();
  await rig.run(PIPELINE);
  const from = await runPart(rig, PIPELINE, { from: ["meta[1].more"] });
  assert.deepEqual([from.ran.length, from.ran[0], from.ran.at(-1)], [6, "meta[1].more", "last"]);
  const force = await runPart(rig, PIPELINE, { force: ["meta[1].more"] });
  assert.deepEqual(force.ran, ["meta[1].more"]);
  assert.equal(force.cached.length, 12);
  assert.ok(!rig.events.some(({ kind }) => kind === "step-differs"));
  const both = await runPart(rig, PIPELINE, { from: ["zero"], until: ["meta[0].more"] });
  assert.deepEqual([both.ran, both.cached], [["zero", "meta[0].more"], []]);
  assert.deepEqual((await runPart(rig, ENDING, { from: ["meta"] })).result.status, "done");
  assert.deepEqual(rig.ran.at(-1), "last");
});

Deno.test("steps that compute the same are made again once", async () => {
  using rig = new Rig();
  const twins = `
name: twins
steps:
  one: { uses: number, with: { value: 1 } }
  two: { uses: number, with: { value: 1 } }
`;
  await rig.run(twins);
  assert.deepEqual((await runPart(rig, twins, { force: ["one", "two"] })).ran, ["one"]);
});

Deno.test("a step that comes out otherwise is told, with what differs", async () => {
  using rig = new Rig();
  let calls = 0;
  rig.stages.number = defineStage({
    ...TEST_STAGES.number,
    run(context) {
      TEST_STAGES.number.run({ ...context, config: { value: calls++, mode: "plain" } });
      return { calls, same: 1 };
    },
  });
  const text = "name: t\nsteps:\n  one: { uses: number, with: { value: 1 } }\n" +
    "  two: { uses: increment, in: { number: one.number } }\n";
  await rig.run(text);
  const { ran } = await runPart(rig, text, { force: ["one"] });
  assert.deepEqual(ran, ["one", "two"]); // which reads another result now
  const differs = rig.events.filter((event) => event.kind === "step-differs");
  assert.deepEqual(
    differs.map(({ step, what, elsewhere }) => ({ step, what, elsewhere })),
    [{ step: "one", what: ["number", "metrics.calls"], elsewhere: false }],
  );
});

Deno.test("wishes that contradict each other are refused", () => {
  using rig = new Rig();
  const plan = rig.plan(PIPELINE);
  assert.throws(() => select(plan, { until: ["last"], only: ["last"] }), /contradict each other/);
  assert.throws(
    () => select(plan, { until: ["zero"], force: ["last"] }),
    /force names last, which this run does not go as far as to make/,
  );
  assert.throws(() => select(plan, { only: ["last"], from: ["zero"], force: ["zero"] }), /force/);
  // Of what follows from a step, what the run makes.
  const { remade } = select(plan, { only: ["zero", "last"], from: ["zero"] });
  assert.deepEqual([...remade], ["zero", "last"]);
});

Deno.test("a forecast tells what is made again, and what is so where that comes out as before", async () => {
  using rig = new Rig();
  await rig.run(PIPELINE);
  const { plan, remade } = select(rig.plan(PIPELINE), { force: ["meta[0].more"] });
  const prospects = forecast(plan, rig.store, () => "code", remade);
  const known = [...prospects].map(([id, { lookup, given }]) => [id, lookup.kind, given] as const);
  assert.deepEqual(known.slice(0, 3), [
    ["zero", "hit", undefined],
    ["aside", "hit", undefined],
    ["meta[0].more", "forced", undefined],
  ]);
  // What was made of it, and what was made of that: 4 sums, more, 4 sums, last.
  const others = known.slice(3);
  assert.equal(others.length, 10);
  assert.ok(others.every(([, kind, given]) => kind === "hit" && given === "meta[0].more"));
  // Where it has no result, nothing is known of them.
  using fresh = new Rig();
  const kinds = [...forecast(plan, fresh.store, () => "code", new Set(["zero"])).values()]
    .map(({ lookup }) => lookup.kind);
  assert.deepEqual(kinds.slice(0, 3), ["forced", "miss", "unknown"]);
});

Deno.test("a forecast of a loop that ends early takes its decider to come out as before", async () => {
  using rig = new Rig();
  await rig.run(ENDING);
  const { plan, remade } = select(rig.plan(ENDING), { force: ["meta[1].sum"] });
  const prospects = forecast(plan, rig.store, () => "code", remade);
  assert.deepEqual(
    ["meta[0].sum", "meta[1].more", "meta[1].sum", "meta[2].more", "last"].map((id) => {
      const { lookup: { kind }, given } = prospects.get(id)!;
      return [id, kind, given];
    }),
    [
      ["meta[0].sum", "hit", undefined],
      ["meta[1].more", "hit", undefined],
      ["meta[1].sum", "forced", undefined],
      ["meta[2].more", "skipped", "meta[1].sum"],
      ["last", "hit", "meta[1].sum"],
    ],
  );
});

Deno.test("what runs that it goes on with made again is not made once more", async () => {
  using rig = new Rig();
  const actions = (await rig.run(PIPELINE)).actions;
  const { plan, remade } = select(rig.plan(PIPELINE), { from: ["meta[1].more"] });
  assert.equal(remade.size, 6);
  const madeBefore = ["meta[1].more", "meta[1].sums@a=0,rate=1"].map((id) => actions.get(id)!.key);
  await rig.runPlan(plan, { remade, madeBefore });
  // Sums over matrix values differ in their seed, and so in their key.
  assert.deepEqual(rig.ran, [
    "meta[1].sums@a=0,rate=0.1",
    "meta[1].sums@a=1,rate=0.1",
    "meta[1].sums@a=1,rate=1",
    "last",
  ]);
});
