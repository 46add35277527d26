import assert from "node:assert/strict";
import {
  advantages,
  type EstimatorName,
  ESTIMATORS,
  pairedDifference,
  passAtK,
  type Reward,
  wilsonInterval,
} from "../../src/rl/mod.ts";
import { decidePromotion, groundedRewards, learnability } from "../../src/rl/mod.ts";
import { Sessions } from "../../src/onnx/mod.ts";
import { lossGraph } from "../../src/train/loss_graph.ts";
import { ADAMW } from "../../src/train/mod.ts";
import { AdamW } from "../../src/train/optimizer.ts";
import { Weights } from "../../src/models/mod.ts";
import { type Tensor, tensor } from "../../src/runtime/mod.ts";
import { keysOf } from "../../schemas/infer.ts";
import { lossOf } from "../training.ts";
import golden from "../golden/rl_golden_vectors.json" with { type: "json" };

function close(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((x, i) =>
    assert.ok(Math.abs(x - expected[i]!) <= tolerance, `[${i}] is ${x}, not ${expected[i]}`)
  );
}

/** A new estimator needs golden numbers here. */
const GOLDEN: Readonly<Record<EstimatorName, readonly number[]>> = {
  rloo: golden.advantages.rloo,
  rloo_normalized: golden.advantages.rloo_normalized,
  grpo: golden.advantages.grpo_group,
  dr_grpo: golden.advantages.grpo_none,
};
for (const estimator of keysOf(ESTIMATORS)) {
  const expected = GOLDEN[estimator];
  Deno.test(`advantages() by ${estimator} equal the golden ones`, () => {
    const { rewards, G } = golden.advantages;
    close(advantages(rewards, G, estimator), expected, 1e-12);
  });
}

Deno.test("advantages() leave unscorable rows out of the baseline", () => {
  const { rewards, G, rloo } = golden.advantages_with_unscorable;
  close(advantages(rewards as Reward[], G), rloo, 1e-12);
});

Deno.test("advantages() take the group, not the batch, as unit, and refuse a short one", () => {
  assert.deepEqual(advantages([1, 1, 0, 0], 2), [0, 0, 0, 0]);
  assert.throws(() => advantages([1, 0, 1], 2), {
    message: "Cannot group 3 rewards by 2: the last group would be short",
  });
});

Deno.test("passAtK() equals the golden values and refuses too few samples", () => {
  for (const { n, c, k, value } of golden.pass_at_k) {
    assert.ok(Math.abs(passAtK(n, c, k) - value) < 1e-12);
  }
  assert.throws(() => passAtK(4, 1, 8), /Cannot estimate pass@8 from 4 samples/);
});

Deno.test("wilsonInterval() of 0 of 4096 ends below a thousandth", () => {
  const [low, high] = wilsonInterval(0, 4096);
  assert.equal(low, 0);
  assert.ok(high > 9e-4 && high < 1e-3); // z²/(n + z²) = 3.84 / 4099.84
});

Deno.test("pairedDifference() gives the mean of differences and Student's interval", () => {
  // Differences 1, 2, 3: a mean of 2, a standard error of 1/√3, and 4.3027 for 2 degrees of freedom.
  const { mean, interval: [low, high] } = pairedDifference([0, 1, 5], [1, 3, 8]);
  assert.equal(mean, 2);
  const half = 4.3027 / Math.sqrt(3);
  assert.ok(Math.abs(high - 2 - half) < 0.01 * half && Math.abs(2 - low - half) < 0.01 * half);
  // What all pairs have in common is no spread.
  assert.deepEqual(pairedDifference([0, 0.5], [0.5, 1]).interval, [0.5, 0.5]);
  assert.throws(() => pairedDifference([1, 2], [1]), /Cannot pair 2 values with 1/);
  assert.throws(() => pairedDifference([1], [1]), /Cannot estimate a deviation from 1 values/);
});

/** Runs the loss alone on given log-probabilities. */
async function runLoss(
  level: "sequence" | "token",
  clip: readonly [number, number],
  onPolicy: boolean,
  scale: number,
  advantagesOf: readonly number[],
) {
  const { mask, logp_new, logp_old } = golden.tensors;
  const [rows, width] = [mask.length, mask[0]!.length];
  const loss = lossOf(level === "sequence" ? "rloo" : "dapo", {
    epsilon: clip[0],
    epsilon_high: clip[1],
  });
  using sessions = new Sessions();
  const results = await sessions.get("loss", () => lossGraph(loss)).run({
    logps: tensor("float32", [rows, width], (onPolicy ? logp_old : logp_new).flat()),
    old_logps: tensor("float32", [rows, width], logp_old.flat()),
    mask: tensor("float32", [rows, width], mask.flat()),
    advantages: tensor("float32", [rows, 1], advantagesOf),
    scale: tensor("float32", [], [scale]),
  }, ["loss", "logps.gradient"]);
  const data = (name: "loss" | "logps.gradient") => [...(results[name] as Tensor<"float32">).data];
  return { loss: data("loss")[0]!, gradient: data("logps.gradient") };
}

