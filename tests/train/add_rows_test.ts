import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Random } from "../../src/random/random.ts";
import { elementCount, tensor, zeros } from "../../src/runtime/mod.ts";
import { addRows, foldRows } from "../../src/train/add_rows.ts";
import { testSessions } from "../models.ts";

/** Rows in which 16 ids stand for most, as in the embedded world; enough that several threads take part. */
const CASES = [
  { vocabulary: 40, dims: [4096, 64], distinct: 16 },
  { vocabulary: 2000, dims: [2, 256, 576], distinct: 300 },
  { vocabulary: 7, dims: [1000, 16], distinct: 1 },
  { vocabulary: 500, dims: [400, 8], distinct: 500 },
] as const;

Deno.test("folding adds each row once, and no row to two in one round", () => {
  const random = new Random("fold");
  for (const [count, distinct] of [[1, 1], [2, 1], [3, 1], [1000, 1], [999, 16], [500, 400]]) {
    const ids = Array.from({ length: count! }, () => random.int(distinct!));
    const places = ids.map((_, i) => 3 * i + 1);
    const { rounds, last } = foldRows(ids, places);
    const held = new Map(places.map((place, i) => [place, new Map([[ids[i]!, [i]]])]));
    for (const { into, from } of rounds) {
      assert.equal(new Set([...into, ...from]).size, into.length + from.length);
      into.forEach((place, i) => {
        for (const [id, rows] of held.get(from[i]!)!) {
          held.get(place)!.get(id)!.push(...rows); // undefined, if ids were mixed
        }
        held.delete(from[i]!);
      });
    }
    const most = Math.max(...ids.map((id) => ids.filter((other) => other === id).length));
    assert.equal(rounds.length, Math.ceil(Math.log2(most)));
    assert.equal(new Set(last.into).size, last.into.length);
    last.into.forEach((id, i) => {
      const expected = ids.flatMap((other, row) => other === id ? [row] : []);
      const rows = held.get(last.from[i]!)!.get(id)!;
      assert.deepEqual(rows.toSorted((a, b) => a - b), expected);
      held.delete(last.from[i]!);
    });
    assert.equal(held.size, 0);
  }
});

for (const { vocabulary, dims, distinct } of CASES) {
  Deno.test(`rows [${dims}] of ${distinct} ids are added up exactly, whatever is repeated`, async () => {
    using sessions = testSessions();
    const random = new Random("rows", vocabulary), width = dims.at(-1)!;
    const count = elementCount(dims) / width;
    const ids = Array.from({ length: count }, () => random.int(distinct));
    const values = Array.from({ length: count * width }, () => random.normal());
    const expected = new Float64Array(vocabulary * width);
    ids.forEach((id, row) => {
      for (let d = 0; d < width; d++) expected[id * width + d]! += values[row * width + d]!;
    });
    let first: Float32Array<ArrayBuffer> | undefined;
    for (let repeat = 0; repeat < 20; repeat++) {
      using sum = zeros("float32", [vocabulary, width]);
      using updates = tensor("float32", dims, values);
      if (repeat % 2 === 1) sum.data.fill(7);
      await addRows(sessions, sum, updates, ids, { fresh: repeat % 2 === 1 });
      const made = sum.data.slice();
      first ??= made;
      assert.ok(Buffer.from(made.buffer).equals(Buffer.from(first.buffer)), `repeat ${repeat}`);
    }
    const scale = Math.sqrt(count / distinct);
    const largest = expected.reduce((most, x, i) => Math.max(most, Math.abs(first![i]! - x)), 0);
    assert.ok(largest < 2e-6 * scale, `${largest} of ${scale}`);
  });
}

Deno.test("rows are taken from the places told, and added to what is there", async () => {
  using sessions = testSessions();
  const places = [0, 1, 3, 5], ids = [2, 0, 2, 2], width = 96;
  using updates = tensor("float32", [2, 3, width], Array.from({ length: 6 * width }, (_, i) => i));
  using sum = zeros("float32", [3, width]);
  sum.data.fill(1);
  await addRows(sessions, sum, updates, ids, { places });
  const row = (r: number, d: number) => r * width + d;
  sum.data.forEach((x, i) => {
    const d = i % width, id = Math.floor(i / width);
    const parts = places.filter((_, p) => ids[p] === id).map((r) => row(r, d));
    assert.equal(x, 1 + parts.reduce((a, b) => a + b, 0));
  });
});
