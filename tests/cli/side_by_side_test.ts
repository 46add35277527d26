/** What `plan` tells of steps that run side by side. */
import assert from "node:assert/strict";
import {
  type Ahead,
  crowded,
  impossible,
  jobsOf,
  peakOf,
  type Place,
  secondsUntilDone,
} from "../../src/cli/side_by_side.ts";
import { Rig } from "../rig.ts";
import { soar } from "./program.ts";
import { Folder } from "../data/files.ts";

const GIB = 2 ** 30;
const FAN = `
name: fan
steps:
  one: { uses: number, with: { value: 1 } }
  each: { uses: increment, matrix: { i: "0..4" }, in: { number: one.number } }
  big: { uses: increment, in: { number: one.number }, resources: { cpu: 4 } }
  last: { uses: increment, in: { number: big.number } }
`;
const PLACE: Place = {
  executor: "processes",
  capacity: { cpu: 8, memory: 64 * GIB },
  jobs: undefined,
};

/** Steps of a pipeline with what they need by name, in GiB. */
function aheadOf(text: string, memory: Readonly<Record<string, number>>): Ahead[] {
  using rig = new Rig();
  return rig.plan(text).steps.map((step) => {
    const needs = memory[step.id.split("@")[0]!];
    return needs === undefined ? { step } : { step, memory: needs * GIB };
  });
}

Deno.test("steps run at a time by processors, by what is allowed, and by what each takes", () => {
  const ahead = aheadOf(FAN, {});
  assert.equal(jobsOf(ahead, PLACE), 8);
  assert.equal(jobsOf(ahead, { ...PLACE, jobs: 3 }), 3);
  assert.equal(jobsOf(ahead, { ...PLACE, executor: "inline" }), 1);
  assert.equal(jobsOf(ahead, { ...PLACE, capacity: { cpu: 8, gpu: 2 } }), 2, "each takes a GPU");
  const big = ahead.filter(({ step }) => step.id === "big");
  assert.equal(jobsOf(big, PLACE), 2);
  assert.equal(jobsOf([], PLACE), 8);
});

Deno.test("memory is that of the largest step, as often as steps like it run at a time", () => {
  const peak = (memory: Readonly<Record<string, number>>, place: Partial<Place> = {}, text = FAN) =>
    peakOf(aheadOf(text, memory), { ...PLACE, ...place });
  assert.equal(peak({}), undefined);
  assert.deepEqual(peak({ each: 2, one: 1 }), { step: "each@i=0", bytes: 2 * GIB, count: 5 });
  assert.deepEqual(peak({ each: 2 }, { jobs: 3 }), { step: "each@i=0", bytes: 2 * GIB, count: 3 });
  assert.deepEqual(peak({ each: 2, big: 16 }), { step: "big", bytes: 16 * GIB, count: 1 });
  const said = FAN.replace('matrix: { i: "0..4" }', "$&, resources: { memory: 24GiB }");
  assert.equal(peak({ each: 20 }, {}, said)!.count, 2);
});

Deno.test("what does not fit side by side is told, with what to write instead", () => {
  const told = (count: number, gib: number) =>
    crowded({ step: "student", bytes: gib * GIB, count }, 10 * GIB);
  assert.equal(told(5, 2), undefined);
  assert.equal(told(1, 20), undefined, "which is told apart");
  assert.equal(told(2, 20), undefined);
  assert.equal(
    told(6, 2.5),
    "warning: 6 steps at a time such as student may take 15.0 GiB, and there are 10.0 GiB; " +
      "write --jobs 4, or say what each takes (resources: { memory: 3GiB })",
  );
  assert.match(told(2, 6)!, /; write --jobs 1, or --on inline, or say what each takes /);
});

Deno.test("a step that takes more than there is is told with both", () => {
  const text = FAN.replace("cpu: 4", "cpu: 4, judges: 2");
  const mistake = (place: Place) => impossible(aheadOf(text, {}), place)?.message;
  assert.match(mistake(PLACE)!, /big takes 2 judges, and there is none/);
  assert.match(
    mistake({ ...PLACE, capacity: { cpu: 2, judges: 2 } })!,
    /big takes 4 cpu, and there is 2 cpu/,
  );
  assert.equal(mistake({ ...PLACE, capacity: { cpu: 4, judges: 2 } }), undefined);
});

Deno.test("time is that of steps which run as soon as they can, so many at a time", () => {
  const steps = aheadOf(FAN, {}).map(({ step }) => step);
  const until = (jobs: number, seconds: Readonly<Record<string, number>>) =>
    secondsUntilDone(steps, ({ id }) => seconds[id.split("@")[0]!] ?? 0, jobs);
  const all = { one: 1, each: 2, big: 3, last: 4 };
  assert.equal(until(1, all), 1 + 4 * 2 + 3 + 4);
  assert.equal(until(8, all), 1 + 3 + 4, "no more than the longest chain");
  assert.equal(until(2, { each: 2 }), 4);
  assert.equal(until(2, {}), 0);
});

Deno.test("plan tells where and how many at a time steps would run, and what that takes", async () => {
  using folder = new Folder();
  folder.write(
    "p.yaml",
    `name: p
device: cpu
with: { task: listprog }
steps:
  base: { uses: load_policy, with: { path: ${
      JSON.stringify(new URL("../../examples/models/listprog", import.meta.url).pathname)
    } } }
  pool: { uses: make_problems, matrix: { i: "0..8" }, with: { depth: 1, count: 8 } }
  test: { uses: evaluate, matrix: { i: "0..8" }, in: { policy: base.policy, problems: pool.problems }, with: { samples: 2 } }
`,
  );
  const plan = async (...options: readonly string[]) => {
    const args = ["plan", "p.yaml", "--on", "processes", ...options];
    const { code, out, err } = await soar(args, { cwd: folder.path });
    assert.equal(code, 0, err);
    return { out, err };
  };
  const wide = await plan("--resources", "cpu=4");
  assert.match(wide.out, /\nruns on processes: up to 4 steps at a time\n/);
  const [, each, all] =
    /\nestimated peak memory (\S+) MiB\n4 steps at a time: up to (\S+) \S+\n/.exec(wide.out) ?? [];
  assert.ok(Number(all) > 0, wide.out);
  assert.equal(wide.err, "");
  const tight = await plan("--resources", "cpu=4", "--memory", `${Math.ceil(2 * Number(each))}MiB`);
  assert.match(
    tight.err,
    /^warning: 4 steps at a time such as test@i=0 may take .*; write --jobs 2, or say/,
  );
  const one = await plan("--on", "inline");
  assert.match(one.out, /\nruns inline: one step after the other\nestimated peak memory \S+ MiB\n/);
  const few = await plan("--resources", "cpu=4", "--jobs", "2");
  assert.match(few.out, /\nruns on processes: up to 2 steps at a time\n/);
});
