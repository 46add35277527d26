import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { cross_entropy } from "../../src/losses/cross_entropy.ts";
import { bindLoss } from "../../src/losses/loss.ts";
import { encodeExample, loadPolicy } from "../../src/policy/mod.ts";
import { Random } from "../../src/random/random.ts";
import {
  ADAMW,
  type Row,
  type SupervisedStep,
  supervisedSteps,
  type SupervisedTraining,
  Trainer,
  trainSupervised,
} from "../../src/train/mod.ts";
import { testSessions } from "../models.ts";
import golden from "../golden/supervised.json" with { type: "json" };

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
const sessions = testSessions();

const SETTINGS: SupervisedTraining = {
  learning_rate: 1e-3,
  lr_scheduler_type: "linear",
  warmup_steps: 2,
  warmup_from: "zero",
  weight_decay: 0.01,
  decay_on: "matrices",
  max_grad_norm: 1,
  gradient_checkpointing: false,
  batch: golden.batch,
  num_train_epochs: 2,
  shuffle: false,
};

for (const [microBatch, recompute] of [[8, false], [1, true]] as const) {
  Deno.test(`supervised training equals TRL's SFTTrainer, micro-batches of ${microBatch}`, async () => {
    using policy = loadPolicy(MODEL);
    const rows = golden.examples.map(({ prompt, completion }) =>
      encodeExample(policy, { text: prompt, chat: false }, completion)
    );
    rows.forEach(({ ids, promptLength }, r) => {
      const { ids: expected, labels } = golden.rows[r]!;
      assert.deepEqual(ids, expected);
      assert.equal(promptLength, labels.filter((label) => label === -100).length);
    });
    const { weight_decay, decay_on, max_grad_norm } = SETTINGS;
    using trainer = new Trainer({
      ...policy,
      sessions,
      loss: bindLoss(cross_entropy, {}),
      optimizer: { ...ADAMW, weight_decay, decay_on, max_grad_norm },
      microBatch,
      recompute,
    });
    const steps: SupervisedStep[] = [];
    const position = await trainSupervised(trainer, rows, SETTINGS, new Random("sft"), {
      onStep: (step) => steps.push(step),
    });
    assert.equal(position, golden.steps.length);
    assert.equal(steps.length, golden.steps.length);
    steps.forEach(({ step, loss, gradNorm, learningRate }, i) => {
      const expected = golden.steps[i]!;
      assert.equal(step, i);
      assert.ok(Math.abs(loss - expected.loss) < 2e-4, `loss ${loss}, not ${expected.loss}`);
      assert.ok(Math.abs(gradNorm / expected.grad_norm - 1) < 1e-3, `norm ${gradNorm}`);
      assert.ok(Math.abs(learningRate - expected.learning_rate) < 1e-12);
    });
  });
}

/** Tells which rows each step was given, and trains nothing. */
async function order(examples: number, settings: Partial<SupervisedTraining>) {
  const rows: Row[] = Array.from(
    { length: examples },
    (_, i) => ({ ids: [i, 0], promptLength: 1 }),
  );
  const batches: number[][] = [];
  const trainer = {
    step(batch: readonly Row[]) {
      batches.push(batch.map(({ ids }) => ids[0]!));
      return Promise.resolve({ loss: 0, gradNorm: 0 });
    },
  } as unknown as Trainer;
  await trainSupervised(trainer, rows, { ...SETTINGS, ...settings }, new Random("order"));
  return batches;
}

Deno.test("an epoch has every example once, in an order of its own", async () => {
  const batches = await order(7, { batch: 3, num_train_epochs: 3, shuffle: true });
  assert.deepEqual(batches.map(({ length }) => length), [3, 3, 1, 3, 3, 1, 3, 3, 1]);
  const epochs = [0, 3, 6].map((at) => batches.slice(at, at + 3).flat());
  for (const epoch of epochs) assert.deepEqual(epoch.toSorted(), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(new Set(epochs.map(String)).size, 3);
});

Deno.test("steps are as many as are asked for, whatever an epoch takes", async () => {
  const batches = await order(5, { batch: 2, steps: 4 });
  assert.deepEqual(batches, [[0, 1], [2, 3], [4], [0, 1]]);
  assert.equal(supervisedSteps(5, { ...SETTINGS, batch: 2, num_train_epochs: 2 }), 6);
  await assert.rejects(order(0, {}), { message: "Cannot train on no examples" });
});
