/** What a run that has ended says about how to look closer. @module */
import assert from "node:assert/strict";
import { lookCloser } from "../../src/cli/look_closer.ts";
import { Rig } from "../rig.ts";

Deno.test("the last step that has rollouts is named, as a shell reads it", () => {
  using rig = new Rig();
  const { store } = rig,
    keys = new Map([
      ["first", "a".repeat(64)],
      ["meta[0].a", "c".repeat(64)],
      ["b", "b".repeat(64)],
    ]);
  const commands = (directory: string) =>
    lookCloser(store, "p-1", keys, directory).split("\n").map((line) => line.split(".ts ").at(-1));
  assert.deepEqual(commands(".soar"), ["look closer:", "show p-1", "ui"]);
  using earlier = store.tables.open("a".repeat(64), 1e6);
  earlier.add("rollouts", [{ step: 0 }]);
  using rollouts = store.tables.open("c".repeat(64), 1e6);
  rollouts.add("rollouts", [{ step: 0 }]);
  assert.deepEqual(commands("my store"), [
    "look closer:",
    "show p-1 --store 'my store'",
    "rollouts 'meta[0].a' --run p-1 --store 'my store'",
    "ui --store 'my store'",
  ]);
});
