/** What listing runs costs. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runs } from "../../src/cli/runs_command.ts";
import { listRuns } from "../../src/records/mod.ts";
import { Rig } from "../rig.ts";

const RUNS = 500;

Deno.test("runs that have ended are listed with one read for each", () => {
  using rig = new Rig();
  const { store } = rig, folder = join(store.directory, "runs");
  for (let i = 0; i < RUNS; i++) {
    const id = `rig-${i.toString(16).padStart(4, "0")}`, directory = join(folder, id);
    Deno.mkdirSync(directory, { recursive: true });
    const started = new Date(Date.UTC(2026, 0, 1) + i * 60_000).toISOString();
    const times = { started, finished: started, seconds: 1 };
    const counts = { steps: 3, ran: 2, cached: 1, skipped: 0, failed: 0 };
    const record = { id, pipeline: "rig", status: "done", ...times, ...counts };
    Deno.writeTextFileSync(join(directory, "record.json"), JSON.stringify(record));
    Deno.writeTextFileSync(join(directory, "events.ndjson"), "{}\n");
  }
  store.prepare();
  store.release();
  const reads: string[] = [], read = Deno.readTextFileSync, open = Deno.openSync;
  const lines: string[] = [], write = Deno.stdout.writeSync;
  Deno.readTextFileSync = (path) => (reads.push(String(path)), read(path));
  Deno.openSync = (path, options) => (reads.push(String(path)), open(path, options));
  Deno.stdout.writeSync = (bytes) => {
    lines.push(...new TextDecoder().decode(bytes).trimEnd().split("\n"));
    return bytes.length;
  };
  let all: readonly string[];
  try {
    all = listRuns(store).map(({ id }) => id);
    const listed = reads.splice(0);
    assert.equal(listed.length, RUNS);
    assert.equal(new Set(listed).size, RUNS);
    assert.equal(runs({ store: store.directory }), 0);
    // Besides the records, the store's own file is read.
    assert.deepEqual(reads.filter((path) => !path.endsWith("record.json")).length, 1, reads.join());
    assert.equal(reads.length, RUNS + 1);
  } finally {
    Deno.readTextFileSync = read;
    Deno.openSync = open;
    Deno.stdout.writeSync = write;
  }
  assert.deepEqual([all[0], all.at(-1)], ["rig-01f3", "rig-0000"]);
  assert.equal(lines.length, 22);
  assert.match(lines[0]!, /^run +pipeline +status +started +took +ran +cached +steps$/);
  assert.match(lines[1]!, /^rig-01f3 +rig +done +2026-\S+ \d\d:\d\d +1\.0 s +2 +1 +3$/);
  assert.equal(lines[21], "480 earlier ones: -n 500 lists all");
});
