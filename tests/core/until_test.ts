/** Loops that end on a condition, and loops with a matrix. @module */
import assert from "node:assert/strict";
import { forecast, type RunResult } from "../../src/core/mod.ts";
import { Rig } from "../rig.ts";

/** Counts from 2 up, and reads what a loop gives in every way. */
const counting = (loop: string, more = "") => `
name: counting
steps:
  one: { uses: number, with: { value: 1 } }
  loop:
    loop: { ${loop}, carry: { x: one.number, first: null } }
    steps:
      next: { uses: increment, in: { number: prev.x } }
      total: { uses: add, in: { numbers: next.number, extra: prev.first } }
    yield: { x: next.number, first: one.number }
  last: { uses: increment, in: { number: loop.x } }
  all: { uses: add, in: { numbers: "loop[*].next.number" } }
  early: { uses: increment, in: { number: "loop[*].next.number[0]" } }
${more}`;

const UNTIL = "until: { metric: total.sum, at_least: 5 }";

function sums(result: RunResult): Record<string, unknown> {
  const found = [...result.actions].filter(([, { metrics }]) => "sum" in metrics);
  return Object.fromEntries(found.map(([step, { metrics }]) => [step, metrics.sum]));
}

function digests(result: RunResult): Record<string, unknown> {
  return Object.fromEntries([...result.actions].map(([step, { outputs }]) => [step, outputs]));
}

Deno.test("a loop ends with the iteration in which its condition holds", async () => {
  using rig = new Rig();
  const result = await rig.run(counting(`times: 6, ${UNTIL}`));
  // 2, 3 + 1, 4 + 1
  assert.deepEqual(sums(result), {
    "loop[0].total": 2,
    "loop[1].total": 4,
    "loop[2].total": 5,
    all: 9,
  });
  assert.deepEqual(rig.events.filter(({ kind }) => kind === "loop-ended"), [{
    kind: "loop-ended",
    loop: "loop",
    iterations: 3,
    times: 6,
    until: "total.sum at least 5",
    met: true,
    value: 5,
  }]);
  const end = rig.events.at(-1)!;
  assert.ok(end.kind === "run-finished");
  assert.deepEqual([end.status, end.ran, end.cached, end.skipped], ["done", 10, 0, 6]);
});

Deno.test("where a loop ended is known from the store, whatever it may run", async () => {
  using rig = new Rig();
  const first = await rig.run(counting(`times: 6, ${UNTIL}`));
  for (const times of [6, 3, 40]) {
    const again = await rig.run(counting(`times: ${times}, ${UNTIL}`));
    const end = rig.events.at(-1)!;
    assert.ok(end.kind === "run-finished");
    assert.deepEqual([end.ran, end.cached], [0, 10]);
    assert.deepEqual(digests(again), digests(first));
  }
  // And goes on where the condition asks for more.
  await rig.run(counting("times: 40, until: { metric: total.sum, above: 6 }"));
  const end = rig.events.at(-1)!;
  assert.ok(end.kind === "run-finished" && end.cached >= 7, JSON.stringify(end));
});

Deno.test("a loop that ended early gives what one of so many times gives", async () => {
  for (let bound = 2; bound <= 7; bound++) {
    using rig = new Rig();
    const early = await rig.run(
      counting(`times: 5, until: { metric: total.sum, at_least: ${bound} }`),
    );
    const ended = rig.events.find(({ kind }) => kind === "loop-ended");
    assert.ok(ended?.kind === "loop-ended");
    const plain = await rig.run(counting(`times: ${ended.iterations}`));
    const end = rig.events.at(-1)!;
    assert.ok(end.kind === "run-finished" && end.ran === 0, JSON.stringify(end));
    assert.deepEqual(digests(plain), digests(early));
  }
});

Deno.test("a condition that never holds lets all iterations run, and is told", async () => {
  using rig = new Rig();
  await rig.run(counting("times: 2, until: { metric: total.sum, below: 0 }"));
  const ended = rig.events.find(({ kind }) => kind === "loop-ended");
  assert.ok(ended?.kind === "loop-ended" && !ended.met && ended.iterations === 2);
});

