import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Weights } from "../../src/models/mod.ts";
import { Sessions } from "../../src/onnx/mod.ts";
import { Random } from "../../src/random/random.ts";
import {
  clonePolicy,
  loadPolicy,
  loadTrainable,
  type Policy,
  savePolicy,
} from "../../src/policy/mod.ts";
import {
  averageEvaluations,
  differenceOf,
  drawRollouts,
  type Engine,
  ENGINE_DEFAULTS,
  evaluate,
  LOGP_TOLERANCE,
  mean,
  paidByDataset,
  proposeDatasets,
  type Rollout,
  scoreRollouts,
  selfTest,
  type StudentStep,
  type StudentTraining,
  trainStudent,
  updateTeacher,
} from "../../src/rl/mod.ts";
import { divergence, toRow, trainerOf } from "../../src/rl/policy_gradient.ts";
import { CORRECT, solve, task } from "../listprog.ts";
import { lossOf, STUDENT } from "../training.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
const base = loadPolicy(MODEL);
const engine: Engine = { sessions: new Sessions(), ...ENGINE_DEFAULTS };

const SETTINGS: StudentTraining = {
  ...STUDENT,
  learning_rate: 3e-4,
  steps: 8,
  batch: 8,
  num_generations: 16,
};

function problem(id: string, text: string, answer = solve(text)!) {
  return { id, problem: text, answer };
}
const DRILLS = Array.from(
  { length: 16 },
  (_, i) => problem(`d${i}`, `${10234 + 5071 * i}a`.slice(-6)),
);

function changed(a: Policy, b: Policy): boolean {
  return [...a.weights.tensors].some(([name, t]) => {
    const other = b.weights.tensors.get(name)!.data;
    return t.data.some((x, i) => x !== other[i]);
  });
}

/** Trains a copy of the base model. */
async function train(settings: Partial<StudentTraining>, seed: string, problems = DRILLS) {
  const student = clonePolicy(base);
  const steps: StudentStep[] = [];
  const all = { ...SETTINGS, ...settings };
  await trainStudent(
    student,
    engine,
    { task, problems, rewards: CORRECT },
    all,
    new Random(seed),
    (step) => steps.push(step),
  );
  return { student, steps };
}

Deno.test("a student learns from right drills what it could rarely do", async () => {
  const { student, steps } = await train({}, "s");
  using _owned = student;
  const held = Array.from(
    { length: 16 },
    (_, i) => problem(`t${i}`, `${90817 - 4999 * i}a`.slice(-6)),
  );
  const sampling = { temperature: 1, max_completion_length: 20, samples: 16 };
  const before = await evaluate(base, engine, task, held, sampling, new Random("e"));
  const after = await evaluate(student, engine, task, held, sampling, new Random("e"));
  assert.ok(before.accuracy < 0.25, `base ${before.accuracy}`);
  assert.ok(after.accuracy > 2 * before.accuracy, `${before.accuracy} → ${after.accuracy}`);
  assert.equal(steps.length, SETTINGS.steps);
});

Deno.test("the same seed gives the same student, another seed another", async () => {
  const short = async (seed: string) => (await train({ steps: 2, beta: 0.001 }, seed)).student;
  using a = await short("x"), b = await short("x"), c = await short("y");
  assert.equal(changed(a, b), false);
  assert.equal(changed(a, c), true);
});

