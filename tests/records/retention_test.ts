/** What runs keep in a store, what nothing keeps, and what is left when that is removed. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Holdings, type RunOptions, runPlan, Store } from "../../src/core/mod.ts";
import {
  clean,
  heldRuns,
  planCleaning,
  type Retention,
  total,
} from "../../src/records/retention.ts";
import { listRuns, RunWriter } from "../../src/records/mod.ts";
import type { Services } from "../../src/stage/define_stage.ts";
import { BLOB_STAGES, Rig } from "../rig.ts";

const PIPELINE = (mib: number, seed: number) => `
name: test
steps:
  base: { uses: weights, with: { mib: ${mib} } }
  student: { uses: adapt, in: { model: base.model }, with: { seed: ${seed} } }
`;

/** A project whose runs are recorded, at times that differ. */
class Recorded extends Rig {
  constructor() {
    super();
    Object.assign(this.stages, BLOB_STAGES);
  }

  async record(text: string, name?: string): Promise<string> {
    const { store } = this, plan = this.plan(text);
    store.prepare();
    const facts = {
      pipeline: plan.name,
      file: "/test.yaml",
      folder: "/",
      overrides: [],
      seed: 0,
      versions: {},
      ...name === undefined ? {} : { name },
    };
    await using writer = new RunWriter(store, facts, {}, () => ({}), assert.fail);
    const options: RunOptions<Services> = {
      store,
      services: () => Promise.resolve(undefined as unknown as Services),
      code: () => "code",
      listen: (event) => void writer.take(event),
      signal: new AbortController().signal,
    };
    assert.equal((await runPlan(plan, options)).status, "done");
    await new Promise((resolve) => setTimeout(resolve, 2));
    return writer.id;
  }

  /** Cleans up. @returns what was removed, by folder, and which runs */
  clean(retention: Retention = {}): { counts: Record<string, number>; dropped: string[] } {
    const holdings = new Holdings(this.store);
    const cleaning = planCleaning(this.store, holdings, retention);
    const counts = Object.groupBy(cleaning.garbage.keys(), (path) => path.split("/")[0]!);
    assert.deepEqual(clean(holdings, cleaning), []);
    return {
      counts: Object.fromEntries(Object.entries(counts).map(([k, v]) => [k, v!.length])),
      dropped: cleaning.dropped.map(({ id }) => id),
    };
  }
}

Deno.test("what a run needs stays, shared weights once; the rest goes, and nothing is damaged", async () => {
  using rig = new Recorded();
  const ids = [await rig.record(PIPELINE(2, 1)), await rig.record(PIPELINE(2, 2))];
  await rig.run(PIPELINE(3, 1)); // a result of no run
  const holdings = new Holdings(rig.store), [second, first] = heldRuns(rig.store, holdings);
  assert.deepEqual([first!.run.id, second!.run.id], ids);
  const shared = [...first!.things.keys()].filter((path) => second!.things.has(path));
  assert.deepEqual(shared.map((path) => path.split("/")[0]).toSorted(), [
    "actions",
    "artifacts",
    "blobs",
  ]);
  assert.ok(total(first!.things) > 2 << 20 && total(first!.things) < 3 << 20);

  assert.deepEqual(rig.clean(), { counts: { actions: 2, artifacts: 2, blobs: 1 }, dropped: [] });
  assert.deepEqual(rig.clean(), { counts: {}, dropped: [] });
  assert.deepEqual([...rig.store.audit()], []);
  await rig.run(PIPELINE(2, 1));
  assert.deepEqual(rig.ran, []);
  await rig.run(PIPELINE(3, 1));
  assert.deepEqual(rig.ran, ["base", "student"]);
});

Deno.test("the latest runs and those with a name are kept; a shared result outlives one of its runs", async () => {
  using rig = new Recorded();
  const named = await rig.record(PIPELINE(2, 1), "best");
  const old = await rig.record(PIPELINE(2, 2)), last = await rig.record(PIPELINE(2, 3));
  const { counts, dropped } = rig.clean({ keep: 1 });
  assert.deepEqual(dropped, [old]);
  assert.deepEqual(counts, { actions: 1, artifacts: 1 });
  assert.deepEqual(listRuns(rig.store).map(({ id }) => id), [last, named]);
  await rig.run(PIPELINE(2, 2));
  assert.deepEqual(rig.ran, ["student"]);
});

Deno.test("a cap of size forgets the oldest runs until the rest is below it", async () => {
  using rig = new Recorded();
  const ids: string[] = [];
  for (const mib of [2, 3, 4]) ids.push(await rig.record(PIPELINE(mib, 1)));
  assert.deepEqual(rig.clean({ maxBytes: 100 << 20 }).dropped, []);
  // The oldest would have room beside the latest, and goes with the one after it.
  assert.deepEqual(rig.clean({ maxBytes: 6.5 * 2 ** 20 }).dropped, [ids[1], ids[0]]);
  assert.ok(total(new Holdings(rig.store).all()) < 6 << 20);
  assert.deepEqual(rig.clean({ maxBytes: 0 }).dropped, [ids[2]]);
  assert.equal(total(new Holdings(rig.store).all()), 0);
});

Deno.test("tables and torn records go with their keys; a run at work keeps what it has", async () => {
  using rig = new Recorded();
  const id = await rig.record(PIPELINE(2, 1));
  const { store } = rig, lock = join(store.directory, "runs", id, "record.json");
  const record = JSON.parse(Deno.readTextFileSync(lock));
  {
    using writer = store.tables.open("nobody", 100);
    writer.add("rollouts", [{ n: 1 }]);
  }
  Deno.writeTextFileSync(join(store.directory, "actions/torn.json"), "{");
  assert.deepEqual(rig.clean().counts, { actions: 1, tables: 1 });
  Deno.writeTextFileSync(lock, JSON.stringify({ ...record, status: "running" }));
  using held = Deno.openSync(join(store.directory, "runs", id, "lock"), {
    create: true,
    write: true,
  });
  held.lockSync(true);
  assert.deepEqual(rig.clean({ keep: 1, maxBytes: 0 }), { counts: {}, dropped: [] });
});

Deno.test("nobody cleans up while a run is in the store, and a run waits for who does", async () => {
  using rig = new Recorded();
  await rig.record(PIPELINE(2, 1));
  const { store } = rig;
  {
    using _run = await store.enter();
    assert.equal(store.tryAlone(), undefined);
    using _other = await new Store(store.directory).enter(); // runs share it
  }
  const alone = store.tryAlone()!;
  let isIn = false;
  const entered = store.enter().then((presence) => {
    isIn = true;
    presence[Symbol.dispose]();
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(isIn, false);
  alone[Symbol.dispose]();
  await entered;
  store.release();
});
