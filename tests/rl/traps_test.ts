/**
 * The sixteen traps of RL on language models (Advantages, masks, seeds, weights, and what frameworks get wrong about them), and the test that fails when each is put back.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Sessions } from "../../src/onnx/mod.ts";
import { Random } from "../../src/random/random.ts";
import { adaptPolicy, clonePolicy, loadPolicy } from "../../src/policy/mod.ts";
import {
  type Engine,
  ENGINE_DEFAULTS,
  type StudentTraining,
  trainStudent,
} from "../../src/rl/mod.ts";
import { LOSSES } from "../../src/losses/mod.ts";
import { STAGES } from "../../stages/mod.ts";
import { rewardsOf, solve, task } from "../listprog.ts";
import { Rig } from "../rig.ts";
import { lossOf, STUDENT } from "../training.ts";

/** Trap, test file and the start of a test's name. */
const TRAPS: readonly (readonly [trap: string, file: string, test: string])[] = [
  ["1 sampler and trainer disagree", "rl/student_test", "the self-test fails with both numbers"],
  ["1 with any architecture", "generate/generate_test", "sampled log-probabilities equal teacher"],
  ["2 temperature forgotten", "generate/generate_test", "sampled log-probabilities equal teacher"],
  ["2 greedy divides by 0", "generate/generate_test", "greedy decoding takes the most likely"],
  ["3 truncated support", "rl/traps_test", "top-p and top-k are refused"],
  ["4 stale weights", "rl/student_test", "after a step the sampler uses the new weights"],
  ["5 re-tokenised completions", "rl/traps_test", "what is trained on is the ids that were drawn"],
  ["6 several end ids", "generate/generate_test", "generate() stops at any end id"],
  ["6 pad is end", "train/trainer_test", "pad id and end id may be the same"],
  ["7 padding", "train/trainer_test", "a row's log-probabilities do not depend on the padding"],
  ["8 all cut off", "rl/student_test", "rollouts that are all cut off give no NaN"],
  ["8 no variance", "rl/student_test", "groups that agree make no update"],
  ["9 micro-batches", "train/trainer_test", "micro-batches make the same step as one batch"],
  ["10 label shift, clipping", "rl/formulas_test", "the RLOO loss and its gradient equal TRL's"],
  ["11 one seed for a group", "generate/generate_test", "generate() draws the same whatever"],
  ["12 unused settings", "rl/traps_test", "every setting of a student's training changes"],
  ["12 unknown settings", "core/diagnostics_test", "a misspelt key of a stage"],
  ["13 unscorable is no 0", "rl/formulas_test", "advantages() leave unscorable rows out"],
  ["14 resume", "cli/soar_test", "the shortened main job: whole, again, changed"],
  ["15 sampling recorded", "rl/student_test", "an evaluation records its sampling"],
  ["16 groups", "rl/formulas_test", "advantages() take the group, not the batch"],
];

Deno.test("every trap has its test", () => {
  for (const [trap, file, test] of TRAPS) {
    const text = Deno.readTextFileSync(new URL(`../${file}.ts`, import.meta.url));
    assert.ok(text.includes(test), `${trap}: no test "${test}" in ${file}`);
  }
  assert.equal(new Set(TRAPS.map(([trap]) => trap.split(" ")[0])).size, 16);
});

const base = loadPolicy(fileURLToPath(new URL("../../examples/models/listprog", import.meta.url)));
const engine: Engine = { sessions: new Sessions(), ...ENGINE_DEFAULTS };
const problems = Array.from({ length: 4 }, (_, i) => {
  const problem = `${10234 + 5071 * i}a`.slice(-6);
  return { id: `${i}`, problem, answer: solve(problem)! };
});

const SETTINGS: StudentTraining = {
  ...STUDENT,
  learning_rate: 1e-3,
  steps: 3,
  batch: 4,
  num_iterations: 3, // the first is on policy, where clipping has nothing to do
};

/** 1 for a right answer, 0.3 for a wrong one beside the right one, 0.1 for another. */
const WEIGHTS = { correct: 0.9, mentioned: 0.2, formatted: 0.1 };

async function train(
  settings: Partial<StudentTraining>,
  adapters = false,
  weights: Readonly<Record<string, number>> = WEIGHTS,
): Promise<string> {
  const adapter = { rank: 2, alpha: 4, targets: ["q_proj"] } as const;
  const start = clonePolicy(base);
  using student = adapters ? adaptPolicy(start, adapter, new Random("a")) : start;
  const all = { ...SETTINGS, ...settings };
  const lessons = { task, problems, rewards: rewardsOf(weights) };
  await trainStudent(student, engine, lessons, all, new Random("settings"));
  return `${student.weights.flat.data} ${student.adapters?.flat.data}`;
}

