/** A step that is cut short goes on at its last whole checkpoint, and ends as one that was not. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Checkpoints, StepCheckpoints, timesWithin } from "../../src/core/checkpoints.ts";
import type { StageContext } from "../../src/core/mod.ts";
import type { Services } from "../../stages/mod.ts";
import { Rig, TEST_STAGES } from "../rig.ts";

const UNITS = 10;
const TEXT = "name: test\nsteps:\n  one: { uses: number, with: { value: 1 } }\n" +
  "checkpoints: { every_updates: 3 }\n";

type Context = StageContext<never, never, { number: "number" }, Services>;

/** A stage that adds up units, and can be cut short before one. */
class Adding {
  /** Units that were worked on, over all attempts. */
  readonly units: number[] = [];
  cutBefore: number | undefined;

  readonly stage = {
    ...TEST_STAGES.number,
    run: ({ outputs, checkpoints, record }: Context) => {
      const { last } = checkpoints;
      let sum = last === undefined
        ? 0
        : Number(Deno.readTextFileSync(join(last.directory, "part/sum.txt")));
      for (let unit = last?.done ?? 0; unit < UNITS; unit++) {
        if (unit === this.cutBefore) throw new Error("cut short");
        this.units.push(unit);
        sum += unit;
        record("metrics", [{ unit }]);
        checkpoints.offer(unit + 1, (directory) => {
          Deno.mkdirSync(join(directory, "part"));
          Deno.writeTextFileSync(join(directory, "part/sum.txt"), String(sum));
        });
      }
      Deno.writeTextFileSync(join(outputs.number.directory, "number.txt"), String(sum));
    },
  };
}

/** A project whose step was cut short before its eighth unit, after a checkpoint at its sixth. */
async function cutShort(): Promise<{ rig: Rig; adding: Adding; key: string }> {
  const rig = new Rig(), adding = new Adding();
  rig.stages.number = adding.stage;
  adding.cutBefore = 7;
  assert.equal((await rig.run(TEXT)).status, "failed");
  const { key } = rig.events.find((event) => event.kind === "step-started")!;
  adding.units.length = 0;
  adding.cutBefore = undefined;
  return { rig, adding, key };
}

const rows = async (rig: Rig, key: string) =>
  (await Array.fromAsync(rig.store.tables.read(key, "metrics"))).map(({ unit }) => unit);

