import assert from "node:assert/strict";
import { join } from "node:path";
import { type Job, JobLost, type RunOptions } from "../../src/core/mod.ts";
import type { Services } from "../../stages/mod.ts";
import { Rig } from "../rig.ts";
import { Crowd, inlineOf } from "./crowd.ts";

const LOOP = `
name: loop
steps:
  zero: { uses: number, with: { value: 0 } }
  meta:
    loop: { times: 3, carry: { number: zero.number, extra: null } }
    steps:
      more: { uses: increment, in: { number: prev.number } }
      sums:
        uses: add
        matrix: { a: "0..4", b: [x, y] }
        in: { numbers: more.number, extra: prev.extra }
      all: { uses: add, in: { numbers: sums.sum } }
    yield: { number: more.number, extra: all.sum }
  every: { uses: add, in: { numbers: "meta[*].all.sum" } }
  last: { uses: increment, in: { number: meta.number } }
`;

/** Four that wait for one, and one for them. */
const FAN = `
name: fan
steps:
  one: { uses: number, with: { value: 1 } }
  each: { uses: increment, matrix: { i: "0..4" }, in: { number: one.number }, seed: "\${matrix.i}" }
  sum: { uses: add, in: { numbers: each.number } }
`;

/** Runs a text on a crowd. */
async function crowded(
  rig: Rig,
  text: string,
  { cpu = 16, jobs = 16, more = {}, before, ...options }: {
    readonly cpu?: number;
    readonly jobs?: number;
    readonly more?: Readonly<Record<string, number>>;
    readonly before?: (job: Job) => Promise<void>;
  } & Partial<RunOptions<Services>> = {},
) {
  const plan = rig.plan(text), { store } = rig;
  const inline = inlineOf(plan, { store, code: (url) => rig.code.get(url) ?? "code" });
  const crowd = new Crowd(inline, { cpu, ...more }, jobs, before);
  const result = await rig.runPlan(plan, {
    store,
    executors: () => Promise.resolve({ here: inline, main: crowd }),
    ...options,
  });
  return { result, crowd };
}

/** Waits a little, for another time with each call. */
function jitter(seed: number): () => Promise<void> {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return new Promise((resolve) => setTimeout(resolve, state % 7));
  };
}

Deno.test("how many steps run at a time, and in which order, changes no result", async (t) => {
  using alone = new Rig();
  const expected = await alone.run(LOOP);
  const facts = (result: typeof expected) =>
    [...result.actions].map(([id, { key, outputs, metrics }]) => [id, key, outputs, metrics])
      .toSorted(([a], [b]) => String(a) < String(b) ? -1 : 1);
  for (const jobs of [1, 2, 4, 16]) {
    await t.step(`${jobs} at a time`, async () => {
      using rig = new Rig();
      const { result, crowd } = await crowded(rig, LOOP, { jobs, before: jitter(jobs) });
      assert.deepEqual(facts(result), facts(expected));
      assert.equal(crowd.most, Math.min(jobs, 9)); // eight sums, and the next iteration's first
    });
  }
  for (const seed of [1, 2, 3]) {
    await t.step(`shuffled, seed ${seed}`, async () => {
      using rig = new Rig();
      const priority = (place: number) => (place * 7919 * seed) % 101;
      const { result, crowd } = await crowded(rig, LOOP, {
        jobs: 3,
        priority,
        before: jitter(seed),
      });
      assert.deepEqual(facts(result), facts(expected));
      assert.notDeepEqual(crowd.begun.map(({ step }) => step), alone.ran);
      const planned = rig.plan(LOOP).steps.map(({ id }) => id);
      assert.deepEqual([...result.actions.keys()], planned);
    });
  }
});

Deno.test("a step begins when all that it needs has ended, and not later than there is room", async () => {
  using rig = new Rig();
  const { crowd } = await crowded(rig, LOOP, { before: jitter(5) });
  const ended = new Map(
    rig.events.flatMap((event, i) => event.kind === "step-finished" ? [[event.step, i]] : []),
  );
  const started = (id: string) =>
    rig.events.findIndex((event) => event.kind === "step-started" && event.step === id);
  for (let i = 0; i < 3; i++) {
    for (let a = 0; a < 4; a++) {
      assert.ok(ended.get(`meta[${i}].more`)! < started(`meta[${i}].sums@a=${a},b=x`));
      assert.ok(ended.get(`meta[${i}].sums@a=${a},b=y`)! < started(`meta[${i}].all`));
    }
  }
  assert.equal(crowd.begun.length, 33);
});

