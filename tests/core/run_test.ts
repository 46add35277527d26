import assert from "node:assert/strict";
import { join } from "node:path";
import { describeDifference, digestJson, keyOf, type KeyParts } from "../../src/core/mod.ts";
import { Rig } from "../rig.ts";

const CHAIN = `
name: chain
params: { value: 3 }
steps:
  one: { uses: number, with: { value: "\${params.value}" } }
  two: { uses: increment, in: { number: one.number } }
  three: { uses: increment, in: { number: two.number } }
`;

const LOOP = `
name: loop
params: { times: 3 }
steps:
  zero: { uses: number, with: { value: 0 } }
  meta:
    loop: { times: "\${params.times}", carry: { number: zero.number, extra: null } }
    steps:
      more:
        uses: increment
        in: { number: prev.number }
      sums:
        uses: add
        matrix: { a: "0..2", b: [x, y] }
        in: { numbers: more.number, extra: prev.extra }
      all: { uses: add, in: { numbers: sums.sum } }
    yield: { number: more.number, extra: all.sum }
  every: { uses: add, in: { numbers: "meta[*].all.sum" } }
  last: { uses: increment, in: { number: meta.number } }
`;

Deno.test("a parameter, a loop's matrix or an override names the stage of a step", async () => {
  using rig = new Rig();
  const pipeline = `
name: named
params: { stage: increment }
steps:
  one: { uses: number, with: { value: 1 } }
  two: { uses: "\${params.stage}", in: { number: one.number } }
  all:
    matrix: { stage: [number, increment] }
    loop: { times: 1 }
    steps:
      three: { uses: "\${params.stage}", in: { number: two.number } }
`;
  const result = await rig.run(pipeline);
  assert.equal(rig.number(result, "two"), 2);
  assert.deepEqual(rig.plan(pipeline).steps.map(({ stage }) => stage.name), [
    "number",
    "increment",
    "increment",
    "increment",
  ]);
  const other = pipeline.replace("{ number: two.number }", "{ numbers: two.number }")
    .replace('three: { uses: "${params.stage}"', 'three: { uses: "${matrix.stage}"')
    .replace("[number, increment]", "[add]");
  assert.equal(rig.plan(other).steps.at(-1)!.stage.name, "add");
});

Deno.test("runPlan() runs each step once, then takes all from the store", async () => {
  using rig = new Rig();
  const first = await rig.run(CHAIN);
  assert.deepEqual(rig.ran, ["one", "two", "three"]);
  assert.equal(rig.number(first, "three"), 5);
  const second = await rig.run(CHAIN);
  assert.deepEqual(rig.ran, []);
  assert.equal(second.status, "done");
  assert.deepEqual(
    [...second.actions].map(([id, { outputs }]) => [id, outputs]),
    [...first.actions].map(([id, { outputs }]) => [id, outputs]),
  );
});

Deno.test("runPlan() unrolls loops and spreads matrices under stable ids", async () => {
  using rig = new Rig();
  const result = await rig.run(LOOP);
  assert.deepEqual(rig.ran.slice(0, 8), [
    "zero",
    "meta[0].more",
    "meta[0].sums@a=0,b=x",
    "meta[0].sums@a=0,b=y",
    "meta[0].sums@a=1,b=x",
    "meta[0].sums@a=1,b=y",
    "meta[0].all",
    "meta[1].more",
  ]);
  // all_t = 4 (t + all_{t-1}): 4, 24, 108
  assert.equal(rig.number(result, "meta[2].all", "sum"), 108);
  assert.equal(rig.number(result, "every", "sum"), 136);
  assert.equal(rig.number(result, "last"), 4);
});