const { tensors } = golden;
const rows = tensors.mask.length;
const clip = [tensors.epsilon, tensors.epsilon] as const;

Deno.test("the RLOO loss and its gradient equal TRL's, off policy", async () => {
  const { loss, gradient } = await runLoss("sequence", clip, false, 1 / rows, tensors.advantages);
  assert.ok(Math.abs(loss - golden.trl_rloo.loss) < 1e-6);
  close(gradient, golden.trl_rloo.dloss_dlogp.flat(), 1e-6);
});

Deno.test("on policy the RLOO loss is 0 while its gradient is not", async () => {
  const { loss, gradient } = await runLoss("sequence", clip, true, 1 / rows, tensors.advantages);
  assert.ok(Math.abs(loss - golden.trl_rloo_on_policy.loss) < 1e-6);
  close(gradient, golden.trl_rloo_on_policy.dloss_dlogp.flat(), 1e-6);
  assert.ok(gradient.some((g) => Math.abs(g) > 0.1));
});

Deno.test("the token-level loss equals verl's", async () => {
  const tokens = tensors.mask.flat().reduce((a, b) => a + b, 0);
  const { loss } = await runLoss("token", clip, false, 1 / tokens, tensors.advantages);
  assert.ok(Math.abs(loss - golden.verl_rloo_token_mean.loss) < 1e-6);
});

Deno.test("clipping and AdamW equal PyTorch's", async () => {
  const { lr, betas, eps, init, steps } = golden.adamw_clip;
  const settings = { ...ADAMW, betas: [betas[0]!, betas[1]!] as const, epsilon: eps };
  using weights = new Weights(new Map([["w", [2]]]));
  using gradients = weights.zerosLike();
  using sessions = new Sessions();
  using optimizer = new AdamW(weights, gradients, sessions, settings);
  const [w, g] = [weights, gradients].map((of) => of.tensors.get("w")!);
  w!.data.set(init);
  for (const { grad, grad_norm, param } of steps) {
    g!.data.set(grad);
    close([await optimizer.step(lr)], [grad_norm], 1e-6);
    close([...w!.data], param, 1e-6);
  }
});

const TWO = [0.1, 0.3];
Deno.test("groundedRewards() average the gains of a dataset's students", () => {
  close(groundedRewards(0.1, [TWO, [0.1, 0.1]]), [0.1, 0], 1e-12);
});

Deno.test("learnability() pays nothing for what is never solved, and little for what always is", () => {
  close([learnability([0, 1, 0.25])], [0.25], 1e-12);
  assert.equal(learnability([]), 0);
});

const RULE = { tau: 0.01, window: 3, full_window: false };
Deno.test("decidePromotion() averages over the window and takes the median student of the best dataset", () => {
  const decision = decidePromotion(RULE, [0.0, 0.02], [0.01, 0.03], [[0, 0.02], [
    0.05,
    0.01,
    0.03,
  ]]);
  assert.deepEqual(decision, {
    promoted: true,
    average: (0 + 0.02 + 0.02) / 3,
    dataset: 1,
    repeat: 2,
    history: [],
  });
});

Deno.test("decidePromotion() keeps the window when it does not promote, and can wait until it is full", () => {
  const low = decidePromotion(RULE, [0.004, 0.004, 0.004], [0.01, 0.002], [[0.01], [0.002]]);
  assert.equal(low.promoted, false);
  assert.deepEqual(low.history, [0.004, 0.004, 0.006]);
  const early = decidePromotion({ ...RULE, full_window: true }, [], [0.5], [[0.5]]);
  assert.equal(early.promoted, false);
  assert.equal(decidePromotion(RULE, [], [0.5], [[0.5]]).promoted, true);
});

Deno.test("decidePromotion() is not moved by rounding", () => {
  // (0.1 + 0.1 + 0.1) / 3 is above 0.1, and 0.1 + 0.2 above 0.3.
  const [a, b] = [0.1 + 0.2, 0.3];
  for (
    const [tau, history, rewards] of [
      [0.1, [0.1, 0.1], [0.1]],
      [0.3, [], [a, b]],
      [0, [], [a, -b]],
    ] as const
  ) {
    const repeats = rewards.map((reward) => [reward]);
    assert.equal(decidePromotion({ ...RULE, tau }, history, rewards, repeats).promoted, false);
  }
  assert.equal(decidePromotion({ ...RULE, tau: 0.1 }, [0.1, 0.1], [0.1001], [[1]]).promoted, true);
  // The first of datasets that are equal but for rounding.
  assert.equal(decidePromotion(RULE, [], [0.1, b, a], [[0], [0], [0]]).dataset, 1);
});

Deno.test("decidePromotion() can keep the window when it promotes", () => {
  const { history } = decidePromotion({ ...RULE, clear_window: false }, [0.02], [0.5], [[0.5]]);
  assert.deepEqual(history, [0.02, 0.5]);
});