Deno.test("steps of one key are made once, however many are ready", async () => {
  using rig = new Rig();
  const same = FAN.replace(', seed: "${matrix.i}"', "").replace('matrix: { i: "0..4" }, ', "");
  const text = same.replace(
    "  sum:",
    "  again: { uses: increment, in: { number: one.number } }\n  sum:",
  );
  const { crowd } = await crowded(rig, text, { before: jitter(1) });
  assert.deepEqual(crowd.begun.map(({ step }) => step).toSorted(), ["each", "one", "sum"]);
  assert.deepEqual(rig.ran.toSorted(), ["each", "one", "sum"]);
});

Deno.test("a failed step ends a run when those beside it have ended; with keepGoing nothing else stops", async () => {
  const text = `
name: fails
steps:
  one: { uses: number, with: { value: 1 } }
  bad: { uses: fail, in: { number: one.number } }
  each: { uses: increment, matrix: { i: "0..4" }, in: { number: one.number }, seed: "\${matrix.i}" }
  sum: { uses: add, in: { numbers: each.number } }
  after: { uses: increment, in: { number: bad.number } }
`;
  const before = ({ step }: Job) =>
    new Promise<void>((resolve) => setTimeout(resolve, step === "bad" ? 20 : 40));
  {
    using rig = new Rig();
    const { result, crowd } = await crowded(rig, text, { jobs: 3, before });
    assert.equal(result.status, "failed");
    assert.deepEqual(crowd.begun.map(({ step }) => step), ["one", "bad", "each@i=0", "each@i=1"]);
    assert.deepEqual(rig.ran, ["one", "each@i=0", "each@i=1"]);
  }
  using rig = new Rig();
  const { result } = await crowded(rig, text, { jobs: 3, before, keepGoing: true });
  assert.equal(result.status, "failed");
  assert.equal(rig.number(result, "sum", "sum"), 8);
  const blocked = rig.events.flatMap((event) => event.kind === "step-blocked" ? [event.step] : []);
  assert.deepEqual(blocked, ["after"]);
});

Deno.test("an abort stops what runs, and nothing more begins", async () => {
  using rig = new Rig();
  const stop = new AbortController();
  const before = ({ step }: Job) => {
    if (step.startsWith("each")) stop.abort();
    return Promise.resolve();
  };
  const { result } = await crowded(rig, FAN, { jobs: 2, before, signal: stop.signal });
  assert.equal(result.status, "stopped");
  assert.ok(!rig.ran.includes("sum"));
  assert.equal((await rig.run(FAN)).status, "done");
});

Deno.test("no more is taken than there is, by name", async () => {
  using rig = new Rig();
  const text = FAN.replace("seed:", "resources: { gpu: 1, memory: 3GiB, judges: 0.5 }, seed:");
  const more = { gpu: 3, memory: 8 * 2 ** 30, judges: 10 };
  const { crowd } = await crowded(rig, text, { more, before: jitter(3) });
  assert.deepEqual([crowd.held.gpu, crowd.held.memory], [2, 6 * 2 ** 30]);
  assert.equal(crowd.held.judges, 1);
});

Deno.test("what there is not is told at once, with what to write", async () => {
  using rig = new Rig();
  const text = FAN.replace("seed:", "resources: { gpu: 64 }, seed:");
  const { result, crowd } = await crowded(rig, text, { more: { gpu: 2 } });
  assert.equal(result.status, "failed");
  const [told] = rig.events.flatMap((event) => event.kind === "step-failed" ? [event.message] : []);
  assert.equal(
    told,
    "test.yaml:5:3: it takes 64 gpu, and there is 2 gpu (let it take less (resources: { gpu: … }), " +
      "or say what there is: --resources gpu=…)",
  );
  assert.equal(crowd.begun.length, 0);
  using other = new Rig();
  const going = await crowded(other, text, { more: { gpu: 2 }, keepGoing: true });
  assert.deepEqual(going.crowd.begun.map(({ step }) => step), ["one"]);
  using stored = new Rig();
  await stored.run(text);
  assert.equal((await crowded(stored, text)).result.status, "done");
});