Deno.test("a matrix step reads the instances that share its axes", async () => {
  using rig = new Rig();
  const result = await rig.run(`
name: matrix
steps:
  n: { uses: number, matrix: { a: "0..2", b: "0..3" }, with: { value: "\${matrix.b}" } }
  same: { uses: increment, matrix: { a: "0..2", b: "0..3" }, in: { number: n.number } }
  rows: { uses: add, matrix: { a: "0..2" }, in: { numbers: n.number } }
  total: { uses: add, in: { numbers: rows.sum } }
`);
  assert.equal(rig.number(result, "same@a=1,b=2"), 3);
  assert.equal(rig.number(result, "rows@a=1", "sum"), 3);
  assert.equal(rig.number(result, "total", "sum"), 6);
});

Deno.test("an item of a list output can be read by its index", async () => {
  using rig = new Rig();
  const text = (index: number) => `
name: items
steps:
  four: { uses: number, with: { value: 4 } }
  parts: { uses: spread, in: { number: four.number } }
  third: { uses: increment, in: { number: "parts.numbers[${index}]" } }
  all: { uses: add, in: { numbers: parts.numbers } }
`;
  const result = await rig.run(text(2));
  assert.equal(rig.number(result, "third"), 3);
  assert.equal(rig.number(result, "all", "sum"), 6);
  assert.equal((await rig.run(text(4))).status, "failed");
  assert.deepEqual(rig.events.filter(({ kind }) => kind === "step-failed"), [{
    kind: "step-failed",
    step: "third",
    message: "Cannot read parts.numbers[4]: it has 4 items",
  }]);
});

Deno.test("a changed value reruns what depends on it, until results are the same again", async () => {
  using rig = new Rig();
  await rig.run(CHAIN);
  await rig.run(CHAIN, ["params.value=4"]);
  // Names are not in keys: one more than 4 was computed before, by the step three.
  assert.deepEqual(rig.ran, ["one", "three"]);
  await rig.run(CHAIN, ["params.value=9"]);
  assert.deepEqual(rig.ran, ["one", "two", "three"]);
  // Early cut-off: 2 doubled is 4, so that what reads it finds its result.
  await rig.run(CHAIN, ["steps.one.with.value=2", "steps.one.with.mode=double"]);
  assert.deepEqual(rig.ran, ["one"]);
});

Deno.test("changed code of a stage reruns its steps, and only what reads other results", async () => {
  using rig = new Rig();
  await rig.run(CHAIN);
  rig.code.set("increment", "changed");
  await rig.run(CHAIN);
  assert.deepEqual(rig.ran, ["two", "three"]);
});

Deno.test("a file counts by its contents, not by its name", async () => {
  using rig = new Rig();
  rig.write("a.txt", "abc");
  const text = (name: string) =>
    `name: f\nsteps:\n  one: { uses: file, with: { path: ${name} } }\n`;
  await rig.run(text("a.txt"));
  rig.write("b.txt", "abc");
  await rig.run(text("b.txt"));
  assert.deepEqual(rig.ran, []);
  rig.write("b.txt", "abcd");
  await rig.run(text("b.txt"));
  assert.deepEqual(rig.ran, ["one"]);
});

Deno.test("a failed step keeps what was done, and the same command goes on there", async () => {
  using rig = new Rig();
  const text = CHAIN.replace("three: { uses: increment", "three: { uses: fail");
  assert.equal((await rig.run(text)).status, "failed");
  assert.deepEqual(rig.ran, ["one", "two"]);
  const failed = rig.events.at(-2)!;
  assert.ok(failed.kind === "step-failed");
  const { stack, ...rest } = failed;
  assert.deepEqual(rest, { kind: "step-failed", step: "three", message: "it fails, as it should" });
  assert.match(stack!, /rig\.ts/);
  rig.stages.fail = rig.stages.increment!;
  assert.equal((await rig.run(text)).status, "done");
  assert.deepEqual(rig.ran, ["three"]);
  assert.deepEqual([...Deno.readDirSync(join(rig.store.directory, "tmp"))], []);
});

