import assert from "node:assert/strict";
import {
  applyCheckpointRule,
  averageEvaluations,
  centredAverage,
  CHECKPOINT_RULE,
  deviation,
  type Evaluation,
} from "../../src/rl/mod.ts";

const RULE = { window: 3, share: 0.15, after: 4 };

Deno.test("centredAverage() averages around each step that has as many on both sides", () => {
  assert.deepEqual(centredAverage([0, 3, 6, 3, 0], 3), [3, 4, 3]);
  assert.deepEqual(centredAverage([1, 2, 3], 1), [1, 2, 3]);
  assert.throws(() => centredAverage([1, 2], 3), /Cannot average 2 steps over 3 .*: train longer/);
  assert.throws(() => centredAverage([1, 2, 3], 2), /window has to be odd/);
});

Deno.test("the checkpoint rule takes the first step whose slope is under 15 % of the largest", () => {
  // Averages 1 2 4 5 5.1 5.1 (steps 2 to 7): slopes 1 2 1 0.1 0.
  const rewards = [0, 0, 3, 3, 6, 6, 3.3, 6];
  const found = centredAverage(rewards, 3).map((x) => Number(x.toFixed(4)));
  assert.deepEqual(found, [1, 2, 4, 5, 5.1, 5.1]);
  assert.deepEqual(applyCheckpointRule(rewards, RULE), {
    step: 5, // of average 5: the next is 0.1 higher, under 0.15 · 2
    flattened: true,
    largest_slope: 2,
    until: 8, // after + 4 is more than the run has
  });
  assert.equal(applyCheckpointRule(rewards, { ...RULE, share: 0.6 }).step, 4);
  assert.equal(applyCheckpointRule(rewards, { ...RULE, after: 2 }).until, 7);
});

Deno.test("a reward that has not begun to rise has not flattened", () => {
  const rewards = [...Array(10).fill(0), 1, 2, 3, 4, 4, 4, 4];
  const { step, flattened } = applyCheckpointRule(rewards, RULE);
  assert.deepEqual([step, flattened], [15, true]);
});

Deno.test("a reward that still rises at the end, and one that never rises", () => {
  const rising = Array.from({ length: 9 }, (_, i) => i * i);
  assert.deepEqual(applyCheckpointRule(rising, RULE), {
    step: 8,
    flattened: false,
    largest_slope: 13,
    until: 9,
  });
  for (const rewards of [Array(9).fill(0), [9, 8, 7, 6, 5, 4, 3, 2, 1]]) {
    assert.deepEqual(applyCheckpointRule(rewards, RULE), {
      step: 2,
      flattened: true,
      largest_slope: 0,
      until: 6,
    });
  }
});

Deno.test("a reward whose mean stays the same does not rise by rounding", () => {
  const rewards = Array.from({ length: 30 }, (_, i) => [0.1, 0.2, 0.3][i % 3]!);
  assert.ok(new Set(centredAverage(rewards, 3)).size > 1, "averages are to differ by rounding");
  const { step, flattened, largest_slope } = applyCheckpointRule(rewards, RULE);
  assert.deepEqual([step, flattened, largest_slope], [2, true, 0]);
});

Deno.test("the paper's rule on a curve that saturates: 25 steps, 15 %, the next 200", () => {
  const rewards = Array.from({ length: 600 }, (_, i) => 1 - Math.exp(-(i + 1) / 60));
  const { step, until, flattened } = applyCheckpointRule(rewards, CHECKPOINT_RULE);
  // The average of an exponential has the exponential's slopes: under 15 % of the first after 60 ln(1/0.15) steps.
  assert.equal(step, 13 + Math.ceil(60 * Math.log(1 / 0.15)));
  assert.deepEqual([until, flattened], [step + 200, true]);
});

Deno.test("averageEvaluations() adds counts up and averages accuracy and pass@k", () => {
  const sampling = { temperature: 1, max_completion_length: 8, samples: 4, greedy: false };
  const evaluation = (correct: readonly number[], pass1: number): Evaluation => ({
    problems: 2,
    sampling,
    accuracy: pass1,
    interval: [0, 1],
    pass_at: { "1": pass1, "4": correct.filter((c) => c > 0).length / 2 },
    results: correct.map((c, i) => ({ id: `${i}`, correct: c, samples: 4, answers: [] })),
  });
  const average = averageEvaluations([evaluation([4, 0], 0.5), evaluation([1, 1], 0.25)]);
  assert.equal(average.accuracy, 0.375);
  assert.deepEqual(average.pass_at, { "1": 0.375, "4": 0.75 });
  assert.deepEqual(average.results, [
    { id: "0", correct: 5, samples: 8, answers: [] },
    { id: "1", correct: 1, samples: 8, answers: [] },
  ]);
  assert.ok(average.interval[0] > 0.15 && average.interval[1] < 0.65);
  const other = { ...evaluation([1, 1], 0.25), sampling: { ...sampling, temperature: 0 } };
  assert.throws(() => averageEvaluations([average, other]), /sampled otherwise/);
  assert.throws(() => averageEvaluations([]), /Cannot average no evaluations/);
});

Deno.test("deviation() is Bessel-corrected", () => {
  assert.equal(deviation([1, 3]), Math.SQRT2);
  assert.throws(() => deviation([1]), /from 1 values/);
});