Deno.test("wrong resources are mistakes, at their place", () => {
  using rig = new Rig();
  const wrong = (resources: string) => {
    try {
      rig.plan(FAN.replace("seed:", `resources: ${resources}, seed:`));
      return "";
    } catch (error) {
      return (error as Error).message.split("\n")[0]!.replace(/^error: /, "");
    }
  };
  assert.match(wrong("{ cpu: many }"), /cpu is "many"/);
  assert.match(wrong("{ memory: 8 }"), /memory is 8/);
  assert.match(wrong("{ cpu: -1 }"), /cpu is -1/);
  assert.match(wrong("{ jobs: 2 }"), /jobs is no resource of a step/);
  assert.match(wrong("{ GPU: 2 }"), /GPU is no name of a resource/);
});

Deno.test("resources are outside the key", () => {
  using rig = new Rig();
  const [plain, taking] = [FAN, FAN.replace("seed:", "resources: { cpu: 2 }, seed:")]
    .map((text) => rig.plan(text).steps[1]!);
  assert.deepEqual([plain!.resources, taking!.resources], [{ cpu: 1 }, { cpu: 2 }]);
  assert.deepEqual({ ...plain, resources: 0, locate: 0, location: 0 }, {
    ...taking,
    resources: 0,
    locate: 0,
    location: 0,
  });
});

Deno.test("a step that is alone has all processors, others their share", async () => {
  using rig = new Rig();
  const { crowd } = await crowded(rig, FAN, { cpu: 8, before: jitter(2) });
  const granted = Object.fromEntries(crowd.begun.map(({ step, granted }) => [step, granted.cpu]));
  assert.deepEqual(granted, {
    ...{ one: 8, "each@i=0": 2, "each@i=1": 2, "each@i=2": 2, "each@i=3": 2 },
    sum: 8,
  });
  using other = new Rig();
  const few = await crowded(other, FAN, { cpu: 6, jobs: 2, before: jitter(2) });
  assert.deepEqual(few.crowd.begun[1]!.granted, { cpu: 2, jobs: 1 });
});

Deno.test("a lost job is run again, up to four times, after longer and longer pauses", async () => {
  const run = async (losses: number) => {
    using rig = new Rig();
    const pauses: number[] = [];
    let left = losses;
    const before = ({ step }: Job) => {
      if (step === "sum" && left-- > 0) throw new JobLost("its process ended (SIGKILL)");
      return Promise.resolve();
    };
    const wait = (milliseconds: number) => {
      pauses.push(milliseconds);
      return Promise.resolve();
    };
    const { result } = await crowded(rig, FAN, { before, wait });
    const failures = rig.events.flatMap((event) =>
      event.kind === "step-failed" ? [`${event.message}${event.again ? ", again" : ""}`] : []
    );
    return { status: result.status, pauses, failures };
  };
  assert.deepEqual(await run(2), {
    status: "done",
    pauses: [500, 1000],
    failures: Array(2).fill("its process ended (SIGKILL), again"),
  });
  const { status, pauses, failures } = await run(9);
  assert.deepEqual([status, pauses], ["failed", [500, 1000, 2000]]);
  assert.equal(failures.at(-1), "its process ended (SIGKILL)");
});

Deno.test("an input that is found to be damaged is made again, with others at work", async () => {
  using rig = new Rig();
  const first = await rig.run(FAN);
  const { number } = first.actions.get("one")!.outputs;
  const file = join(rig.store.directory, "artifacts", String(number), "number.txt");
  const { store } = rig;
  // The store of this run has found it sound before it is damaged, as if another process found out.
  store.find(first.actions.get("one")!.key, { number: "number" });
  Deno.chmodSync(file, 0o644);
  Deno.writeTextFileSync(file, "9");
  const remade = new Set(["each@i=0", "each@i=1", "each@i=2", "each@i=3"]);
  const { result } = await crowded(rig, FAN, { store, remade, before: jitter(4) });
  assert.equal(result.status, "done");
  assert.deepEqual(result.actions.get("sum")!.outputs, first.actions.get("sum")!.outputs);
  assert.equal(Deno.readTextFileSync(file), "1");
});
