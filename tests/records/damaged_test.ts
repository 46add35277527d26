/** Records that something has happened to: what is sound in them is told, and the rest is not stumbled over. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { runText, stepText } from "../../src/cli/show_text.ts";
import { readCode } from "../../src/records/code_record.ts";
import { lineChanges } from "../../src/records/line_changes.ts";
import { findRun, listRuns, readEvents, RunWriter } from "../../src/records/mod.ts";
import { plannedRecord, readPlanned } from "../../src/records/planned_record.ts";
import { parseEvent } from "../../src/records/stamped.ts";
import { stepsOf } from "../../src/records/steps.ts";
import { Rig } from "../rig.ts";

/** Writes files of a run. */
function write(rig: Rig, id: string, files: Readonly<Record<string, string>>): void {
  const folder = join(rig.store.directory, "runs", id);
  Deno.mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    Deno.writeTextFileSync(join(folder, name), text);
  }
}

Deno.test("values of a record that are of another kind are left out, and the rest is told", () => {
  using rig = new Rig();
  const sound = { id: "p-1", pipeline: "p", started: "2026-12-01T00:00:00Z", status: "done" };
  const damaged = {
    ...{ machine: null, versions: [1], git: "x", seconds: "a", name: 5, steps: "q", sweep: {} },
    ...{ command: null, finished: 1, device: {}, seed: "7" },
  };
  write(rig, "p-1", { "record.json": JSON.stringify({ ...sound, ...damaged, more: [1] }) });
  write(rig, "p-2", { "record.json": JSON.stringify({ ...sound, id: "p-2", status: "odd" }) });
  write(rig, "p-3", { "record.json": JSON.stringify({ ...sound, id: 3 }) });
  const [record, ...others] = listRuns(rig.store);
  assert.deepEqual(others, []);
  assert.deepEqual(record, {
    ...sound,
    ...{ file: "", folder: "", overrides: [], seed: 0, versions: {}, device: "", machine: {} },
    ...{ steps: 0, ran: 0, cached: 0, skipped: 0, failed: 0 },
    more: [1],
  });
  assert.match(
    runText({ ...record!, steps: [], planned: ["a", "b"] }).join("\n"),
    /not begun: a, b/,
  );
});

Deno.test("lines that are no events are passed over, and events of later versions are not", () => {
  const stamp = { time: "t", run: "r" }, step = { ...stamp, step: "a", stage: "s", key: "k" };
  const finished = { ...step, kind: "step-finished", seconds: 1, metrics: {}, outputs: {} };
  const sound = [
    { ...stamp, kind: "news", step: 5 },
    finished,
    { ...finished, outputs: { one: "d", many: ["d", "e"] } },
    { ...step, kind: "step-progress", done: 1, total: 2, numbers: { loss: null } },
  ];
  const broken: unknown[] = [
    ...[null, [], 5, "text", {}, { kind: "warning" }, { ...stamp, kind: 5 }],
    ...[{ ...stamp, kind: "warning" }, { ...stamp, kind: "step-finished", step: "a" }],
    ...[{ ...finished, metrics: null }, { ...finished, outputs: { one: 1 } }],
    ...[{ ...step, kind: "step-failed" }, { ...stamp, kind: "run-finished", status: "done" }],
  ];
  assert.deepEqual(sound.flatMap((one) => parseEvent(JSON.stringify(one))), sound);
  for (const one of broken) {
    assert.deepEqual(parseEvent(JSON.stringify(one)), [], JSON.stringify(one));
  }
  using rig = new Rig();
  const lines = [...sound, ...broken].map((one) => JSON.stringify(one)).join("\n");
  write(rig, "p-1", { "events.ndjson": `${lines}\n{"torn` });
  const steps = stepsOf(readEvents(rig.store, "p-1"), false);
  assert.deepEqual(steps.map(({ step, state }) => [step, state]), [["a", "ran"]]);
});

