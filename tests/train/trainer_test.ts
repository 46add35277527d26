import assert from "node:assert/strict";
import { headName, Weights } from "../../src/models/mod.ts";

import { Random } from "../../src/random/random.ts";
import {
  elementCount,
  liveTensors,
  SESSION_COUNTERS,
  tensor,
  TRANSFERS,
} from "../../src/runtime/mod.ts";
import { ADAMW, type Row, score, Trainer } from "../../src/train/mod.ts";
import { toBatch } from "../../src/train/batch.ts";
import { foldRows } from "../../src/train/add_rows.ts";
import { Head } from "../../src/train/head.ts";
import { ACTIVATION_BUDGET, microBatches } from "../../src/train/micro_batches.ts";
import { LOSSES } from "../../src/losses/mod.ts";
import type { Loss } from "../../src/losses/loss.ts";
import { ON_SAMPLE, testSessions, tinyConfig } from "../models.ts";
import { lossOf } from "../training.ts";

const random = new Random("trainer");
const config = tinyConfig();
const sessions = testSessions(); // kept for all tests of this file
const start = Weights.initialize(config, random.derive("weights"));

function rows(count: number, longest = 12): Row[] {
  const source = random.derive("rows", count);
  return Array.from({ length: count }, () => {
    const promptLength = 1 + source.int(4);
    const length = promptLength + 1 + source.int(longest - promptLength - 1);
    const ids = Array.from({ length }, () => source.int(config.vocab_size));
    const oldLogps = ids.slice(promptLength).map(() => -1 - 2 * source.next());
    const columns = { advantages: source.normal(), old_logps: oldLogps };
    return { ids, promptLength, columns };
  });
}

const POLICY = lossOf("rloo");

async function train(
  batches: readonly (readonly Row[])[],
  loss: Loss,
  microBatch: number,
  learningRate = 1e-2,
  optimizer = ADAMW,
) {
  const weights = start.clone();
  using trainer = new Trainer({
    config,
    weights,
    sessions,
    loss,
    optimizer,
    microBatch,
  });
  const metrics = [];
  try {
    for (const batch of batches) metrics.push(await trainer.step(batch, learningRate));
  } catch (error) {
    weights[Symbol.dispose]();
    throw error;
  }
  return { weights, metrics };
}

function largestDifference(a: Weights, b: Weights): number {
  let largest = 0;
  for (const [name, t] of a.tensors) {
    const other = b.tensors.get(name)!.data;
    t.data.forEach((x, i) => largest = Math.max(largest, Math.abs(x - other[i]!)));
  }
  return largest;
}

for (const name of Object.keys(LOSSES)) {
  const loss = lossOf(name, name === "dr_grpo" ? { max_completion_length: 12 } : {});
  Deno.test(`micro-batches make the same step as one batch: ${name}`, async () => {
    // With an epsilon of 1 the step is nearly the gradient itself, not its sign.
    const optimizer = { ...ADAMW, epsilon: 1 };
    const batch = rows(8);
    using whole = (await train([batch], loss, 8, 1, optimizer)).weights;
    for (const size of [1, 3, 5]) {
      using parts = (await train([batch], loss, size, 1, optimizer)).weights;
      const difference = largestDifference(whole, parts);
      assert.ok(difference < 1e-6, `in parts of ${size} they differ by ${difference}`);
    }
    assert.ok(largestDifference(whole, start) > 1e-3);
  });

  Deno.test(`the gradient is the slope of the loss: ${name}`, async () => {
    // One small step along the gradient (Adam's first step has the gradient's sign) must lower the loss.
    const batch = rows(8).map((row) => {
      const old_logps = row.ids.slice(row.promptLength).map(() => -2.565);
      return { ...row, columns: { ...row.columns, old_logps } };
    });
    const { metrics, weights } = await train([batch, batch, batch], loss, 8, 1e-4);
    using _owned = weights;
    assert.ok(metrics[1]!.loss < metrics[0]!.loss && metrics[2]!.loss < metrics[1]!.loss);
  });
}

Deno.test("training fits a pattern", async () => {
  const pattern = Array.from({ length: 16 }, (_, i) => ({
    ids: Array.from({ length: 10 }, (_, t) => (i + t) % config.vocab_size),
    promptLength: 1,
  }));
  const steps = ON_SAMPLE ? 12 : 60, within = ON_SAMPLE ? 2 : 0.05;
  const { metrics, weights } = await train(
    Array(steps).fill(pattern),
    lossOf("cross_entropy"),
    16,
  );
  using _owned = weights;
  assert.ok(Math.abs(metrics[0]!.loss - Math.log(config.vocab_size)) < 0.1);
  assert.ok(metrics.at(-1)!.loss < within, `loss is ${metrics.at(-1)!.loss}`);
});

Deno.test("a row's log-probabilities do not depend on the padding it gets", async () => {
  const [short, long] = [rows(1, 6)[0]!, { ids: Array(30).fill(3), promptLength: 2 }];
  const options = { config, weights: start, sessions, microBatch: 8 };
  const [alone] = await score(options, [short]);
  const [padded] = await score(options, [short, long]);
  alone!.forEach((logp, t) => assert.ok(Math.abs(logp - padded![t]!) < 1e-6));
});

Deno.test("pad id and end id may be the same: only lengths count", async () => {
  const ends = { ids: [1, 2, 0, 0], promptLength: 2 }; // 0 pads, and stands in the completion
  const options = { config, weights: start, sessions, microBatch: 8 };
  const [scored] = await score(options, [ends, { ids: [1, 2, 3, 4, 5, 6], promptLength: 1 }]);
  assert.equal(scored!.length, 2);
});

