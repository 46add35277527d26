/** The paper's numbers (SOAR, arXiv 2601.18778) in the pipelines that have its settings. @module */
import assert from "node:assert/strict";
import { parse } from "yaml";
import type { Used } from "../../schemas/infer.ts";
import { tooLarge } from "../../src/cli/costs.ts";
import { openFile } from "../../src/cli/pipeline_file.ts";
import { Document } from "../../src/core/mod.ts";
import { earn } from "../../src/rl/rewards.ts";
import { Definitions } from "../../src/stage/definitions.ts";
import { planned } from "./paper.ts";

const math = await planned("soar_math");
const file = (name: string) => new URL(`../../pipelines/${name}.yaml`, import.meta.url);
const STUDENT = "meta[0].students@dataset=0,repeat=0";

Deno.test("soar_math.yaml has the paper's settings", () => {
  const shared = {
    learning_rate: 1e-5,
    lr_scheduler_type: "cosine",
    beta: 0.001,
    temperature: 1,
    loss: { uses: "rloo", epsilon: 0.2 },
    estimator: "rloo",
    weight_decay: 0,
  };
  const student = {
    ...shared,
    batch: 8,
    num_generations: 32,
    max_completion_length: 1024,
    rewards: {
      correct: { uses: "correct", weight: 110 },
      mentioned: { uses: "mentioned", weight: 10 },
      formatted: { uses: "formatted", weight: 10 },
    },
  };
  const sampled = { max_completion_length: 1024, temperature: 1 };
  const expected: Record<string, Record<string, unknown>> = {
    base: { repo: "meta-llama/Llama-3.2-3B-Instruct" },
    problems: { repo: "EleutherAI/hendrycks_math", split: "test", subset: "*", limit: 5000 },
    hard: { ...sampled, samples: 128, max_correct: 0, train: 0.5, test: 0.5 },
    "meta[0].propose": { datasets: 4, size: 64, max_completion_length: 512, temperature: 1 },
    "meta[199].probe": { count: 64 },
    [STUDENT]: { ...student, steps: 10, extra_steps: 5, warmup_steps: 0 },
    "meta[0].baseline": { samples: 1, temperature: 0, max_completion_length: 1024 },
    "meta[0].progress@dataset=3,repeat=3": { samples: 1, temperature: 0 },
    "meta[0].promote": { tau: 0.01, window: 3 },
    "meta[0].teach": { ...shared, warmup_steps: 20, schedule_steps: 200, keep_optimizer: true },
    "hard_only@seed=0": { ...student, steps: 1500, warmup_steps: 20 },
    "questions@seed=0": { ...student, steps: 64, warmup_steps: 20, keep_optimizer: true },
    "curriculum@seed=5": { ...student, steps: 1500, schedule_steps: 1564 },
    "curriculum_test@seed=0,checkpoint=29": { ...sampled, samples: 32 },
    "curriculum_report@seed=0": { window: 25, share: 0.15, after: 200 },
    written: { datasets: 1, size: 128, max_completion_length: 512 },
  };
  for (const [step, settings] of Object.entries(expected)) {
    const config = math.config(step);
    const given = Object.fromEntries(Object.keys(settings).map((key) => [key, config[key]]));
    assert.deepEqual(given, settings, step);
  }
  // What is left out is what the paper leaves open: each dataset's length is the loop's own, steps are as many as said.
  assert.equal(math.config(STUDENT).schedule_steps, undefined);
  assert.equal(math.config(STUDENT).extra_promotions, undefined);
  const { inputs } = math.plan.steps.find(({ id }) => id === "meta[7].teach")!;
  assert.deepEqual(inputs.reference!.sources, [{ step: "base", port: "policy" }]);
});

Deno.test("an outer step is 256 proposals, 16 students, 40,960 rollouts and 1,088 greedy evaluations", () => {
  const iteration = "meta[3].";
  const { steps } = math.plan;
  assert.equal(math.work("sample_problems", iteration).rollouts, 256);
  assert.equal(steps.filter(({ id }) => id.startsWith(`${iteration}students@`)).length, 16);
  assert.equal(math.work("train_student", iteration).rollouts, 40_960);
  assert.equal(math.work("evaluate", iteration).rollouts, 1_088);
  assert.equal(steps.filter(({ id }) => /^meta\[\d+\]\.teach$/.test(id)).length, 200);
});

