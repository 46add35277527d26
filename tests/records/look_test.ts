/** What is told of runs: their steps, artifacts, numbers, and how they differ. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Stamped } from "../../src/core/mod.ts";
import { artifactsOf, beginnings, makersOf, outputOf } from "../../src/records/artifacts.ts";
import { codeRecord, compareCode } from "../../src/records/code_record.ts";
import { compareRuns, seeRun, spreadOf } from "../../src/records/compare.ts";
import { findRuns } from "../../src/records/find_runs.ts";
import { baselineOf } from "../../src/records/history.ts";
import { concurrencyOf, stepLeft } from "../../src/records/left.ts";
import { flatten, pointsOf, resultsOf, tableOf } from "../../src/records/metric_rows.ts";
import { findRun, listRuns, readEvents } from "../../src/records/mod.ts";
import { runText } from "../../src/cli/show_text.ts";
import { type RunStep, stepsOf } from "../../src/records/steps.ts";
import { EventTail, followEvents } from "../../src/records/tail.ts";
import { Rig } from "../rig.ts";
import { recorded } from "./recorded.ts";

const TEXT = `name: rig
steps:
  one: { uses: number, with: { value: 1 } }
  two: { uses: spread, in: { number: one.number } }
  sum: { uses: add, in: { numbers: two.numbers, extra: one.number } }
`;

const AT = "2026-12-01T00:00:00.000Z";
const told = (event: object): Stamped => ({ time: AT, run: "r", ...event }) as Stamped;

Deno.test("stepsOf() follows steps through waiting, trying again, failing and being found", () => {
  const begun = (step: string, kind = "step-started") => told({ kind, step, stage: "s", key: "k" });
  const numbers = { reward: 1 };
  const events = [
    told({ kind: "run-started", pipeline: "p", steps: 5, device: "cpu" }),
    begun("a", "step-waiting"),
    begun("b"),
    told({ kind: "step-progress", step: "b", done: 1, total: 4, numbers }),
    told({ kind: "step-failed", step: "b", message: "no", stack: "at" }),
    begun("b"),
    begun("c"),
    told({ kind: "step-failed", step: "d", message: "a file is gone" }),
    told({
      ...{ kind: "step-finished", step: "c", stage: "s", key: "k", cached: false, seconds: 2 },
      ...{ metrics: { m: 1 }, outputs: { o: "x" } },
    }),
    told({ kind: "step-blocked", step: "e", failed: "d" }),
    told({ kind: "later-version", step: "c" }),
  ];
  const states = (lives: boolean) =>
    stepsOf(events, lives).map(({ step, state }) => `${step} ${state}`);
  assert.deepEqual(states(true), ["a waiting", "b running", "c ran", "d failed", "e blocked"]);
  assert.deepEqual(states(false), [
    "a unfinished",
    "b unfinished",
    "c ran",
    "d failed",
    "e blocked",
  ]);
  const [, b, c, d] = stepsOf(events, true) as [RunStep, RunStep, RunStep, RunStep];
  assert.deepEqual([b.progress, b.message], [undefined, undefined], "it begins anew");
  assert.deepEqual([c.seconds, c.metrics, c.outputs, c.finished], [2, { m: 1 }, { o: "x" }, AT]);
  assert.deepEqual([d.message, d.stage], ["a file is gone", undefined]);
});

Deno.test("attempts of a step: how often it began, and how it failed before", () => {
  const begun = told({ kind: "step-started", step: "a", stage: "s", key: "k" });
  const failed = (message: string, more = {}) =>
    told({ kind: "step-failed", step: "a", message, ...more });
  const numbers = {}, far = told({ kind: "step-progress", step: "a", done: 1, total: 2, numbers });
  const after = (...events: Stamped[]) => stepsOf(events, true)[0]!;
  const again = after(begun, far, failed("no", { again: true, attempt: 1, stack: "at" }));
  const first = { attempt: 1, message: "no", stack: "at", time: AT };
  assert.deepEqual([again.state, again.progress, again.message], ["waiting", undefined, undefined]);
  assert.deepEqual(again.failures, [first]);
  const lost = failed("its process ended", { again: true });
  const third = after(begun, failed("no", { again: true, stack: "at" }), begun, lost, begun);
  assert.deepEqual([third.state, third.attempt], ["running", 3]);
  assert.deepEqual(third.failures, [first, { attempt: 2, message: "its process ended", time: AT }]);
  const last = after(begun, lost, begun, failed("for good", { attempt: 2 }));
  assert.deepEqual([last.state, last.message, last.failures?.length], ["failed", "for good", 1]);
  assert.equal(after(begun).attempt, undefined);
});

Deno.test("steps that have run at a time are counted by what is told of them", () => {
  const at = (seconds: number) => new Date(Date.parse(AT) + 1000 * seconds).toISOString();
  const step = (state: RunStep["state"], from: number, to?: number): RunStep => ({
    ...{ step: "a", state, started: at(from), metrics: {}, outputs: {} },
    ...to === undefined ? {} : { finished: at(to) },
  });
  const mean = (...steps: RunStep[]) =>
    concurrencyOf(steps, Date.parse(at(20))).mean(Date.parse(at(20)));
  assert.equal(mean(step("ran", 0, 10), step("running", 0)), 1.5);
  assert.equal(mean(step("ran", 0, 10), step("cached", 0, 10), step("waiting", 0)), 1);
});

Deno.test("time left of a step is what its units took, less the time since it was told", () => {
  const started = "2026-12-01T00:00:00.000Z", time = "2026-12-01T00:00:10.000Z";
  const step = (done: number): RunStep => ({
    ...{ step: "a", state: "running", started, metrics: {}, outputs: {} },
    progress: { done, total: 4, numbers: {}, time },
  });
  const now = Date.parse(time) + 5000;
  assert.equal(stepLeft(step(1), now), 25);
  assert.equal(stepLeft(step(4), now), 0);
  assert.equal(stepLeft(step(0), now), undefined);
});

Deno.test("events are read on where reading stopped, whole lines alone, until the run ends", async () => {
  using rig = new Rig();
  const { id } = await recorded(rig, TEXT), { store } = rig;
  const path = join(store.directory, "runs", id, "events.ndjson");
  const whole = readEvents(store, id), text = Deno.readTextFileSync(path);
  const tail = new EventTail(store, id), seen: Stamped[] = [];
  Deno.writeTextFileSync(path, "");
  assert.deepEqual(tail.next(), []);
  const bytes = new TextEncoder().encode(text.replaceAll("rig", "ríg")); // pieces of characters too
  for (let at = 0; at < bytes.length; at += 7) {
    Deno.writeFileSync(path, bytes.subarray(at, at + 7), { append: true });
    seen.push(...tail.next());
  }
  assert.deepEqual(JSON.stringify(seen), JSON.stringify(whole).replaceAll("rig", "ríg"));
  // What is written between the last look and the end is told.
  let looks = 0;
  const last = '{"time":"2026","run":"r","kind":"warning","message":"last"}\n';
  const followed = followEvents(store, id, () => ++looks < 3, () => {
    if (looks === 2) Deno.writeTextFileSync(path, last, { append: true });
    return Promise.resolve();
  });
  const all = await Array.fromAsync(followed);
  assert.deepEqual([all.length, all.at(-1)!.kind, looks], [whole.length + 1, "warning", 3]);
  assert.deepEqual(new EventTail(store, "none").next(), []);
});

Deno.test("an artifact is found by its digest, or the output that it is; with who made it", async () => {
  using rig = new Rig();
  const { id } = await recorded(rig, TEXT), { store } = rig;
  const { id: again } = await recorded(rig, TEXT.replaceAll("one", "first"));
  const steps = stepsOf(readEvents(store, id), false);
  const digest = outputOf(steps, "one.number", "run-1")!;
  assert.equal(outputOf(steps, "two.numbers[0]", "run-1")!.length, 64);
  assert.equal(outputOf(steps, "three.x", "run-1"), undefined);
  assert.throws(
    () => outputOf(steps, "one.nmber", "run-1"),
    /one has no output nmber\n.*outputs: number/,
  );
  assert.throws(() => outputOf(steps, "one.number[0]", "run-1"), /one output\n.*leave out \[0\]/);
  assert.throws(
    () => outputOf(steps, "two.numbers", "run-1"),
    /list of 1, counted from 0\n.*two\.numbers\[0\]/,
  );
  assert.throws(() => outputOf(steps, "two.numbers[1]", "run-1"), /is a list of 1/);
  assert.deepEqual(artifactsOf(store, digest.slice(0, 8)), [digest]);
  for (const none of ["", "abc", "soar", "../..", digest.toUpperCase()]) {
    assert.deepEqual(artifactsOf(store, none), []);
  }
  const made = makersOf(store, digest).map(({ run, step, port, cached }) =>
    [run, step, port, cached].join(" ")
  );
  assert.deepEqual(made, [
    ...[`${again} first number true`, `${again} sum sum true`], // 1 and 0 are 1 too
    ...[`${id} one number false`, `${id} sum sum false`],
  ]);
  const manifest = store.manifestOf(digest)!;
  assert.deepEqual(beginnings(store, digest, manifest), [
    { name: "number.txt", lines: ["1"], more: false },
  ]);
  assert.equal(store.manifestOf("0".repeat(64)), undefined);
});

Deno.test("of an artifact's files, those that are text are shown, the first lines", () => {
  using rig = new Rig();
  const { store } = rig, directory = store.scratch();
  const write = (name: string, bytes: string | Uint8Array) =>
    Deno.writeFileSync(
      join(directory, name),
      typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes,
    );
  write("a.bin", new Uint8Array([1, 0, 255]));
  write("b.txt", "é".repeat(3000)); // cut within a character
  write("c.jsonl", "{}\n".repeat(9));
  write("d.txt", "");
  write("e.txt", "\x1b[2J");
  write("f.txt", "two\nlines");
  const digest = store.addArtifact("x", directory);
  const shown = beginnings(store, digest, store.manifestOf(digest)!);
  assert.deepEqual(
    shown.map(({ name, lines, more }) => [name, lines.length, lines[0]!.length, more]),
    [["b.txt", 1, 200, true], ["c.jsonl", 6, 2, true], ["f.txt", 2, 3, false]],
  );
  store.release();
});

Deno.test("numbers are one table: places of the steps' names, and columns that stand for one thing each", async () => {
  using rig = new Rig();
  const { store } = rig;
  {
    using tables = store.tables.open("k", 1 << 20);
    tables.add("metrics", [{ step: 0, loss: 1, by: { a: { b: true } } }, { step: 1, kind: "x" }]);
  }
  const step: RunStep = {
    ...{ step: "meta[3].s@d=1,run=2", key: "k", state: "ran", outputs: {} },
    metrics: { loss: 3, list: [1], report: "two\nlines", nothing: {} },
  };
  const rows = [...resultsOf("r", [step]), ...await Array.fromAsync(pointsOf(store, "r", [step]))];
  const { columns, rows: cells } = tableOf(rows);
  assert.deepEqual(columns, [
    ...["run", "step", "kind", "meta", "d", "loss", "list", "row.step", "by.a.b", "row.kind"],
  ]);
  const place = { run: "r", step: step.step, meta: 3, d: "1" };
  assert.deepEqual(cells, [
    { ...place, kind: "result", loss: 3, list: [1] },
    { ...place, kind: "point", "row.step": 0, loss: 1, "by.a.b": true },
    { ...place, kind: "point", "row.step": 1, "row.kind": "x" },
  ]);
  assert.deepEqual(resultsOf("r", [{ ...step, metrics: {} }]), []);
  assert.deepEqual(flatten({ a: null, b: { c: 1 } }), { a: null, "b.c": 1 });
});

Deno.test("two runs are compared by configuration, keys and numbers, with the first step that differs", async () => {
  using rig = new Rig();
  await recorded(rig, TEXT, [], { name: "before" });
  await recorded(rig, TEXT, ["steps.one.with.value=3"], { name: "after" });
  const { store } = rig;
  const see = (wanted: string) => findRuns(store, wanted).map((run) => seeRun(store, run));
  const found = compareRuns(store, see("before"), see("after"));
  assert.deepEqual(found.facts, [
    { path: "overrides.steps.one.with.value", before: [], after: ["3"] },
  ]);
  assert.deepEqual(found.document, [
    { path: "overridden", before: [[]], after: [["steps.one.with.value=3"]] },
  ]);
  const [first, ...rest] = found.steps.differing;
  assert.deepEqual(first, {
    step: "one",
    parts: [{ path: ["config", "value"], before: 1, after: 3 }],
  });
  assert.deepEqual(rest.map(({ step, parts }) => [step, parts[0]!.path[0]]), [
    ["two", "inputs"],
    ["sum", "inputs"],
  ]);
  assert.deepEqual(found.metrics, [{
    ...{ step: "sum", metric: "sum", difference: 5 },
    ...{ before: { mean: 1, count: 1 }, after: { mean: 6, count: 1 } },
  }]);
  const same = compareRuns(store, see("after"), see("after"));
  assert.deepEqual([same.facts, same.document, same.steps.differing, same.steps.same], [
    [],
    [],
    [],
    3,
  ]);
});

Deno.test("what a record of another version lacks is nothing to stumble over", () => {
  using rig = new Rig();
  const { store } = rig, folder = join(store.directory, "runs", "old-1");
  Deno.mkdirSync(folder, { recursive: true });
  const old = { id: "old-1", pipeline: "old", started: AT, status: "done" };
  Deno.writeTextFileSync(join(folder, "record.json"), JSON.stringify(old));
  const seen = seeRun(store, findRun(store));
  assert.deepEqual([seen.document, seen.steps.size], [undefined, 0]);
  const { document, facts, metrics, steps } = compareRuns(store, [seen], [seen]);
  assert.deepEqual([document, facts, metrics, steps.same, steps.differing], [[], [], [], 0, []]);
  assert.match(
    runText({ ...seen.record, steps: [], planned: [] }).join("\n"),
    /^old-1: done\n {2}pipeline +old\n/,
  );
});

Deno.test("groups of runs are compared by mean and deviation: lists, and sweeps", async () => {
  using rig = new Rig();
  for (const [value, sweep] of [[1, "s-1"], [2, "s-1"], [3, "s-2"], [3, "s-2"]] as const) {
    await recorded(rig, TEXT, [`steps.one.with.value=${value}`], { sweep, name: `n${value}` });
  }
  const { store } = rig;
  const see = (wanted: string) => findRuns(store, wanted).map((run) => seeRun(store, run));
  const { steps, metrics, facts } = compareRuns(store, see("n1,n2,n1"), see("s-2"));
  const value = "overrides.steps.one.with.value";
  assert.deepEqual(facts, [{ path: value, before: ["1", "2"], after: ["3"] }]);
  assert.equal(steps.differing.length, 3);
  const [{ before, after, difference }] = metrics as [typeof metrics[number]];
  assert.deepEqual(before, { mean: 2, deviation: Math.SQRT2, count: 2 }); // 1 and 2 + 0 + 1
  // A member that ran again, since its sweep went on, counts once.
  assert.deepEqual([after, difference], [{ mean: 6, count: 1 }, 4]);
  assert.deepEqual(see("s-1").map(({ record }) => record.name), ["n2", "n1"]);
  assert.deepEqual(see("s-1:steps.one.with.value=1").map(({ record }) => record.name), ["n1"]);
  // Of what ran twice, the latest that is done stands for it.
  const twice = listRuns(store).filter(({ sweep }) => sweep?.id === "s-2").map(({ id }) => id);
  const standsFor = () => findRuns(store, "s-2").map(({ id }) => id);
  assert.deepEqual([twice.length, standsFor()], [2, [twice[0]]]);
  const path = join(store.directory, "runs", twice[0]!, "record.json");
  const whole = Deno.readTextFileSync(path);
  Deno.writeTextFileSync(path, whole.replace('"status": "done"', '"status": "failed"'));
  assert.deepEqual(standsFor(), [twice[1]]);
  assert.throws(() => findRuns(store, "n1,nine"), /there is no run nine/);
  assert.throws(() => findRuns(store, "n1,,n2"), /empty name between commas/);
  assert.throws(() => findRun(store, "s-1"), /s-1 is a sweep of several runs/);
  assert.deepEqual([spreadOf([]), spreadOf([4])], [undefined, { mean: 4, count: 1 }]);
  // The keys compared are ones that the other side has not.
  const part = compareRuns(store, see("n1,n3"), see("n1"));
  assert.deepEqual(part.steps.differing[0]!.parts[0], {
    ...{ path: ["config", "value"], before: 3, after: 1 },
  });
});

Deno.test("the run to compare a step with is the last that has it", async () => {
  using rig = new Rig();
  const { id } = await recorded(rig, TEXT);
  const { id: later } = await recorded(rig, TEXT.split("\n").slice(0, 3).join("\n"));
  const { store } = rig;
  assert.deepEqual(
    ["sum", "one", "new"].map((step) => baselineOf(store, "rig", step)?.run),
    [id, later, later],
  );
  assert.equal(baselineOf(store, "other", "one"), undefined);
  assert.equal(baselineOf(store, "rig", "one", [id])!.run, id);
  assert.equal(findRun(store).id, later);
});

Deno.test("the code of digests is kept once for each module, and compared by names", () => {
  const text = codeRecord(
    new Map([["d", { a: "1", b: "2" }], ["e", { a: "1", b: "3" }], ["f", {}]]),
  );
  assert.deepEqual(JSON.parse(text), {
    modules: [["a", "1"], ["b", "2"], ["b", "3"]],
    digests: { d: [0, 1], e: [0, 2], f: [] },
  });
  assert.deepEqual(compareCode({ a: "1", b: "2", c: "3" }, { b: "4", c: "3", d: "5" }), [
    { name: "a", how: "removed" },
    { name: "b", how: "changed" },
    { name: "d", how: "added" },
  ]);
});
