/** What is carried between runs of training: AdamW's moments, its steps, the place in the schedule. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Weights } from "../../src/models/mod.ts";
import { Sessions } from "../../src/onnx/mod.ts";
import { Random } from "../../src/random/random.ts";
import {
  adaptPolicy,
  clonePolicy,
  loadPolicy,
  loadTrainable,
  type Policy,
  savePolicy,
} from "../../src/policy/mod.ts";
import {
  drawRollouts,
  type Engine,
  ENGINE_DEFAULTS,
  loadOptimizer,
  paidByDataset,
  type PolicyGradient,
  proposeDatasets,
  saveOptimizer,
  updateTeacher,
} from "../../src/rl/mod.ts";
import { divergence, toRow, trainerOf } from "../../src/rl/policy_gradient.ts";
import { task } from "../listprog.ts";
import { GRADIENT } from "../training.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
const engine: Engine = { sessions: new Sessions(), ...ENGINE_DEFAULTS };
const base = loadPolicy(MODEL);
const ADAPTER = { rank: 2, alpha: 4, targets: ["q_proj", "up_proj"] } as const;

const SETTINGS: PolicyGradient = {
  ...GRADIENT,
  estimator: "rloo_normalized",
  learning_rate: 2e-4,
  weight_decay: 0.01,
};

async function inTemporary(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    await work(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

const trained = (policy: Policy) => (policy.adapters ?? policy.master ?? policy.weights) as Weights;
const bytes = (policy: Policy) => trained(policy).flat.data.slice();

const rows = (await drawRollouts(base, engine, [task.proposer.prompt], {
  temperature: 1,
  max_completion_length: 40,
  samples: 8,
}, new Random("rows"))).map((rollout, i) => toRow(rollout, i % 2 === 0 ? 1 : -1));

for (const kind of ["weights", "adapters", "float16"] as const) {
  Deno.test(`training that goes on from a saved optimizer ends in the bytes of one that never stopped: ${kind}`, () =>
    inTemporary(async (directory) => {
      const start = join(directory, "start"), middle = join(directory, "middle");
      const adapter = kind === "adapters" ? ADAPTER : undefined;
      for (const made of [start, middle]) Deno.mkdirSync(made);
      using first = kind === "float16" ? loadPolicy(MODEL, "float16") : loadPolicy(MODEL);
      savePolicy(first, start);
      const load = (from: string) => loadTrainable(from, adapter, new Random("a"));
      const step = (trainer: ReturnType<typeof trainerOf>) => trainer.step(rows, 1e-3);

      using whole = load(start);
      using once = trainerOf(whole, engine, SETTINGS);
      for (let i = 0; i < 4; i++) await step(once);

      using before = load(start);
      using stopped = trainerOf(before, engine, SETTINGS);
      for (let i = 0; i < 2; i++) await step(stopped);
      savePolicy(before, middle);
      saveOptimizer({ ...stopped.state, position: 2 }, middle);
      using after = load(middle);
      const state = loadOptimizer(after, middle);
      assert.deepEqual([state.steps, state.position], [2, 2]);
      using gone = trainerOf(after, engine, SETTINGS, state);
      for (let i = 0; i < 2; i++) await step(gone);

      assert.deepEqual(bytes(after), bytes(whole));
      assert.equal(gone.steps, 4);
      // Without the state it is another run.
      using again = load(middle);
      using anew = trainerOf(again, engine, SETTINGS);
      for (let i = 0; i < 2; i++) await step(anew);
      assert.notDeepEqual(bytes(again), bytes(whole));
    }));
}

Deno.test("an optimizer's state that was not kept, or is of other weights, is refused", () =>
  inTemporary(async (directory) => {
    const [empty, kept] = ["empty", "kept"].map((name) => join(directory, name));
    for (const made of [empty!, kept!]) Deno.mkdirSync(made);
    assert.throws(
      () => loadOptimizer(base, empty!),
      /optimizer in .*empty: it is empty; set keep_optimizer: true on the step/,
    );
    using lora = adaptPolicy(clonePolicy(base), ADAPTER, new Random("a"));
    using trainer = trainerOf(lora, engine, SETTINGS);
    await trainer.step(rows, 1e-3);
    saveOptimizer({ ...trainer.state, position: 1 }, kept!);
    assert.throws(
      () => loadOptimizer(base, kept!),
      /it is of other weights than are trained \(m\.model\.layers\.0\..*lora_A\.weight\); connect/,
    );
    const counts = join(kept!, "optimizer.json");
    const broken = (change: Record<string, unknown>) =>
      Deno.writeTextFileSync(
        counts,
        JSON.stringify({ ...JSON.parse(Deno.readTextFileSync(counts)), ...change }),
      );
    broken({ position: -1 });
    assert.throws(() => loadOptimizer(lora, kept!), /position -1; both are whole numbers from 0/);
    broken({ position: 1, betas: [0.5, 0.9] });
    assert.throws(() => loadOptimizer(lora, kept!), /its betas are 0\.5,0\.9; those of training/);
  }));

const proposed = { datasets: 2, size: 4, limit: 100, temperature: 1, max_completion_length: 60 };

Deno.test("the teacher's second update with its optimizer is not the first over again", () =>
  inTemporary(async (directory) => {
    const { datasets } = await proposeDatasets(base, engine, task, proposed, new Random("t"));
    const update = async (carry: boolean) => {
      const teacher = clonePolicy(base);
      const onEnd = (state: Parameters<typeof saveOptimizer>[0]) => saveOptimizer(state, directory);
      await updateTeacher(teacher, engine, paidByDataset(datasets, [0.02, 0.01]), SETTINGS, {
        onEnd,
      });
      const before = bytes(teacher);
      const second = await proposeDatasets(teacher, engine, task, proposed, new Random("u"));
      const start = carry ? loadOptimizer(teacher, directory) : undefined;
      await updateTeacher(teacher, engine, paidByDataset(second.datasets, [0.01, 0.02]), SETTINGS, {
        start,
      });
      const after = bytes(teacher);
      teacher[Symbol.dispose]();
      return after.map((x, i) => Math.abs(x - before[i]!));
    };
    const full = (moves: Float32Array) =>
      moves.filter((move) => Math.abs(move / SETTINGS.learning_rate - 1) < 0.02).length /
      moves.length;
    // AdamW's first step is one of full size in each weight's sign, and a fresh one makes it every time.
    const [anew, carried] = [full(await update(false)), full(await update(true))];
    assert.ok(
      anew > 0.9 && carried < 0.2,
      `${anew} and ${carried} of the weights made a full step`,
    );
  }));

Deno.test("the teacher's schedule and warm-up run over outer steps, flat ones included", async () => {
  const { datasets } = await proposeDatasets(base, engine, task, proposed, new Random("t"));
  const rates = async (settings: Partial<Parameters<typeof updateTeacher>[3]>) => {
    const all = { ...SETTINGS, ...settings, learning_rate: 1e-6 };
    const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
    const found: number[] = [];
    for (let outer = 0; outer < 5; outer++) {
      using teacher = clonePolicy(base);
      const start = outer === 0 ? undefined : loadOptimizer(teacher, directory);
      const rewards = outer === 1 ? [0.1, 0.1] : [0.2, 0.1];
      const { learningRate } = await updateTeacher(
        teacher,
        engine,
        paidByDataset(datasets, rewards),
        all,
        {
          start,
          onEnd: (state) => saveOptimizer(state, directory),
        },
      );
      found.push(Number((learningRate / 1e-6).toFixed(4)));
    }
    using teacher = clonePolicy(base);
    const { steps, position } = loadOptimizer(teacher, directory);
    assert.deepEqual([steps, position], [4, 5]);
    Deno.removeSync(directory, { recursive: true });
    return found;
  };
  assert.deepEqual(await rates({ warmup_steps: 2 }), [0, 0.5, 1, 1, 1]);
  assert.deepEqual(await rates({ warmup_steps: 2, warmup_from: "fraction" }), [0.5, 1, 1, 1, 1]);
  assert.deepEqual(await rates({ lr_scheduler_type: "linear", schedule_steps: 4 }), [
    1,
    0.75,
    0.5,
    0.25,
    0,
  ]);
  const cosine = (t: number) => Number(((1 + Math.cos(Math.PI * t)) / 2).toFixed(4));
  assert.deepEqual(
    await rates({ lr_scheduler_type: "cosine", schedule_steps: 5, warmup_steps: 1 }),
    [0, cosine(0), cosine(0.25), cosine(0.5), cosine(0.75)],
  );
  await assert.rejects(
    updateTeacher(base, engine, paidByDataset(datasets, [1, 2]), {
      ...SETTINGS,
      lr_scheduler_type: "cosine",
    }),
    /Cannot update the teacher: lr_scheduler_type cosine needs schedule_steps/,
  );
});

Deno.test("a KL penalty draws the teacher back to its reference", async () => {
  using away = clonePolicy(base);
  const settings = { ...SETTINGS, learning_rate: 1e-3 };
  const first = await proposeDatasets(base, engine, task, proposed, new Random("t"));
  await updateTeacher(away, engine, paidByDataset(first.datasets, [0.02, 0.01]), settings);
  const { datasets } = await proposeDatasets(away, engine, task, proposed, new Random("u"));
  using free = clonePolicy(away), held = clonePolicy(away);
  const links = { reference: base };
  const none = await updateTeacher(
    free,
    engine,
    paidByDataset(datasets, [0.1, 0.1]),
    settings,
    links,
  );
  assert.deepEqual([none.kl, none.gradNorm], [0, 0]); // beta: 0 does not look at the reference
  const step = await updateTeacher(held, engine, paidByDataset(datasets, [0.1, 0.1]), {
    ...settings,
    beta: 1,
    learning_rate: 1e-5,
  }, links);
  assert.ok(step.kl !== 0 && step.gradNorm > 0);
  const rollouts = datasets.flat().map(({ rollout }) => rollout);
  // Rollouts that are likelier than under the reference become less likely, and the other way round.
  const { sums: before } = await divergence(base, engine, rollouts, 1, away);
  const { sums: after } = await divergence(base, engine, rollouts, 1, held);
  const far = before.indexOf(Math.max(...before)), near = before.indexOf(Math.min(...before));
  assert.ok(after[far]! - after[near]! < before[far]! - before[near]!, `${before} → ${after}`);
});