Deno.test("counts beside the loop: the hard set, fresh students, their checkpoints", () => {
  assert.equal(math.work("select_hard").rollouts, 5000 * 128);
  const seeds = 6, arms = 3;
  assert.equal(
    math.work("train_student").rollouts,
    200 * 40_960 + seeds * 256 * (arms * 1500 + 2 * 64),
  );
  const tests = seeds * arms * 30 + 3; // and the base model, the promoted student and the teacher
  assert.equal(math.work("evaluate").rollouts, 200 * 1_088 + tests * 360 * 32);
});

/** Llama-3.2-3B, by hand: 28 layers of width 3072 with 8 of 24 heads for keys, and 8192 inside; a tied vocabulary. */
const LAYER = 3072 * (3072 + 2 * 1024 + 3072) + 3 * 3072 * 8192, HEAD = 3072 * 128_256;
const WEIGHTS = 28 * (LAYER + 2 * 3072) + 3072 + HEAD;

Deno.test("operations are those of a calculation by hand", async () => {
  const attention = (from: number, to: number) =>
    4 * 28 * 3072 * (to * (to + 1) - from * (from + 1)) / 2;
  const prompt = 64 + Math.ceil(62 / 4), whole = prompt + 1024, layers = 28 * LAYER;
  const reading = 2 * layers * prompt + attention(0, prompt);
  const writing = 2 * (layers + HEAD) * 1024 + attention(prompt, whole);
  const scoring = 2 * layers * whole + 2 * HEAD * 1024 + attention(0, whole);
  // Of a student's step: 8 prompts are read, 256 rollouts drawn, compared with the reference, and trained on: forwards, forwards
  // again, and backwards, which is twice that.
  const step = 8 * reading + 256 * (writing + scoring + 4 * scoring);
  assert.equal(WEIGHTS, 3_212_749_824);
  assert.equal(math.work("train_student", "meta[0].").flops, 16 * 10 * step);

  // Of the teacher: its prompt is longer, and its completions are as long as where they were sampled.
  const { proposer } = await new Definitions().task(math.config("meta[0].propose").task as Used);
  const asked = Math.ceil(proposer!.prompt.text.length / 4);
  const row = 2 * layers * (asked + 512) + 2 * HEAD * 512 + attention(0, asked + 512);
  assert.equal(math.work("update_teacher", "meta[0].").flops, 256 * 5 * row);
});

Deno.test("what is kept and held is what a calculation by hand says, in float32", () => {
  const policy = 4 * WEIGHTS;
  // 16 students, and the teacher with two moments.
  assert.equal(math.work("train_student", "meta[0].").bytes, 16 * policy);
  assert.equal(math.work("update_teacher", "meta[0].").bytes, 3 * policy);
  const loop = math.plan.steps.filter(({ id }) => id.startsWith("meta["));
  const kept = loop.reduce((sum, { id }) => sum + (math.estimates.get(id)?.work?.bytes ?? 0), 0);
  assert.equal(kept, 200 * 19 * policy); // 48.8 TB
  // Weights, gradient, two moments, the reference; and activations of a few rows.
  const { memory } = math.estimates.get(STUDENT)!;
  assert.ok(memory! > 5 * policy && memory! < 5 * policy + 5 * 2 ** 30, `${memory}`);
  const { memory: teaching } = math.estimates.get("meta[0].teach")!;
  assert.ok(teaching! > 5 * policy && teaching! < 5 * policy + 5 * 2 ** 30, `${teaching}`);
  const { memory: drawing } = math.estimates.get("hard")!;
  assert.ok(drawing! > policy && drawing! < policy + 5 * 2 ** 30, `${drawing}`);
});

Deno.test("8B fits with adapters, and is refused without them, with the number and what to do", async () => {
  const refusal = (plan: typeof math) => {
    const { steps } = plan.plan;
    const sized = steps.map(({ id: step }) => ({ step, ...plan.estimates.get(step) }));
    return tooLarge(sized, 80 * 2 ** 30);
  };
  const short = ["params.outer_steps=1", "params.seeds=1"];
  const adapted = await planned("soar_math_8b", ...short);
  assert.equal(refusal(adapted), undefined);
  assert.equal(adapted.config(STUDENT).learning_rate, 1e-4);
  // 64 · (in + out) of each projection, of 32 layers: 16 MB for each million.
  const adapters = 32 * 64 * (2 * (4096 + 4096) + 2 * (4096 + 1024) + 3 * (4096 + 14_336));
  assert.equal(adapted.work("train_student", "meta[0].").bytes, 16 * 4 * adapters);

  const full = await planned("soar_math_8b", "params.adapter=null", ...short);
  const weights = 4 * 8_030_261_248;
  assert.ok(4 * weights > 128e9);
  assert.ok(full.estimates.get("meta[0].teach")!.memory! > 5 * weights);
  assert.match(
    refusal(full)!,
    /^error: meta\[0\]\.teach needs 15\d\.\d GiB, and there are 80\.0 GiB .*; train adapters \(adapter\), .*\(--memory 80GiB\)$/,
  );
});

