/** Groups whose rewards agree have no gradient: none at all, since Adam makes full steps of the smallest. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { keysOf } from "../../schemas/infer.ts";
import type { Weights } from "../../src/models/mod.ts";
import { Sessions } from "../../src/onnx/mod.ts";
import { Random } from "../../src/random/random.ts";
import { adaptPolicy, clonePolicy, loadPolicy, type Policy } from "../../src/policy/mod.ts";
import {
  advantages,
  drawRollouts,
  type Engine,
  ENGINE_DEFAULTS,
  type EstimatorName,
  ESTIMATORS as TABLE,
  groundedRewards,
  isFlat,
  paidByDataset,
  proposeDatasets,
  type Reward,
  type StudentTraining,
  trainStudent,
  updateTeacher,
} from "../../src/rl/mod.ts";
import { toRow, trainerOf } from "../../src/rl/policy_gradient.ts";
import { rewardsOf, task } from "../listprog.ts";
import { STUDENT } from "../training.ts";
import golden from "../golden/advantages.json" with { type: "json" };

const ESTIMATORS = keysOf(TABLE);
const base = loadPolicy(fileURLToPath(new URL("../../examples/models/listprog", import.meta.url)));
const engine: Engine = { sessions: new Sessions(), ...ENGINE_DEFAULTS };

const SETTINGS: StudentTraining = {
  ...STUDENT,
  learning_rate: 1e-3,
  steps: 2,
  batch: 2,
  num_generations: 4,
};

/** The same for every answer. */
const REWARDS = rewardsOf({ formatted: 0.1 });

const zeros = (count: number) => Array<number>(count).fill(0);
const bytes = (policy: Policy) => (policy.adapters ?? policy.weights as Weights).flat.data.slice();

for (const estimator of ESTIMATORS) {
  Deno.test(`advantages() by ${estimator} of equal rewards are exactly 0`, () => {
    for (const reward of [0.1, 0.2, 0.3, 0.35, 0.7, 1 / 3, 1e-9, 1, 10, 120, -0.05, 1e300]) {
      for (const size of [2, 3, 4, 5, 7, 8, 16, 31, 32, 64]) {
        const group = Array<Reward>(size).fill(reward);
        assert.deepEqual(advantages(group, size, estimator), zeros(size), `${size} × ${reward}`);
        // Only rows without a reward differ.
        const some = group.map((r, i) => i % 3 === 1 ? null : r);
        assert.deepEqual(advantages(some, size, estimator), zeros(size));
        // Beside a group with signal.
        const both = [...group, ...group.map((_, i) => i === 0 ? 0 : 1)];
        const found = advantages(both, size, estimator);
        assert.deepEqual(found.slice(0, size), zeros(size), `${size} × ${reward} beside others`);
        assert.ok(found.slice(size).every((a) => a !== 0));
      }
    }
  });

  Deno.test(`advantages() by ${estimator} of sums in another order are exactly 0, small ones are not`, () => {
    const parts = [0.1, 0.2, 0.3, 0.7, 1 / 3];
    const sums = Array.from(
      { length: 8 },
      (_, i) => new Random(i).shuffle(parts).reduce((sum, part) => sum + part, 0),
    );
    assert.ok(new Set(sums).size > 1, "the sums are to differ by rounding");
    assert.deepEqual(advantages(sums, 8, estimator), zeros(8));
    // What is not rounding stays a signal: here 1e-9 of a reward of 1.
    const [first] = advantages([1 + 1e-9, 1, 1, 1], 4, estimator);
    assert.ok(first! > 0);
  });

  Deno.test(`equal rewards by ${estimator} move no weight after a step that did`, async () => {
    using student = clonePolicy(base);
    using trainer = trainerOf(student, engine, SETTINGS);
    const sampling = { temperature: 1, max_completion_length: 8, samples: 16 };
    const rollouts = await drawRollouts(
      student,
      engine,
      [{ text: "1" }],
      sampling,
      new Random("a"),
    );
    const step = async (rewards: readonly Reward[]) => {
      const values = advantages(rewards, 16, estimator);
      await trainer.step(rollouts.map((r, i) => toRow(r, values[i]!)), 1e-3);
    };
    await step(rollouts.map((_, i) => i % 2));
    const before = bytes(student);
    await step(rollouts.map(() => 0.1));
    await step(rollouts.map((_, i) => i < 3 ? null : 0.35));
    assert.deepEqual(bytes(student), before);
    assert.equal(trainer.steps, 1);
  });
}