Deno.test("each run of a loop in a loop ends by itself, and what it gives is carried on", async () => {
  using rig = new Rig();
  const result = await rig.run(`
name: nested
steps:
  one: { uses: number, with: { value: 1 } }
  outer:
    loop: { times: 3, until: { metric: sum.sum, at_least: 9 }, carry: { x: one.number } }
    steps:
      inner:
        loop: { times: 4, until: { metric: total.sum, at_least: 5 }, carry: { x: prev.x } }
        steps:
          next: { uses: increment, in: { number: prev.x } }
          total: { uses: add, in: { numbers: next.number } }
        yield: { x: next.number }
      sum: { uses: add, in: { numbers: "inner[*].next.number" } }
    yield: { x: inner.x }
  all: { uses: add, in: { numbers: "outer[*].sum.sum" } }
  last: { uses: add, in: { numbers: outer.x } }
`);
  // 2 3 4 5: 14 is enough at once
  assert.deepEqual(sums(result).all, 14);
  assert.deepEqual(sums(result).last, 5);
  assert.equal([...result.actions.keys()].some((step) => step.startsWith("outer[1]")), false);
});

Deno.test("a loop runs for each value of its matrix, and readers share its axes", async () => {
  using rig = new Rig();
  const result = await rig.run(`
name: arms
steps:
  loop:
    matrix: { start: [1, 4] }
    loop: { times: 4, ${UNTIL}, carry: { x: null } }
    steps:
      begin: { uses: number, with: { value: "\${matrix.start}" } }
      next: { uses: add, in: { numbers: begin.number, extra: prev.x } }
      total: { uses: add, matrix: { n: "0..2" }, in: { numbers: next.sum } }
      both: { uses: add, in: { numbers: total.sum } }
    yield: { x: next.sum }
  own: { uses: add, matrix: { start: [1, 4] }, in: { numbers: loop.x } }
  every: { uses: add, in: { numbers: loop.x } }
`.replace("metric: total.sum", "metric: both.sum"));
  // 1: 2, 4, 6; 4: 8
  assert.deepEqual(
    Object.fromEntries(Object.entries(sums(result)).filter(([step]) => !step.startsWith("loop"))),
    { "own@start=1": 3, "own@start=4": 4, every: 7 },
  );
  assert.ok(result.actions.has("loop@start=1[2].total@n=1"));
  assert.equal(result.actions.has("loop@start=4[1].next"), false);
  const seeds = new Set(
    rig.plan(counting("times: 2")).steps.map(({ seed }) => JSON.stringify(seed)),
  );
  assert.equal(seeds.size, 3);
});

Deno.test("what is not reached is told before it runs, as far as the store tells", async () => {
  using rig = new Rig();
  const text = counting(`times: 6, ${UNTIL}`);
  const kinds = () => {
    const prospects = forecast(rig.plan(text), rig.store, () => "code");
    return Object.groupBy(prospects.values(), ({ lookup }) => lookup.kind);
  };
  const before = kinds();
  assert.deepEqual([before.miss?.length, before.unknown?.length], [1, 15]);
  await rig.run(text);
  const after = kinds();
  assert.deepEqual([after.hit?.length, after.skipped?.length, after.unknown], [10, 6, undefined]);
});

Deno.test("a metric that is not there, or no number, stops the run with its place", async () => {
  for (
    const [metric, message] of [
      ["total.nope, above: 1", /test\.yaml:6:\d+: until: there is no metric total\.nope/],
      [
        "next.sum, above: 1",
        /until: there is no metric next\.sum \(name another step, or metric\)/,
      ],
      ["total.sum.more, above: 1", /until: there is no metric total\.sum\.more/],
    ] as const
  ) {
    using rig = new Rig();
    const { status } = await rig.run(counting(`times: 3, until: { metric: ${metric} }`));
    assert.equal(status, "failed");
    const failed = rig.events.find(({ kind }) => kind === "step-failed");
    assert.ok(failed?.kind === "step-failed");
    assert.match(failed.message, message);
  }
});