Deno.test("an attempt goes on where the last checkpoint was, and what follows it is done once", async () => {
  const { rig, adding, key } = await cutShort();
  using _rig = rig;
  assert.deepEqual(await rows(rig, key), [0, 1, 2, 3, 4, 5, 6]);
  const result = await rig.run(TEXT);
  assert.deepEqual(adding.units, [6, 7, 8, 9]);
  assert.equal(rig.number(result, "one"), 45);
  assert.deepEqual(await rows(rig, key), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.ok(
    rig.events.some((event) => event.kind === "step-log" && /goes on after 6/.test(event.message)),
  );
  // They are gone with the result, and the next run finds that.
  assert.equal(rig.store.checkpoints.find(key), undefined);
  await rig.run(TEXT);
  assert.deepEqual(rig.ran, []);
});

Deno.test("a damaged checkpoint is none: every byte of it counts", async () => {
  for (const file of ["checkpoint.json", "part/sum.txt"]) {
    const { rig, adding, key } = await cutShort();
    using _rig = rig;
    const path = join(rig.store.checkpoints.find(key)!.directory, file);
    const bytes = Deno.readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    Deno.chmodSync(path, 0o644);
    Deno.writeFileSync(path, bytes);
    assert.equal(rig.number(await rig.run(TEXT), "one"), 45);
    assert.equal(adding.units.length, UNITS, file);
    assert.equal((await rows(rig, key)).length, UNITS);
  }
});

Deno.test("of several checkpoints the last whole one counts, wherever a kill was", async () => {
  const { rig, adding, key } = await cutShort();
  using _rig = rig;
  const { checkpoints } = rig.store, torn = join(checkpoints.directory, key, "9");
  Deno.mkdirSync(torn);
  Deno.writeTextFileSync(join(torn, "sum.txt"), "half");
  Deno.mkdirSync(join(checkpoints.directory, key, "10")); // nothing in it yet
  assert.equal(checkpoints.find(key)!.done, 6);
  assert.equal(rig.number(await rig.run(TEXT), "one"), 45);
  assert.deepEqual(adding.units, [6, 7, 8, 9]);
});

Deno.test("a checkpoint takes the place of a damaged one of its number", () => {
  using rig = new Rig();
  const { store } = rig, none = { bytes: {}, leftOut: {} };
  const folder = () => {
    const directory = store.scratch();
    Deno.writeTextFileSync(join(directory, "n"), "1");
    return directory;
  };
  store.checkpoints.add("key", 1, folder(), 3, none);
  const { directory } = store.checkpoints.find("key")!;
  Deno.chmodSync(join(directory, "n"), 0o644);
  Deno.writeTextFileSync(join(directory, "n"), "2");
  assert.equal(store.checkpoints.find("key"), undefined);
  store.checkpoints.add("key", 1, folder(), 4, none);
  assert.equal(store.checkpoints.find("key")!.done, 4);
  store.release();
});

Deno.test("a step that is made again goes on too, and its earlier result keeps its rows until then", async () => {
  using rig = new Rig();
  const adding = new Adding();
  rig.stages.number = adding.stage;
  const { key } = (await rig.run(TEXT)).actions.get("one")!;
  const remade = new Set(["one"]);
  adding.cutBefore = 7;
  assert.equal((await rig.run(TEXT, [], undefined, { remade })).status, "failed");
  // Another run sweeps, and finds the result with all its rows.
  await rig.run(TEXT);
  assert.deepEqual(rig.ran, []);
  assert.equal((await rows(rig, key)).length, UNITS);
  assert.deepEqual(rig.store.tables.keys(), [key]);
  adding.units.length = 0;
  adding.cutBefore = undefined;
  await rig.run(TEXT, [], undefined, { remade });
  assert.deepEqual(adding.units, [6, 7, 8, 9]);
  assert.deepEqual(await rows(rig, key), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const left = ["checkpoints", "tables"].map((folder) =>
    [...Deno.readDirSync(join(rig.store.directory, folder))].map(({ name }) => name)
  );
  assert.deepEqual(left, [[], [key]]);
});

Deno.test("an attempt that may be ended by its time keeps a checkpoint before", () => {
  assert.deepEqual(timesWithin({ minutes: 10, units: 5 }, 300), { minutes: 2.5, units: 5 });
  assert.deepEqual(timesWithin({ minutes: 1 }, 300), { minutes: 1 });
  assert.deepEqual(timesWithin({ minutes: 10 }), { minutes: 10 });
});

Deno.test("a step that fails and is tried again goes on within the run", async () => {
  using rig = new Rig();
  const adding = new Adding();
  rig.stages.number = adding.stage;
  adding.cutBefore = 7;
  const wait = () => Promise.resolve(void (adding.cutBefore = undefined));
  const text = TEXT.replace("value: 1 } }", "value: 1 }, retries: 1 }");
  const result = await rig.run(text, [], undefined, { wait });
  assert.deepEqual(adding.units, [0, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9]);
  assert.equal(rig.number(result, "one"), 45);
  const { key } = result.actions.get("one")!;
  assert.deepEqual(await rows(rig, key), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("a checkpoint of other code or settings is not taken", async () => {
  const { rig, adding } = await cutShort();
  using _rig = rig;
  rig.code.set("number", "changed");
  await rig.run(TEXT);
  assert.equal(adding.units.length, UNITS);
});

Deno.test("how often is outside the key; checkpoints of a key with a result are swept", async () => {
  using rig = new Rig();
  const adding = new Adding();
  rig.stages.number = adding.stage;
  const { key } = (await rig.run(TEXT)).actions.get("one")!;
  await rig.run(TEXT.replace("every_updates: 3", "every_minutes: 1"));
  assert.deepEqual(rig.ran, []);
  const { store } = rig, directory = store.scratch();
  store.checkpoints.add(key, 1, directory, 3, { bytes: {}, leftOut: {} });
  store.checkpoints.add("other", 1, store.scratch(), 3, { bytes: {}, leftOut: {} });
  store.sweep();
  assert.deepEqual([...Deno.readDirSync(store.checkpoints.directory)].map(({ name }) => name), [
    "other",
  ]);
  store.release();
});

Deno.test("one is kept after minutes or units, whichever is sooner; where it cannot be, the step goes on", () => {
  const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    const checkpoints = new Checkpoints(
      join(directory, "checkpoints"),
      (path) => Deno.readTextFileSync(path),
    );
    const kept: number[] = [], warned: string[] = [];
    let now = 0, count = 0;
    const one = new StepCheckpoints({
      checkpoints,
      key: "key",
      times: { minutes: 10, units: 5 },
      free: () => join(directory, count < 0 ? "none/none" : String(count++)),
      tables: () => ({ bytes: {}, leftOut: {} }),
      warn: (message) => warned.push(message),
      now: () => now,
    }, undefined);
    const offer = (done: number, minutes: number) => {
      now = 60_000 * minutes;
      one.offer(done, (to) => {
        Deno.writeTextFileSync(join(to, "n"), String(done));
        kept.push(done);
      });
    };
    for (
      const [done, minutes] of [[1, 1], [2, 9.9], [3, 10], [4, 19], [5, 20], [6, 21], [10, 22]]
    ) {
      offer(done!, minutes!);
    }
    assert.deepEqual(kept, [3, 5, 10]);
    assert.equal(checkpoints.find("key")!.done, 10);
    assert.equal([...Deno.readDirSync(join(directory, "checkpoints/key"))].length, 1);
    count = -1;
    offer(15, 23);
    offer(20, 24); // told once
    assert.match(warned.join(), /^no checkpoint was kept after 15: it is not there$/);
    assert.equal(checkpoints.find("key")!.done, 10);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
