import assert from "node:assert/strict";
import { Random } from "../../src/random/random.ts";
import { readDamaged } from "../mutations.ts";

Deno.test("five thousand damaged checkpoints are read or refused by name, and take no memory", () => {
  const { read, refused, grown } = readDamaged(5000, new Random("much damage"));
  assert.ok(refused > 2500 && read > 100, `${refused} were refused, ${read} read`);
  assert.ok(grown < 100 * 2 ** 20, `one took ${grown} bytes`);
});
