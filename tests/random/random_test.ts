import assert from "node:assert/strict";
import { philox, Random } from "../../src/random/random.ts";

// Known answers of Random123's kat_vectors for philox4x32, 10 rounds.
Deno.test("philox() equals the reference implementation's known answers", () => {
  assert.deepEqual(philox([0, 0], [0, 0, 0, 0]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  const ones = 0xffffffff;
  assert.deepEqual(
    philox([ones, ones], [ones, ones, ones, ones]),
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  );
  assert.deepEqual(
    philox([0xa4093822, 0x299f31d0], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]),
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  );
});

Deno.test("numbers are a function of labels and counter, in any order", () => {
  const a = new Random("x", 1), b = new Random("x").derive(1);
  const forward = [0, 1, 2].map((i) => a.at(i, 5, 7));
  assert.deepEqual([2, 1, 0].map((i) => b.at(i, 5, 7)).reverse(), forward);
  assert.notEqual(new Random("x", "1").at(0), new Random("x", 1).at(0));
  assert.notEqual(new Random("ab", "c").at(0), new Random("a", "bc").at(0));
  assert.equal(new Set([a.at(1, 0), a.at(0, 1), a.at(0, 0, 1), a.at(0, 0, 0, 1)]).size, 4);
});

Deno.test("uniform numbers fill [0, 1) evenly and are exact in float32", () => {
  const random = new Random("uniform");
  const bins = new Array<number>(10).fill(0);
  for (let i = 0; i < 20000; i++) {
    const u = random.next();
    assert.ok(u >= 0 && u < 1 && Math.fround(u) === u);
    bins[Math.floor(10 * u)]!++;
  }
  const chiSquare = bins.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
  assert.ok(chiSquare < 30, String(chiSquare)); // 9 degrees of freedom: p < 0.0005
});

Deno.test("normal(), shuffle() and pick() do what they say", () => {
  const random = new Random("normal");
  const values = Array.from({ length: 20000 }, () => random.normal());
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05, `${mean} ${variance}`);
  const items = Array.from({ length: 50 }, (_, i) => i), shuffled = random.shuffle(items);
  assert.notDeepEqual(shuffled, items);
  assert.deepEqual(shuffled.toSorted((a, b) => a - b), items);
  assert.throws(() => random.pick([]), /Cannot pick from an empty list/);
});
