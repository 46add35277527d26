import assert from "node:assert/strict";
import { blockSizes, blocksOf, rotaryTables } from "../../src/models/mod.ts";
import { sizesOf } from "../../src/onnx/mod.ts";
import { Random } from "../../src/random/random.ts";
import { elementCount, type Tensor, tensor } from "../../src/runtime/mod.ts";
import { layerPasses } from "../../src/train/training_graphs.ts";

import { testSessions, tinyConfig } from "../models.ts";

Deno.test("blocks cover a row without gap or overlap, and are never empty", () => {
  for (let length = 1; length < 3000; length++) {
    const blocks = blocksOf(length), sizes = blockSizes(length, blocks);
    let end = 0;
    for (let i = 0; i < blocks; i++) {
      assert.ok(sizes[`block.${i}`]! > 0, `block ${i} of ${length}`);
      assert.equal(sizes[`seen.${i}`], end += sizes[`block.${i}`]!);
    }
    assert.equal(end, length);
  }
  assert.deepEqual([100, 383, 384, 512, 4096].map(blocksOf), [1, 1, 3, 4, 8]);
});

Deno.test("a layer's passes in blocks of queries equal those in one", async () => {
  const config = tinyConfig(), batch = 2, length = 11; // blocks of 4, 4 and 3
  using sessions = testSessions();
  const run = async (blocks: number) => {
    const passes = layerPasses(config, { fresh: true, blocks });
    const sizes = { batch, length, positions: length, ...blockSizes(length, blocks) };
    const random = new Random("blocks"), feeds: Record<string, Tensor> = {};
    using owned = new DisposableStack();
    for (const [name, table] of Object.entries(rotaryTables(config, length))) {
      feeds[name] = owned.use(table);
    }
    const feed = (name: string, dims: readonly number[]) => {
      const source = random.derive(name), count = elementCount(dims);
      feeds[name] = owned.use(
        tensor("float32", dims, Array.from({ length: count }, () => source.normal())),
      );
    };
    for (const graph of [passes.forward, passes.backward]) {
      for (const { source: { name }, shape } of graph.inputs) {
        if (feeds[name] === undefined && !passes.saved.has(name)) feed(name, sizesOf(shape, sizes));
      }
    }
    const results = new Map<string, number[]>();
    for (const pass of ["forward", "backward"] as const) {
      const outputs = [...passes[pass].outputs.keys()];
      const made = await sessions.get([pass, blocks], () => passes[pass]).run(feeds, outputs);
      for (const [name, value] of Object.entries(made)) {
        owned.use(value);
        if (passes.saved.has(name)) feeds[name] = value;
        else results.set(name, [...value.data as Float32Array]);
      }
    }
    return results;
  };
  const whole = await run(1), parts = await run(3);
  assert.deepEqual([...parts.keys()], [...whole.keys()]);
  for (const [name, expected] of whole) {
    const scale = Math.max(...expected.map(Math.abs));
    const difference = Math.max(...expected.map((x, i) => Math.abs(x - parts.get(name)![i]!)));
    assert.ok(scale > 0 && difference < 1e-5 * scale, `${name}: ${difference} of ${scale}`);
  }
});