Deno.test("HARP and OlympiadBench are planned without their files, mixed throughout, at step 50", async () => {
  const harp = await planned("soar_math_harp", "params.outer_steps=1");
  assert.equal(harp.work("select_hard").rollouts, 4768 * 128);
  assert.equal(harp.estimates.get("base_test")!.work!.rollouts, 714 * 32);
  const sourcesOf = ({ plan }: typeof harp, step: string, port: string) =>
    plan.steps.find(({ id }) => id === step)!.inputs[port]!.sources;
  assert.deepEqual(sourcesOf(harp, "both", "second"), [{ step: "hard", port: "train" }]);
  assert.deepEqual(sourcesOf(harp, "mixed@seed=0", "problems"), [{
    step: "both",
    port: "problems",
  }]);

  const olympiad = await planned("soar_math_olympiad", "params.outer_steps=1");
  assert.equal(olympiad.estimates.get("olympiad_hard")!.work!.rollouts, 674 * 128);
  assert.equal(olympiad.estimates.get("base_test")!.work!.rollouts, 158 * 32);
  // It is held out: the loop is HARP's, so that its results are.
  assert.deepEqual(sourcesOf(olympiad, "meta[0].probe", "problems"), [{
    step: "hard",
    port: "train",
  }]);
  assert.deepEqual(olympiad.config(STUDENT), harp.config(STUDENT));
  for (const step of ["both", "written_and_hard"]) {
    assert.deepEqual(sourcesOf(olympiad, step, "second"), [{
      step: "olympiad_hard",
      port: "train",
    }]);
  }
  for (const arm of ["hard_only", "mixed", "teacher_mixed"]) {
    const { steps, schedule_steps, checkpoint_every } = olympiad.config(`${arm}@seed=0`);
    assert.deepEqual([steps, schedule_steps, checkpoint_every], [50, 1500, 50], arm);
  }
});

Deno.test("soar_math_olympiad.yaml reads OlympiadBench as data/olympiad_bench.yaml does", () => {
  const given = parse(Deno.readTextFileSync(file("data/olympiad_bench"))).steps.problems.with;
  const { path, repo, revision, subset, split, limit, expect, ...layout } = given;
  const own = parse(Deno.readTextFileSync(file("soar_math_olympiad"))).steps.olympiad.with;
  for (const [key, value] of Object.entries(layout)) assert.deepEqual(own[key], value, key);
  assert.deepEqual(
    Object.keys(own).toSorted(),
    [
      ...Object.keys({ path, repo, revision, subset, split, limit, ...layout }),
    ].toSorted(),
  );
  assert.equal(expect, "${params.expect}");
});

Deno.test("soar_math_intrinsic.yaml is soar_math.yaml with another reward", () => {
  // deno-lint-ignore no-explicit-any -- as parsed
  const whole = (name: string) => Document.read(file(name).pathname, openFile).value as any;
  const given = whole("soar_math_intrinsic"), soar = whole("soar_math");
  const { reward } = given.steps.meta.steps;
  assert.deepEqual([reward.uses, reward.with], ["reward_learnability", { samples: 32 }]);
  reward.uses = "reward_grounded";
  delete reward.with;
  for (const step of ["arms", "report"]) given.steps[step].with = soar.steps[step].with;
  assert.deepEqual(given, { ...soar, name: given.name, summary: given.summary });
});

Deno.test("a student is paid 120, 20, 10 or 0", async () => {
  const library = new Definitions(), config = math.config(STUDENT);
  const task = await library.task(config.task as Used);
  const rewards = await library.rewards(config.rewards as never);
  const problem = { id: "p", problem: "What is 1/2 + 1?", answer: "\\frac{3}{2}" };
  const paid = async (completion: string) => {
    const verdict = await task.grade(problem, completion, {});
    return (await earn(rewards, { problem, completion, verdict, finished: true, tokens: 1 }))
      .reward;
  };
  assert.equal(await paid("It is \\boxed{1.5}."), 120);
  assert.equal(await paid("First \\frac{3}{2}, so \\boxed{\\frac{3}{2}}."), 120);
  assert.equal(await paid("It could be \\frac{3}{2}, or \\boxed{2}."), 20);
  assert.equal(await paid("It is \\boxed{2}."), 10);
  assert.equal(await paid("The answer is \\frac{3}{2}."), 0);
  assert.equal(await paid(""), 0);
});