Deno.test("an aborted run stops with what is done kept", async () => {
  using rig = new Rig();
  const controller = new AbortController();
  const { increment } = rig.stages;
  rig.stages.increment = {
    ...increment!,
    run: (context) => {
      controller.abort();
      context.signal.throwIfAborted();
    },
  };
  assert.equal((await rig.run(CHAIN, [], controller.signal)).status, "stopped");
  assert.deepEqual(rig.ran, ["one"]);
});

/** Changes a file of the store, which is of mode 0444. */
function overwrite(path: string, text: string): void {
  Deno.chmodSync(path, 0o644);
  Deno.writeTextFileSync(path, text);
}

const DAMAGES: readonly { name: string; problem: RegExp; damage(artifact: string): void }[] = [
  {
    name: "a truncated file",
    problem: /file number\.txt has 0 bytes instead of 1/,
    damage: (artifact) => overwrite(join(artifact, "number.txt"), ""),
  },
  {
    name: "a file with other contents",
    problem: /file number\.txt has other contents/,
    damage: (artifact) => overwrite(join(artifact, "number.txt"), "9"),
  },
  {
    name: "a missing file",
    problem: /file number\.txt is missing/,
    damage: (artifact) => Deno.removeSync(join(artifact, "number.txt")),
  },
  {
    name: "a torn manifest",
    problem: /its manifest is torn/,
    damage: (artifact) => overwrite(join(artifact, "manifest.json"), '{"kind":"num'),
  },
  {
    name: "a manifest that lies",
    problem: /its manifest does not match its digest/,
    damage: (artifact) =>
      overwrite(join(artifact, "manifest.json"), '{"kind":"number","files":{}}'),
  },
  {
    name: "a missing artifact",
    problem: /its manifest is missing/,
    damage: (artifact) => Deno.removeSync(artifact, { recursive: true }),
  },
];

for (const { name, problem, damage } of DAMAGES) {
  Deno.test(`runPlan() tells ${name} in the store and makes the result again`, async () => {
    using rig = new Rig();
    const before = await rig.run(CHAIN);
    const digest = before.actions.get("two")!.outputs.number as string;
    damage(join(rig.store.directory, "artifacts", digest));
    const after = await rig.run(CHAIN);
    const told = rig.events.filter((event) => event.kind === "damaged");
    assert.equal(told.length, 1);
    assert.match(told[0]!.problem, problem);
    assert.deepEqual(rig.ran, ["two"]);
    assert.equal(after.actions.get("two")!.outputs.number, digest);
    assert.equal(rig.number(after, "three"), 5);
  });
}

Deno.test("runPlan() tells a torn action record and makes the result again", async () => {
  using rig = new Rig();
  const before = await rig.run(CHAIN);
  const path = join(rig.store.directory, "actions", `${before.actions.get("two")!.key}.json`);
  overwrite(path, Deno.readTextFileSync(path).slice(0, 100));
  await rig.run(CHAIN);
  assert.deepEqual(rig.ran, ["two"]);
  const told = rig.events.filter((event) => event.kind === "damaged");
  assert.match(told[0]!.problem, /its record is torn/);
});

const PARTS: KeyParts = {
  format: 3,
  stage: "add",
  version: 1,
  code: "c",
  config: { tau: 0.01 },
  inputs: { a: "x", b: "y" },
  seed: { seed: 7 },
};

Deno.test("keyOf() tells swapped inputs apart, and does not depend on the order of keys", () => {
  assert.notEqual(keyOf(PARTS), keyOf({ ...PARTS, inputs: { a: "y", b: "x" } }));
  assert.equal(keyOf(PARTS), keyOf({ ...PARTS, inputs: { b: "y", a: "x" } }));
  assert.notEqual(digestJson(["ab", "c"]), digestJson(["a", "bc"]));
});

Deno.test("describeDifference() names each part that changed", () => {
  const after = { ...PARTS, config: { tau: 0.02, window: 3 }, code: "d" };
  assert.deepEqual(describeDifference(PARTS, after), [
    "code: c → d",
    "config.tau: 0.01 → 0.02",
    "config.window: (none) → 3",
  ]);
});