Deno.test("a damaged table is told with the rows before the damage; a torn one ends there", async () => {
  using rig = new Rig();
  const { store } = rig, folder = join(store.directory, "tables", "k");
  Deno.mkdirSync(folder, { recursive: true });
  const rows = gzipSync('{"n":0}\n{"n":1}\n');
  const put = (name: string, bytes: Uint8Array) =>
    Deno.writeFileSync(join(folder, `${name}.jsonl.gz`), bytes);
  put("torn", rows.subarray(0, rows.length - 9));
  put("noise", new Uint8Array(50).fill(7));
  put("text", gzipSync('{"n":0}\nno json\n'));
  Deno.writeTextFileSync(join(folder, "left_out.json"), "{");
  assert.deepEqual(store.tables.leftOut("k"), {});
  assert.deepEqual(await Array.fromAsync(store.tables.read("k", "torn")), [{ n: 0 }, { n: 1 }]);
  for (const [name, before] of [["noise", 0], ["text", 1]] as const) {
    let count = 0;
    await assert.rejects(
      async () => {
        for await (const _row of store.tables.read("k", name)) count++;
      },
      new RegExp(`table .*${name}\\.jsonl\\.gz is damaged: .*\\n {2}help: .*--force STEP`),
    );
    assert.equal(count, before);
  }
});

Deno.test("settings of all steps are kept with a run, once where they are the same", async () => {
  const steps = [
    { step: "a@x=1", stage: "s", config: { n: 1 } },
    { step: "a@x=2", stage: "s", config: { n: 1 } },
    { step: "b", stage: "t", config: {} },
  ];
  assert.deepEqual(JSON.parse(plannedRecord(steps)), {
    steps: [["a@x=1", "s", 0], ["a@x=2", "s", 0], ["b", "t", 1]],
    configs: [{ n: 1 }, {}],
  });
  using rig = new Rig();
  const { store } = rig;
  store.prepare();
  const facts = {
    ...{ pipeline: "p", file: "/p.yaml", folder: "/", overrides: [], seed: 0, versions: {} },
  };
  const begin = () => new RunWriter(store, facts, {}, () => ({}), assert.fail, steps);
  await using writer = begin();
  assert.deepEqual(readPlanned(store, writer.id), [], "a key may stand in settings that are wrong");
  writer.vouch();
  assert.deepEqual(readPlanned(store, writer.id), steps);
  {
    await using refused = begin();
    refused.refuse();
  }
  assert.deepEqual(readPlanned(store, findRun(store).id), []);
  for (
    const text of ["no json", "5", "null", '{"steps":[[1],null,["a","b",7]],"configs":[null]}']
  ) {
    write(rig, "p-1", { "steps.json": text, "code.json": text });
    assert.deepEqual(readPlanned(store, "p-1"), []);
    const code = readCode(store, "p-1");
    assert.deepEqual([code.modules("d"), code.source("h")], [undefined, undefined]);
  }
  store.release();
});

Deno.test("what a stage says when it fails moves no cursor", () => {
  const failed = {
    ...{ step: "a", state: "failed", metrics: {}, outputs: [], inputs: [], tables: [] } as const,
    ...{ run: "p-1", message: "red \x1b[31m", stack: "Error: red \x1b[31m\n  at here" },
    config: { text: "\x1b[2J", n: 1 },
  };
  const text = stepText(failed).join("\n");
  assert.ok(!text.includes("\x1b"), text);
  assert.match(text, /^a of p-1: failed\n\nwith:\n {2}text {2}"\\u001b\[2J"\n {2}n {5}1\n/);
  assert.match(text, /\na failed: red \\e\[31m\nError: red \\e\[31m\n {2}at here$/);
});

Deno.test("lines that changed are told by where they are now", () => {
  const before = "one\ntwo\nthree\nfour\n";
  assert.deepEqual(lineChanges(before, "zero\none\nTWO\n2\nthree\n"), [
    { line: 1, before: [], after: ["zero"] },
    { line: 3, before: ["two"], after: ["TWO", "2"] },
    { line: 6, before: ["four"], after: [] },
  ]);
  assert.deepEqual(lineChanges(before, before), []);
});