/** A value other than the one above for each setting. */
const OTHERS: Readonly<Record<keyof StudentTraining, unknown>> = {
  estimator: "grpo",
  loss: lossOf("dapo"),
  learning_rate: 2e-3,
  lr_scheduler_type: "linear",
  warmup_steps: 2,
  warmup_from: "fraction",
  schedule_steps: 100,
  weight_decay: 0.1,
  decay_on: "all",
  max_grad_norm: 0.001,
  steps: 2,
  batch: 2,
  num_generations: 8,
  temperature: 0.8,
  max_completion_length: 8,
  beta: 0.5,
  num_iterations: 1,
  truncated: "mask",
  gradient_checkpointing: true,
};

/** Another value of each setting of a loss. */
const LOSS_SETTINGS: Readonly<Record<string, unknown>> = {
  epsilon: 0.001,
  epsilon_high: 1e-5,
  importance_sampling_level: "sequence",
  beta: 0.5,
  max_completion_length: 1,
};

/** What a setting needs to have something to do. */
const NEEDED: Partial<Record<keyof StudentTraining, Partial<StudentTraining>>> = {
  warmup_from: { warmup_steps: 2 },
  schedule_steps: { lr_scheduler_type: "linear" },
  decay_on: { weight_decay: 0.1 },
  truncated: { max_completion_length: 12 },
};

Deno.test("every setting of a student's training changes what comes out, but for gradient_checkpointing", async () => {
  const plain = await train({});
  for (const [name, value] of Object.entries(OTHERS)) {
    const needed = NEEDED[name as keyof StudentTraining];
    const known = needed === undefined ? plain : await train(needed);
    const other = await train({ ...needed, [name]: value });
    if (name === "gradient_checkpointing") assert.equal(other, known, name);
    else assert.notEqual(other, known, name);
  }
  // Settings of losses; every one of every loss, with what it needs to have something to do.
  for (const [name, { config }] of Object.entries(LOSSES)) {
    if (name === "cross_entropy") continue;
    const own = await train({ loss: lossOf(name) });
    for (const setting of Object.keys(config.properties)) {
      // Clipping is so narrow by default that a narrower one would be no other.
      const isWide = name === "gspo" && setting.startsWith("epsilon");
      const value = isWide ? 0.9 : LOSS_SETTINGS[setting];
      assert.ok(value !== undefined, `${name}.${setting}`);
      const other = await train({ loss: lossOf(name, { [setting]: value }) });
      assert.notEqual(other, own, `${name}.${setting}`);
    }
  }
  assert.notEqual(await train({}, true), plain);
  assert.notEqual(await train({}, false, { correct: 1 }), plain);
  const declared = Object.keys(STAGES.train_student!.config.properties);
  // tests/stages/settings_test.ts has these.
  const elsewhere = [
    ...["task", "rewards", "adapter", "keep_optimizer"],
    ...["extra_steps", "extra_promotions", "checkpoint_every"],
  ];
  assert.deepEqual(declared.toSorted(), [...Object.keys(OTHERS), ...elsewhere].toSorted());
});

Deno.test("top-p and top-k are refused where a policy is trained", () => {
  using rig = new Rig();
  rig.stages.train_student = STAGES.train_student!;
  for (const setting of ["top_p", "top_k", "min_p", "stop_strings"]) {
    const text = `name: t\nsteps:\n  s: { uses: train_student, with: { ${setting}: 0.9 } }\n`;
    assert.throws(() => rig.plan(text), new RegExp(`unknown key ${setting}`));
  }
});

Deno.test("what is trained on is the ids that were drawn, not the text read again", async () => {
  // A policy whose text cannot be encoded any more once it was decoded.
  let encoded = 0;
  const { tokenizer } = base;
  const once = Object.create(tokenizer, {
    encode: { value: (text: string) => (encoded++, tokenizer.encode(text)) },
    decode: { value: () => "\u0000" },
  });
  using student = { ...clonePolicy(base), tokenizer: once };
  const settings = { ...SETTINGS, steps: 1, num_iterations: 1 };
  const lessons = { task, problems, rewards: rewardsOf(WEIGHTS) };
  await trainStudent(student, engine, lessons, settings, new Random("ids"));
  assert.equal(encoded, settings.batch); // the prompts alone
});