Deno.test("a student held as float16 learns like one of float32, and its float32 numbers are saved", async () => {
  const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    using half = loadPolicy(MODEL, "float16");
    savePolicy(half, directory);
    using student = loadTrainable(directory, undefined, new Random("unused"));
    const first: number[] = [], settings = { ...SETTINGS, beta: 0.001 };
    const lessons = { task, problems: DRILLS, rewards: CORRECT };
    await trainStudent(student, engine, lessons, settings, new Random("s"), (step) => {
      first.push(step.reward);
    });
    assert.ok(first.at(-1)! > first[0]!, `rewards ${first}`);
    savePolicy(student, directory);
    using again = loadPolicy(directory), exact = loadPolicy(directory, "float32");
    assert.equal(changed(again, student), false);
    assert.ok(exact.weights.flat.data.some((x) => x !== Math.f16round(x)), "float16 was saved");
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("after a step the sampler uses the new weights", async () => {
  using student = clonePolicy(base);
  const draw = () =>
    drawRollouts(student, engine, [task.prompt(problem("p", "12345a"))], {
      temperature: 1,
      max_completion_length: 20,
      samples: 8,
    }, new Random("stale"));
  const before = await draw();
  using trainer = trainerOf(student, engine, SETTINGS);
  const rows = before.map((rollout, i) => toRow(rollout, i % 2 === 0 ? 1 : -1));
  await trainer.step(rows, 1e-3);
  const after = await draw();
  await selfTest(student, engine, after, 1); // against the trainer's view of the same weights
  assert.notDeepEqual(after.map(({ logps }) => logps), before.map(({ logps }) => logps));
});

Deno.test("the self-test fails with both numbers when sampler and trainer disagree", async () => {
  const [rollout] = await drawRollouts(base, engine, [task.prompt(problem("p", "12345a"))], {
    temperature: 1,
    max_completion_length: 20,
    samples: 1,
  }, new Random("self"));
  assert.ok(await selfTest(base, engine, [rollout!], 1) < LOGP_TOLERANCE);
  const wrong = {
    ...rollout!,
    logps: rollout!.logps.map((logp, t) => t === 3 ? logp - 0.01 : logp),
  };
  await assert.rejects(
    selfTest(base, engine, [wrong], 1),
    /the sampler gives token 3 of rollout 0 log-probability -[\d.e-]+, the trainer -[\d.e-]+/,
  );
  const nothing = { ...rollout!, logps: rollout!.logps.map(() => NaN) };
  await assert.rejects(selfTest(base, engine, [nothing], 1), /log-probability NaN/);
});

Deno.test("groups that agree make no update, and a metric says so", async () => {
  const plain = [problem("p", "12345r"), problem("q", "54321i")]; // always solved
  const { student, steps } = await train({ steps: 2, batch: 2, num_generations: 4 }, "flat", plain);
  using _owned = student;
  assert.deepEqual(steps.map(({ flat_groups, loss, reward }) => [flat_groups, loss, reward]), [
    [2, 0, 1],
    [2, 0, 1],
  ]);
  assert.equal(changed(student, base), false);
});

Deno.test("rollouts that are all cut off give no NaN and no crash", async () => {
  const { student, steps } = await train({ steps: 1, max_completion_length: 3 }, "cut");
  using _owned = student;
  assert.deepEqual([steps[0]!.finished, steps[0]!.reward, steps[0]!.loss], [0, 0, 0]);
});

Deno.test("a KL penalty is measured and zero at the start", async () => {
  const { student, steps } = await train({ steps: 3, beta: 0.01 }, "kl");
  using _owned = student;
  assert.ok(Math.abs(steps[0]!.kl) < 1e-5);
  assert.ok(steps[2]!.kl > 1e-4);
});

Deno.test("a KL penalty is measured after a step whose last epoch is clipped as a whole", async () => {
  const loss = lossOf("rloo", { epsilon: 0.01, epsilon_high: 0.01 });
  const clipped = { loss, num_iterations: 2, learning_rate: 1e-3, beta: 0.01 };
  const { steps } = await train({ ...clipped, batch: 1, num_generations: 32, steps: 3 }, "clipped");
  const at = steps.findIndex(({ flat_groups, loss }) => flat_groups === 0 && loss !== 0);
  assert.deepEqual([steps[at]!.grad_norm, steps[at]!.kl], [0, 0]);
  assert.ok(steps[at + 1]!.kl !== 0, JSON.stringify(steps));
});

Deno.test("masked completions have no KL penalty, as they have no gradient", async () => {
  using away = clonePolicy(base);
  (away.weights as Weights).flat.data.forEach((_, i, data) => data[i]! *= 1.05);
  const settings = {
    ...SETTINGS,
    beta: 0.5,
    max_completion_length: 13,
    temperature: 1.5,
    steps: 1,
  };
  for (const truncated of ["keep", "mask"] as const) {
    using student = clonePolicy(away);
    const all = { ...settings, truncated }, links = { reference: base };
    const lessons = { task, problems: DRILLS, rewards: CORRECT };
    const found: number[] = [], expected: number[] = [];
    let cut = 0;
    const kept: Rollout[] = [];
    await trainStudent(student, engine, lessons, all, new Random("cut"), (step, rollouts) => {
      found.push(step.kl);
      kept.push(...rollouts);
      cut = rollouts.filter(({ finished }) => !finished).length;
    }, links);
    assert.ok(cut > 0 && cut < kept.length, `${cut} of ${kept.length} are cut off`);
    const { sums } = await divergence(base, engine, kept, 1.5, away);
    sums.forEach((penalty, i) => {
      expected.push(truncated === "mask" && !kept[i]!.finished ? 0 : penalty);
    });
    assert.ok(Math.abs(found[0]! - mean(expected)) < 1e-9, `${truncated}: ${found[0]}`);
  }
});

Deno.test("evaluations tell problems apart whose ids are the same", async () => {
  const sampling = { temperature: 1, max_completion_length: 4, samples: 1 };
  const of = (problems: typeof DRILLS) =>
    evaluate(base, engine, task, problems, sampling, new Random("asked"));
  const [some, same] = [await of(DRILLS.slice(0, 2)), await of(DRILLS.slice(0, 2))];
  const other = await of([problem("d0", "11111a"), problem("d1", "22222b")]);
  assert.deepEqual([differenceOf(some, same), differenceOf(some, other)], [
    undefined,
    "of other problems",
  ]);
  assert.throws(() => averageEvaluations([some, other]), /evaluations of other problems/);
});

Deno.test("greedy samples of a problem are copies, and count once in the interval", async () => {
  const sampling = { temperature: 0, max_completion_length: 20 };
  const intervals = [];
  for (const samples of [1, 8]) {
    const all = { ...sampling, samples };
    const { interval } = await evaluate(base, engine, task, DRILLS, all, new Random("greedy"));
    intervals.push(interval);
  }
  assert.deepEqual(intervals[0], intervals[1]);
});

Deno.test("the teacher fills its datasets exactly, and tells what it drew", async () => {
  const settings = { datasets: 3, size: 5, limit: 1000, temperature: 1, max_completion_length: 60 };
  const proposals = await proposeDatasets(base, engine, task, settings, new Random("teacher"));
  assert.deepEqual(proposals.datasets.map((dataset) => dataset.length), [5, 5, 5]);
  for (const { problem, answer, judgement, rollout } of proposals.datasets.flat()) {
    assert.deepEqual(await task.proposer.parse(rollout.text), { problem, answer });
    assert.deepEqual(judgement, { well_posed: true, right: solve(problem) === answer });
  }
  const ids = proposals.datasets.flat().map(({ id }) => id);
  assert.equal(new Set(ids).size, 15);
});

Deno.test("a teacher that poses nothing well-formed is told after the limit", async () => {
  const settings = { datasets: 1, size: 2, limit: 6, temperature: 1, max_completion_length: 4 };
  await assert.rejects(proposeDatasets(base, engine, task, settings, new Random("mute")), {
    message: "Cannot fill 1 datasets of 2: of 6 proposals 0 are well-formed (6: it was cut off); " +
      "raise limit, or use a teacher that poses problems",
  });
});

Deno.test("the teacher's update makes the rewarded dataset more likely and the other less", async () => {
  using teacher = clonePolicy(base);
  const settings = { datasets: 2, size: 8, limit: 1000, temperature: 1, max_completion_length: 60 };
  const { datasets } = await proposeDatasets(base, engine, task, settings, new Random("update"));
  await updateTeacher(teacher, engine, paidByDataset(datasets, [0.02, 0.01]), {
    ...SETTINGS,
    estimator: "rloo_normalized",
    learning_rate: 2e-4,
  });
  const gain = async (k: number) => {
    const rollouts = datasets[k]!.map(({ rollout }) => rollout);
    const total = async (policy: Policy) =>
      (await scoreRollouts(policy, engine, rollouts, 1)).flat().reduce((a, b) => a + b, 0);
    return await total(teacher) - await total(base);
  };
  assert.ok(await gain(0) > 0 && await gain(1) < 0, `${await gain(0)}, ${await gain(1)}`);
  assert.throws(
    () => paidByDataset(datasets, [1]),
    /Cannot update the teacher: 1 rewards for 2 datasets/,
  );
});

Deno.test("an evaluation records its sampling, its interval and unbiased pass@k", async () => {
  const sampling = { temperature: 0, max_completion_length: 20, samples: 4 };
  const plain = [problem("p", "12345r"), problem("x", "12345r", "00000")];
  const evaluation = await evaluate(base, engine, task, plain, sampling, new Random("greedy"));
  assert.deepEqual(evaluation.sampling, { ...sampling, greedy: true });
  assert.deepEqual(evaluation.pass_at, { "1": 0.5, "4": 0.5 });
  assert.deepEqual(evaluation.results, [
    { id: "p", correct: 4, samples: 4, answers: Array(4).fill("54321") },
    { id: "x", correct: 0, samples: 4, answers: Array(4).fill("54321") },
  ]);
  assert.ok(evaluation.interval[0] < 0.5 && evaluation.interval[1] > 0.5);
});

Deno.test("a grader is told whether a policy is measured or trained, and where answers are in form it is reported", async () => {
  const told = new Set<boolean | undefined>();
  const watching = {
    ...task,
    grade(_: unknown, completion: string, { measuring }: { readonly measuring?: boolean }) {
      told.add(measuring);
      return {
        outcome: "wrong" as const,
        answer: completion,
        well_formed: completion.includes("7"),
      };
    },
  };
  const sampling = { temperature: 1, max_completion_length: 20, samples: 4 };
  const evaluation = await evaluate(base, engine, watching, DRILLS, sampling, new Random("form"));
  assert.deepEqual([...told], [true]);
  const formed = evaluation.results.flatMap(({ answers }) => answers)
    .map((answer) => answer!.includes("7"));
  assert.equal(evaluation.well_formed, mean(formed.map(Number)));
  assert.ok(
    evaluation.well_formed! > 0 && evaluation.well_formed! < 1,
    `${evaluation.well_formed}`,
  );
  told.clear();
  using student = clonePolicy(base);
  const lessons = { task: watching, problems: DRILLS, rewards: CORRECT };
  await trainStudent(student, engine, lessons, { ...SETTINGS, steps: 1 }, new Random("form"));
  assert.deepEqual([...told], [undefined]);
});
