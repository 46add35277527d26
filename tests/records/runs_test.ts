/** What a run leaves: its record, its document, its events; and how it is found again. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Event, Store } from "../../src/core/mod.ts";
import {
  findRun,
  listRuns,
  readDocument,
  readEvents,
  readRecord,
  type RunFacts,
  RunWriter,
} from "../../src/records/mod.ts";

const FACTS: RunFacts = {
  pipeline: "soar",
  file: "/somewhere/soar.yaml",
  command: "deno run -A mod.ts soar.yaml seed=3",
  folder: "/somewhere",
  overrides: ["seed=3"],
  seed: 3,
  versions: { soar: "1", deno: "2" },
};

const EVENTS: readonly Event[] = [
  { kind: "run-started", pipeline: "soar", steps: 2, device: "auto" },
  { kind: "device-found", device: "cpu" },
  { kind: "step-started", step: "one", stage: "number", key: "k" },
  ...[1, 2, 3].map((done): Event => ({
    kind: "step-progress",
    step: "one",
    done,
    total: 3,
    numbers: { reward: done },
  })),
  { kind: "step-metrics", step: "one", row: { step: 0 } },
  { kind: "step-failed", step: "one", message: "no", stack: "Error: no\n at here" },
  { kind: "run-finished", status: "failed", ran: 0, cached: 1, skipped: 0, seconds: 2 },
];

/** An empty store in a folder that is removed afterwards. */
function withStore(check: (store: Store) => Promise<void> | void) {
  return async () => {
    const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
    try {
      const store = new Store(directory);
      store.prepare();
      await check(store);
      store.release();
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  };
}

function begin(store: Store, facts: Partial<RunFacts> = {}): RunWriter {
  const refuse = (message: string) => assert.fail(message);
  return new RunWriter(
    store,
    { ...FACTS, ...facts },
    { name: "soar" },
    () => ({ threads: 1 }),
    refuse,
  );
}

Deno.test(
  "a run leaves its record, its document and its events, each with time and run",
  withStore(async (store) => {
    let id = "";
    {
      await using writer = begin(store, { name: "first" });
      ({ id } = writer);
      assert.match(id, /^soar-[0-9a-f]{4}$/);
      for (const event of EVENTS) {
        const { time, run, ...rest } = writer.take(event);
        assert.deepEqual([new Date(time).toISOString(), run, rest], [time, id, event]);
      }
      assert.equal(readRecord(store, id)!.status, "running");
    }
    const record = readRecord(store, id)!;
    const { pipeline, status, steps, cached, failed, device, machine, name, seconds } = record;
    assert.deepEqual(
      { pipeline, status, steps, cached, failed, device, machine, name, seconds },
      {
        pipeline: "soar",
        status: "failed",
        steps: 2,
        cached: 1,
        failed: 1,
        device: "cpu",
        machine: { threads: 1 },
        name: "first",
        seconds: 2,
      },
    );
    assert.ok(record.peakBytes! > 2 ** 20 && record.cpuSeconds! >= 0);
    assert.deepEqual(readDocument(store, id), { name: "soar" });
    // Of progress what a reader can follow, and the end; metrics are in tables.
    const kinds = readEvents(store, id).map((event) =>
      event.kind === "step-progress" ? `progress ${event.done}` : event.kind
    );
    assert.deepEqual(kinds, [
      "run-started",
      "device-found",
      "step-started",
      "progress 1",
      "progress 3",
      "step-failed",
      "run-finished",
    ]);
    assert.match(
      Deno.readTextFileSync(join(store.directory, "runs", id, "events.ndjson")),
      /at here/,
    );
  }),
);

Deno.test(
  "a run whose process is gone is told as killed",
  withStore((store) => {
    const { id, directory } = begin(store);
    assert.equal(listRuns(store)[0]!.status, "running");
    Deno.removeSync(join(directory, "lock"));
    assert.equal(listRuns(store)[0]!.status, "killed");
    assert.equal(findRun(store, id).status, "killed");
  }),
);

Deno.test(
  "a run is found by id, name, beginning, or as the last; else it is told what there is",
  withStore(async (store) => {
    assert.throws(() => findRun(store), /has no runs.*\n.*run a pipeline first/s);
    const ids: string[] = [];
    for (const [pipeline, name] of [["a", "one"], ["b", "one"], ["ab", "two"]] as const) {
      await using writer = begin(store, { pipeline, name });
      ids.push(writer.id);
      await new Promise((resolve) => setTimeout(resolve, 2)); // they begin at different times
    }
    const found = (wanted?: string) => ids.indexOf(findRun(store, wanted).id);
    assert.deepEqual([found(), found("last"), found("one"), found("two")], [2, 2, 1, 2]);
    assert.deepEqual(ids.map((id) => found(id)), [0, 1, 2]);
    assert.deepEqual([found("b-"), found("ab")], [1, 2]);
    assert.throws(() => findRun(store, "a"), /a is the beginning of 2 runs/);
    assert.throws(() => findRun(store, "onee"), /there is no run onee.*did you mean one\?/s);
    assert.deepEqual(listRuns(store).map(({ id }) => id), ids.toReversed());
  }),
);

Deno.test(
  "a torn record, and what is no run, are passed over",
  withStore(async (store) => {
    const runs = join(store.directory, "runs");
    Deno.mkdirSync(join(runs, "empty"));
    Deno.mkdirSync(join(runs, "torn"));
    Deno.writeTextFileSync(join(runs, "torn/record.json"), '{"id":"torn","pipel');
    Deno.mkdirSync(join(runs, "other"));
    Deno.writeTextFileSync(join(runs, "other/record.json"), "[1]");
    Deno.writeTextFileSync(join(runs, "old.ndjson"), "{}\n");
    // What another version did not write is as good as nothing; what it wrote otherwise is no record.
    const brief = { id: "brief", pipeline: "p", started: "2020", status: "done" };
    for (const [id, more] of Object.entries({ brief: {}, strange: { overrides: "a=1" } })) {
      Deno.mkdirSync(join(runs, id));
      const text = JSON.stringify({ ...brief, id, ...more });
      Deno.writeTextFileSync(join(runs, id, "record.json"), text);
    }
    await using writer = begin(store);
    assert.deepEqual(listRuns(store).map(({ id }) => id), [writer.id, "brief"]);
    assert.deepEqual(readRecord(store, "brief")?.overrides, []);
    writer.take(EVENTS[0]!);
    Deno.writeTextFileSync(writer.log, '{"kind":"step-st', { append: true });
    assert.equal(readEvents(store, writer.id).length, 1);
  }),
);
