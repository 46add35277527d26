import assert from "node:assert/strict";
import { Random } from "../../src/random/random.ts";
import { readDamaged } from "../mutations.ts";

Deno.test("damaged checkpoints are read or refused by the name of the file, and take no memory", () => {
  const { read, refused, grown } = readDamaged(350, new Random("damage"));
  assert.ok(refused > 200 && read > 10, `${refused} were refused, ${read} read`);
  assert.ok(grown < 100 * 2 ** 20, `one took ${grown} bytes`);
});