for (
  const [name, text, message] of [
    [
      "a step that is not there",
      "until: { metric: totla.sum, above: 1 }",
      /no step totla in the loop[^]*total\?/,
    ],
    ["no metric", "until: { metric: total, above: 1 }", /"total" names no metric/],
    ["a number", "until: { metric: 3, above: 1 }", /metric: expected a string|metric/],
    ["nothing to compare with", "until: { metric: total.sum }", /compares the metric with nothing/],
    [
      "two comparisons",
      "until: { metric: total.sum, above: 1, is: 2 }",
      /compares the metric twice/,
    ],
    [
      "a text as a bound",
      "until: { metric: total.sum, above: many }",
      /above: "many" is no number/,
    ],
    ["a list", "until: { metric: total.sum, is: [1] }", /is: \[1\]/],
    ["an unknown comparison", "until: { metric: total.sum, abov: 1 }", /unknown key[^]*above\?/],
    ["another order", "until: 3", /expected/],
  ] as const
) {
  Deno.test(`an until with ${name} is a mistake with its place`, () => {
    using rig = new Rig();
    assert.throws(() => rig.plan(counting(`times: 3, ${text}`)), (error) => {
      const told = (error as Error).message;
      assert.match(told, /^test\.yaml:6:\d+: error: /);
      assert.match(told, message);
      return true;
    });
  });
}

Deno.test("a condition on a step with a matrix, or on a loop, is a mistake", () => {
  using rig = new Rig();
  const of = (metric: string) => `
name: t
steps:
  one: { uses: number, with: { value: 1 } }
  loop:
    loop: { times: 3, until: { metric: ${metric}, above: 1 }, carry: { x: one.number } }
    steps:
      next: { uses: increment, in: { number: prev.x } }
      many: { uses: add, matrix: { n: [1, 2] }, in: { numbers: next.number } }
      inner: { loop: { times: 2 }, steps: { one: { uses: number, with: { value: 1 } } } }
    yield: { x: next.number }
`;
  assert.throws(() => rig.plan(of("many.sum")), /which run of many is meant cannot be told/);
  assert.throws(() => rig.plan(of("inner.sum")), /inner is a loop, with no metrics of its own/);
});

Deno.test("an item that is not there where the loop ends early is a mistake", () => {
  using rig = new Rig();
  const text = counting(
    `times: 6, ${UNTIL}`,
    '  third: { uses: increment, in: { number: "loop[*].next.number[2]" } }\n',
  );
  assert.throws(
    () => rig.plan(text),
    /there may be 1 item, if the loop ends early[^]*an index up to 0/,
  );
});

Deno.test("a step's seed is its own, and a loop's axes and iterations are in it", () => {
  using rig = new Rig();
  const { steps } = rig.plan(`
name: t
seed: 3
steps:
  a: { uses: number, with: { value: 1 } }
  b: { uses: number, seed: 9, with: { value: 1 } }
  c: { uses: number, seed: "\${matrix.s}", matrix: { s: [4, 5] }, with: { value: 1 } }
  l: { matrix: { k: [x] }, loop: { times: 1 }, steps: { d: { uses: number, with: { value: 1 } } } }
`);
  assert.deepEqual(steps.map(({ seed }) => seed), [
    { seed: 3 },
    { seed: 9 },
    { seed: 4, matrix: { s: 4 } },
    { seed: 5, matrix: { s: 5 } },
    { seed: 3, loops: [0], matrix: { k: "x" } },
  ]);
  assert.throws(
    () => rig.plan("name: t\nsteps:\n  b: { uses: number, seed: x, with: { value: 1 } }\n"),
    /test\.yaml:3:28: error: seed is "x"\n[^]*write a whole number/,
  );
});