Deno.test("rows of the same advantage but no completion are refused", async () => {
  await assert.rejects(train([[{ ids: [1, 2], promptLength: 2 }]], POLICY, 8), {
    name: "RangeError",
    message: "Cannot train on row 0: 2 prompt tokens of 2",
  });
  const columns = { advantages: 1, old_logps: Array(39).fill(-1) };
  const long = { ids: Array(40).fill(1), promptLength: 1, columns };
  await assert.rejects(
    train([[long]], POLICY, 8),
    /39 tokens|40 tokens: the model's context is 32/,
  );
});

Deno.test("a step that diverges says so", async () => {
  const batch = rows(4).map((row) => ({
    ...row,
    columns: { ...row.columns, advantages: Infinity },
  }));
  await assert.rejects(train([batch], POLICY, 8), /Cannot train on: step 1 has loss .* lower the/);
});

Deno.test("many steps build each session once and leave no tensor behind", async () => {
  const batch = rows(6);
  (await train([batch], POLICY, 2)).weights[Symbol.dispose]();
  const live = liveTensors(), built = SESSION_COUNTERS.built, runs = SESSION_COUNTERS.runs;
  (await train([batch, batch, batch], POLICY, 2)).weights[Symbol.dispose]();
  assert.equal(SESSION_COUNTERS.built, built);
  assert.equal(liveTensors(), live);
  // embed, two layers, scores and log-probabilities, loss, and the way back, with the labels' rows after the head; what
  // folds rows of equal ids; then norm and update, which a processor does for all weights at once, and a device for each
  const microBatch = 1 + 2 + 2 + 1 + 4 + 2 + 1;
  const parts = sessions.device === "cpu" ? 1 : start.tensors.size;
  const folds = microBatches(batch, 2, () => 0).flatMap((part) => {
    const read = part.flatMap((row) => row.ids.slice(0, -1));
    const labels = part.flatMap((row) => row.ids.slice(row.promptLength));
    return [read, labels].map((ids) => foldRows(ids).rounds.length);
  }).reduce((a, b) => a + b);
  assert.ok(folds > 0);
  assert.equal(SESSION_COUNTERS.runs - runs, 3 * (3 * microBatch + folds + 2 * parts));
});

Deno.test("weights, optimizer state, gradients and activations stay on a device from step to step", async () => {
  const batch = rows(6), copied = () => TRANSFERS.toDevice + TRANSFERS.toHost;
  using weights = start.clone();
  const options = { config, weights, sessions, loss: POLICY, optimizer: ADAMW, microBatch: 2 };
  using trainer = new Trainer(options);
  const before = copied();
  await trainer.step(batch, 1e-3);
  const first = copied() - before;
  await trainer.step(batch, 1e-3);
  assert.equal(copied() - before, first, "the second step copied");
  const bytes = 4 * [...weights.tensors.values()].reduce((sum, t) => sum + t.size, 0);
  if (sessions.device === "cpu") assert.equal(first, 0);
  else assert.ok(first > bytes && first < 5 * bytes, `${first} bytes for weights of ${bytes}`);
  // They are the new ones that the host sees.
  assert.notDeepEqual(weights.flat.data, start.flat.data);
});

Deno.test("a micro-batch holds no more activations than fit, and a row is never refused", () => {
  const batch = rows(40, 30);
  const width = (part: readonly Row[]) => Math.max(...part.map((row) => row.ids.length));
  const bytes = (count: number, length: number) => count * length * ACTIVATION_BUDGET / 100;
  const parts = microBatches(batch, 8, bytes);
  assert.deepEqual(new Set(parts.flat()), new Set(batch));
  for (const part of parts) {
    assert.ok(part.length <= 8 && part.length * width(part) <= 100, `${part.length}`);
  }
  assert.equal(microBatches(batch, 8, () => Infinity).length, batch.length);
  assert.deepEqual(microBatches(batch, 40, () => 0), [batch]);
});

for (const tied of [true, false]) {
  Deno.test(`the head in tiles equals the head in one: ${tied ? "tied" : "untied"}`, async () => {
    const model = { ...config, tie_word_embeddings: tied };
    using weights = Weights.initialize(model, random.derive("head"));
    const batch = toBatch(rows(12, 30), model.max_position_embeddings);
    using _ids = batch.ids;
    const shape = [batch.rows.length, batch.length, model.hidden_size];
    const values = random.derive("hidden");
    const size = elementCount(shape);
    using hidden = tensor("float32", shape, Array.from({ length: size }, () => values.normal()));
    const g = batch.labels.map(() => values.normal());
    const run = async (options: { tile?: number; keptBytes?: number }) => {
      using head = new Head({ config: model, weights, sessions }, options);
      using gradients = weights.zerosLike();
      gradients.flat.data.fill(7); // what a fresh pass has to forget
      const logps = await head.logps(batch, hidden, 0.8);
      const dx = await head.backward(batch, hidden, 0.8, g, gradients, true);
      const trained = ["model.norm.weight", headName(model)];
      const own = trained.map((name) => [...gradients.tensors.get(name)!.data]);
      return [logps, [...dx.data], ...own];
    };
    // Some tiles wait for the backward pass, some are computed again, and the last is smaller.
    const tile = 2;
    assert.ok(model.vocab_size > 5 * tile && model.vocab_size % tile > 0, `${model.vocab_size}`);
    const whole = await run({});
    const parts = await run({ tile, keptBytes: 4 * batch.labels.length * 3 * tile });
    whole.forEach((expected, part) =>
      expected.forEach((x, i) =>
        assert.ok(Math.abs(x - parts[part]![i]!) < 1e-5, `${part}, ${i}: ${parts[part]![i]}`)
      )
    );
  });
}
