/** Rows beside results: as they were recorded, read while they grow, outside every key. @module */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { join } from "node:path";
import { Tables } from "../../src/core/mod.ts";
import { Rig, TEST_STAGES } from "../rig.ts";

const ROWS = [{ text: 'a\u2028b\r\n"é" <script>' }, { n: 1, list: [0.1, null] }];

function withTables(check: (tables: Tables, directory: string) => Promise<void>) {
  return async () => {
    const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
    try {
      await check(new Tables(directory, (action) => action()), directory);
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  };
}

Deno.test(
  "rows come back as they were recorded, also while the table grows",
  withTables(async (tables, directory) => {
    using writer = tables.open("key", 1 << 20);
    writer.add("rollouts", ROWS);
    assert.deepEqual(await Array.fromAsync(tables.read("key", "rollouts")), ROWS);
    writer.add("rollouts", [{ n: 2 }]);
    writer.add("metrics", [{ step: 0 }]);
    assert.deepEqual(await Array.fromAsync(tables.read("key", "rollouts")), [...ROWS, { n: 2 }]);
    assert.deepEqual(tables.names("key"), ["metrics", "rollouts"]);
    assert.deepEqual(await Array.fromAsync(tables.read("key", "none")), []);
    // A file of gzip members is one that every tool opens.
    const text = gunzipSync(Deno.readFileSync(join(directory, "key/rollouts.jsonl.gz"))).toString();
    assert.equal(text.split("\n").length, 4);
  }),
);

Deno.test(
  "what a kill tears off is left out, wherever it tears",
  withTables(async (tables, directory) => {
    {
      using writer = tables.open("key", 1 << 20);
      for (let n = 0; n < 3; n++) writer.add("rollouts", [{ n, text: "é".repeat(50 * n) }]);
    }
    const path = join(directory, "key/rollouts.jsonl.gz"), whole = Deno.readFileSync(path);
    const counts = new Set<number>();
    for (let size = 0; size <= whole.length; size++) {
      Deno.writeFileSync(path, whole.subarray(0, size));
      const rows = await Array.fromAsync(tables.read("key", "rollouts"));
      rows.forEach((row, n) => assert.deepEqual(row, { n, text: "é".repeat(50 * n) }));
      counts.add(rows.length);
    }
    assert.deepEqual([...counts], [0, 1, 2, 3]);
  }),
);

Deno.test(
  "rows without room are left out and counted, with all that follow",
  withTables(async (tables) => {
    {
      using writer = tables.open("key", 200);
      writer.add("rollouts", [{ n: 0 }]);
      const noise = Array.from({ length: 200 }, (_, i) => ({ i, x: Math.sin(i) }));
      writer.add("rollouts", noise);
      // A kill leaves what is known by now.
      assert.deepEqual(tables.leftOut("key"), { rollouts: 200 });
      writer.add("rollouts", [{ n: 1 }]);
      writer.add("metrics", [{ step: 0 }]);
    }
    assert.deepEqual(await Array.fromAsync(tables.read("key", "rollouts")), [{ n: 0 }]);
    assert.deepEqual(tables.leftOut("key"), { rollouts: 201 });
    tables.open("key", 200)[Symbol.dispose](); // another attempt begins anew
    assert.deepEqual([tables.names("key"), tables.leftOut("key")], [[], {}]);
  }),
);

Deno.test(
  "rows that cannot be written are left out, and the step goes on",
  withTables(async (tables, directory) => {
    using writer = tables.open("key", 1 << 20);
    Deno.mkdirSync(join(directory, "key/rollouts.jsonl.gz"), { recursive: true });
    writer.add("rollouts", ROWS);
    writer.add("rollouts", ROWS);
    writer.add("metrics", [{ step: 0 }]);
    assert.deepEqual(writer.leftOut, { rollouts: 4 });
    assert.deepEqual(writer.troubles, { rollouts: "it is a folder" });
    assert.deepEqual(await Array.fromAsync(tables.read("key", "metrics")), [{ step: 0 }]);
  }),
);

Deno.test(
  "a table that a power failure made shorter than it was begins anew, and one that is longer is cut",
  withTables(async (tables, directory) => {
    const marks = () => {
      using writer = tables.open("key", 1 << 20);
      writer.add("rollouts", [{ n: 0 }]);
      writer.add("metrics", [{ n: 0 }]);
      const { marks } = writer;
      writer.add("metrics", [{ n: 1 }]);
      return marks;
    };
    const reached = marks(), path = join(directory, "key/rollouts.jsonl.gz");
    Deno.truncateSync(path, reached.bytes["rollouts"]! - 5);
    using writer = tables.open("key", 1 << 20, reached);
    writer.add("rollouts", [{ n: 1 }]);
    writer.add("metrics", [{ n: 2 }]);
    assert.deepEqual(await Array.fromAsync(tables.read("key", "rollouts")), [{ n: 1 }]);
    assert.deepEqual(await Array.fromAsync(tables.read("key", "metrics")), [{ n: 0 }, { n: 2 }]);
  }),
);

Deno.test(
  "a name that is no file's is refused",
  withTables((tables) => {
    using writer = tables.open("key", 200);
    for (const name of ["", "a/b", "..", "Ä", "0"]) {
      assert.throws(
        () => writer.add(name, ROWS),
        /Cannot record .*: a table's name has a–z, 0–9 and _/,
      );
    }
    return Promise.resolve();
  }),
);

/** A stage that records before it gives a number, or fails. */
function recording(rows: number, fails = false): typeof TEST_STAGES.number {
  return {
    ...TEST_STAGES.number,
    run(context) {
      for (let step = 0; step < rows; step++) {
        context.record("metrics", [{ step, reward: step / 2 }]);
      }
      context.record("rollouts", Array.from({ length: rows }, (_, n) => ({ n })));
      if (fails) throw new Error("it fails, as it should");
      return TEST_STAGES.number.run(context);
    },
  };
}

const TEXT = "name: test\nsteps:\n  one: { uses: number, with: { value: 1 } }\n";

Deno.test("what a step records lies beside its result, and changes no digest", async () => {
  using plain = new Rig(), rig = new Rig();
  const expected = await plain.run(TEXT);
  rig.stages.number = recording(3);
  const result = await rig.run(TEXT), { key, outputs } = result.actions.get("one")!;
  assert.deepEqual({ key, outputs }, {
    key: expected.actions.get("one")!.key,
    outputs: expected.actions.get("one")!.outputs,
  });
  const { tables } = rig.store;
  assert.deepEqual(await Array.fromAsync(tables.read(key, "rollouts")), [{ n: 0 }, { n: 1 }, {
    n: 2,
  }]);
  const told = rig.events.flatMap((event) => event.kind === "step-metrics" ? [event.row] : []);
  assert.deepEqual(told, await Array.fromAsync(tables.read(key, "metrics")));
  // A hit records nothing, and loses nothing.
  await rig.run(TEXT);
  assert.equal(rig.ran.length, 0);
  assert.deepEqual(tables.names(key), ["metrics", "rollouts"]);
});

Deno.test("a failed step leaves what it recorded; the next attempt begins anew", async () => {
  using rig = new Rig();
  rig.stages.number = recording(3, true);
  assert.equal((await rig.run(TEXT)).status, "failed");
  const started = rig.events.find((event) => event.kind === "step-started")!;
  assert.equal((await Array.fromAsync(rig.store.tables.read(started.key, "rollouts"))).length, 3);
  rig.stages.number = recording(1);
  await rig.run(TEXT);
  assert.equal((await Array.fromAsync(rig.store.tables.read(started.key, "rollouts"))).length, 1);
});

Deno.test("records.max_mib of a pipeline bounds its tables, and what is left out is told", async () => {
  using rig = new Rig();
  rig.stages.number = recording(3);
  const result = await rig.run(TEXT + "records: { max_mib: 0 }\n");
  assert.equal(result.status, "done");
  const told = rig.events.flatMap((event) =>
    event.kind === "rows-left-out" ? [[event.step, event.table, event.rows]] : []
  );
  assert.deepEqual(told, [["one", "metrics", 3], ["one", "rollouts", 3]]);
});
