import assert from "node:assert/strict";
import { Weights } from "../../src/models/mod.ts";
import { ADAMW, AdamW } from "../../src/train/optimizer.ts";
import { tilesOf } from "../../src/train/tiles.ts";
import { testSessions } from "../models.ts";

Deno.test("AdamW takes weights of more than one slice, and their norm, as a whole", async () => {
  const count = 2 ** 22 + 100; // more than is added up, and eight times what is updated, in one run
  using sessions = testSessions();
  using weights = new Weights(new Map([["a", [count]]]));
  using gradients = weights.zerosLike();
  gradients.flat.data.fill(0.5);
  gradients.flat.data.fill(0, count);
  using optimizer = new AdamW(weights, gradients, sessions, { ...ADAMW, epsilon: 0 });
  const norm = await optimizer.step(0.1);
  assert.ok(Math.abs(norm / (0.5 * Math.sqrt(count)) - 1) < 1e-5, `${norm}`);
  // The first step goes by the learning rate against the gradient's sign.
  const wrong = weights.read("a").findIndex((x) => Math.abs(x + 0.1) > 1e-6);
  assert.equal(wrong, -1);
});

Deno.test("no more scores wait for the backward pass than are to be kept, and no tile is too large", () => {
  const tiles = tilesOf(50_000, 4096);
  assert.equal(tiles.at(-1)!.end, 50_000);
  const bytes = (from: number, to: number) => 4 * 4096 * (to - from);
  const kept = tiles.filter(({ kept }) => kept), last = kept.at(-1)!;
  assert.ok(kept.length > 0 && kept.length < tiles.length);
  assert.ok(bytes(0, last.end) <= 256 * 2 ** 20);
  for (const { start, end } of tiles) assert.ok(bytes(start, end) <= 32 * 2 ** 20);
});