Deno.test("grounded rewards of students in another order are equal, and teach nothing", async () => {
  // 36 of 60 before and, on the average, after: no dataset has gained anything.
  const students = [[34, 38], [39, 33], [36, 36]];
  const shares = students.map((counts) => counts.map((right) => right / 60 - 36 / 60));
  const differences = shares.map((gains) => gains.reduce((sum, gain) => sum + gain, 0) / 2);
  assert.ok(!isFlat(differences), `differences of shares are rounding: ${differences}`);
  const rewards = groundedRewards(36, students, 60);
  assert.deepEqual(rewards, [0, 0, 0]);
  using teacher = clonePolicy(base);
  const settings = { datasets: 3, size: 2, limit: 100, temperature: 1, max_completion_length: 60 };
  const { datasets } = await proposeDatasets(base, engine, task, settings, new Random("t"));
  for (const estimator of ESTIMATORS) {
    const step = await updateTeacher(teacher, engine, paidByDataset(datasets, rewards), {
      ...SETTINGS,
      estimator,
    });
    assert.deepEqual([step.loss, step.gradNorm], [0, 0]);
  }
  assert.deepEqual(bytes(teacher), bytes(base));
});

Deno.test("grounded rewards of counts are exactly equal where gains are, whatever there was before", () => {
  const random = new Random("gains");
  for (let i = 0; i < 2000; i++) {
    const samples = [60, 64, 111, 640][random.int(4)]!, repeats = 2 + random.int(4);
    const before = 20 + random.int(20), total = repeats * before + random.int(9) - 4;
    const datasets = Array.from({ length: 4 }, () => {
      const right = Array<number>(repeats).fill(Math.floor(total / repeats));
      right[0]! += total % repeats;
      for (const k of right.keys()) {
        const moved = random.int(5);
        right[k]! -= moved;
        right[(k + 1) % repeats]! += moved;
      }
      return right;
    });
    const rewards = groundedRewards(before, datasets, samples);
    assert.equal(new Set(rewards).size, 1, `${rewards}`);
    if (total === repeats * before) assert.equal(rewards[0], 0);
    assert.deepEqual(advantages(rewards, 4, "rloo_normalized"), zeros(4));
  }
});

Deno.test("a KL penalty to a policy that computes the same is exactly 0, adapters or not", async () => {
  const plain = [{ id: "p", problem: "12345r", answer: "54321" }];
  const adapter = { rank: 2, alpha: 4, targets: ["q_proj", "down_proj"] } as const;
  const settings = { ...SETTINGS, beta: 0.5, batch: 1 };
  for (const fresh of [false, true]) {
    const start = clonePolicy(base);
    using student = fresh ? adaptPolicy(start, adapter, new Random("b")) : start;
    const before = bytes(student);
    const kl: number[] = [];
    const links = { reference: base }, lessons = { task, problems: plain, rewards: REWARDS };
    const random = new Random("kl");
    await trainStudent(student, engine, lessons, settings, random, (step) => {
      kl.push(step.kl);
    }, links);
    assert.deepEqual(kl, [0, 0]);
    assert.deepEqual(bytes(student), before);
    const proposed = {
      datasets: 2,
      size: 2,
      limit: 100,
      temperature: 1,
      max_completion_length: 60,
    };
    const { datasets } = await proposeDatasets(student, engine, task, proposed, new Random("t"));
    const step = await updateTeacher(
      student,
      engine,
      paidByDataset(datasets, [0.1, 0.1]),
      settings,
      links,
    );
    assert.deepEqual([step.kl, step.gradNorm], [0, 0]);
    assert.deepEqual(bytes(student), before);
  }
});

Deno.test("advantages() with rows that no grader scores equal TRL's, normalized or not", () => {
  for (const { group, rewards, rloo, rloo_normalized } of golden) {
    for (const [estimator, expected] of Object.entries({ rloo, rloo_normalized })) {
      const found = advantages(rewards, group, estimator as EstimatorName);
      // TRL's deviation counts rows in float32.
      const wrong = found.findIndex((a, i) => Math.abs(a - expected[i]!) > 1e-7);
      assert.equal(wrong, -1, `${estimator}: ${found} instead of ${expected}`);
      rewards.forEach((reward, i) => reward === null && assert.equal(found[i], 0));
    }
  }
});

Deno.test("advantages() refuse what is no number", () => {
  assert.throws(() => advantages([1, NaN], 2), {
    message: "Cannot take NaN as the reward of row 1: give a finite number, or null",
  });
  assert.throws(() => advantages([Infinity, 1], 2, "grpo"), RangeError);
});
