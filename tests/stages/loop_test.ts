/** Stages of the meta-loop by themselves. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Artifact } from "../../src/core/stage.ts";
import { Weights } from "../../src/models/mod.ts";
import { loadPolicy, savePolicy } from "../../src/policy/mod.ts";
import { Random } from "../../src/random/random.ts";
import { loadOptimizer, type StudentStep } from "../../src/rl/mod.ts";
import type { Problem } from "../../src/graders/grader.ts";
import { solve } from "../listprog.ts";
import { readJson, readLines, readProblems } from "../../src/stage/artifact_files.ts";
import { Bench, contents } from "./run_stage.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
const BASE: Artifact = { kind: "policy", digest: "base", directory: MODEL };
const DRILLS: readonly Problem[] = Array.from({ length: 16 }, (_, i) => {
  const problem = `${10234 + 5071 * i}a`.slice(-6);
  return { id: `d${i}`, problem, answer: solve(problem)! };
});
const ids = (artifact: Artifact | undefined) => readProblems(artifact!).map(({ id }) => id);

Deno.test("draw_problems draws each problem at most once, by its seed, in the set's order", async () => {
  using bench = new Bench();
  const problems = bench.problems(DRILLS);
  const draw = async (count: number, seed: string) =>
    ids((await bench.run("draw_problems", { count }, { problems }, seed)).outputs.problems);
  const some = await draw(6, "meta[0].draw");
  assert.equal(new Set(some).size, 6);
  assert.deepEqual(some, DRILLS.map(({ id }) => id).filter((id) => some.includes(id)));
  assert.deepEqual(await draw(6, "meta[0].draw"), some);
  assert.notDeepEqual(await draw(6, "meta[1].draw"), some);
  // Each problem has the same chance.
  const counts = new Map<string, number>();
  for (let i = 0; i < 200; i++) {
    for (const id of await draw(4, `${i}`)) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  for (const { id } of DRILLS) {
    assert.ok(counts.get(id)! > 25 && counts.get(id)! < 80, `${id}: ${counts.get(id)}`);
  }
  // All of a set is the set, byte for byte, so that what follows is a hit.
  for (const count of [16, 64]) {
    const { outputs, metrics } = await bench.run("draw_problems", { count }, { problems });
    assert.equal(contents(outputs.problems!.directory), contents(problems.directory));
    assert.deepEqual(metrics, { problems: 16, of: 16 });
  }
});

Deno.test("merge_problems puts sets together, and keeps ids apart", async () => {
  using bench = new Bench();
  const set = (id: string, problem: string) => bench.problems([{ id, problem, answer: "1" }]);
  const made = await bench.run("merge_problems", {}, {
    first: [set("p0", "a"), set("p0", "b")],
    second: [set("h0", "c"), set("p0~2", "d"), bench.problems([])],
  });
  const merged = readProblems(made.outputs.problems!);
  assert.deepEqual(merged.map(({ id, problem }) => `${id} ${problem}`), [
    "p0 a",
    "p0~2 b",
    "h0 c",
    "p0~2~2 d",
  ]);
  assert.deepEqual(made.metrics, { problems: 4, sets: [1, 1, 1, 1, 0] });
});

Deno.test("merge_problems keeps what a data set has besides, and no rollouts of a teacher", async () => {
  using bench = new Bench();
  const first = bench.problems([{ id: "a", problem: "p", answer: "1", test_list: ["assert f()"] }]);
  const posed = {
    id: "a",
    problem: "q",
    answer: "2",
    rollout: { text: "q" },
    judgement: { right: true },
  };
  const made = await bench.run("merge_problems", {}, {
    first: [first],
    second: [bench.problems([posed])],
  });
  assert.deepEqual(readProblems(made.outputs.problems!), [
    { id: "a", problem: "p", answer: "1", test_list: ["assert f()"] },
    { id: "a~2", problem: "q", answer: "2" },
  ]);
});

Deno.test("promoted questions of several outer steps have ids of their own", async () => {
  using bench = new Bench();
  const datasets = [bench.problems(DRILLS.slice(0, 2)), bench.problems(DRILLS.slice(2, 4))];
  const inputs = {
    rewards: bench.json("rewards", { rewards: [0, 1], repeats: [[0], [1]] }),
    baseline: BASE,
    students: [BASE, BASE],
    datasets,
  };
  const first = await bench.run("promote", { tau: 0 }, inputs);
  const previous = first.outputs.promotion!;
  const second = await bench.run("promote", { tau: 0 }, { ...inputs, previous });
  assert.deepEqual(ids(second.outputs.questions), ["q1.d2", "q1.d3", "q2.d2", "q2.d3"]);
});

const SHORT = { task: "listprog", steps: 2, batch: 2, num_generations: 4 };

Deno.test("promotions add steps to a student's training, each, or so many", async () => {
  using bench = new Bench();
  const problems = bench.problems(DRILLS);
  const steps = async (config: Record<string, unknown>, count?: number) => {
    const promotion = count === undefined ? undefined : bench.json("promotion", { count });
    const { metrics, outputs } = await bench.run(
      "train_student",
      { ...SHORT, ...config },
      { policy: BASE, problems, promotion },
    );
    const taken = readLines<StudentStep>(outputs.rollouts!, "steps.jsonl").length;
    assert.deepEqual([metrics.steps, metrics.rollouts], [taken, taken * 8]);
    return taken;
  };
  assert.equal(await steps({}, 3), 2);
  assert.equal(await steps({ extra_steps: 2 }, 0), 2);
  assert.equal(await steps({ extra_steps: 2 }, 2), 6);
  assert.equal(await steps({ extra_steps: 2, extra_promotions: 1 }, 2), 4);
  await assert.rejects(steps({ extra_steps: 2 }), /extra_steps has no promotions to go by/);
});

Deno.test("a student's optimizer is kept when asked for, and its checkpoints are its policies at those steps", async () => {
  using bench = new Bench();
  const problems = bench.problems(DRILLS);
  const train = (config: Record<string, unknown>) =>
    bench.run("train_student", { ...SHORT, ...config }, { policy: BASE, problems });
  const plain = await train({ steps: 4 });
  assert.equal(contents(plain.outputs.optimizer!.directory), "");
  assert.deepEqual(plain.items.checkpoints, []);

  const kept = await train({ steps: 4, checkpoint_every: 2, keep_optimizer: true });
  const { directory } = kept.outputs.policy!;
  assert.equal(contents(directory), contents(plain.outputs.policy!.directory));
  using policy = loadPolicy(directory);
  assert.equal(loadOptimizer(policy, kept.outputs.optimizer!.directory).position, 4);
  const short = await train({ steps: 2 });
  const at = (made: Artifact | undefined) => contents(made!.directory);
  const [first, second, ...rest] = kept.items.checkpoints!;
  assert.deepEqual([at(first), at(second)], [at(short.outputs.policy), at(kept.outputs.policy)]);
  assert.deepEqual(rest, []);
  assert.deepEqual(readJson(kept.outputs.rollouts!, "checkpoints"), { steps: [2, 4] });

  // What is not kept cannot be gone on with, and the error says what to set.
  await assert.rejects(
    bench.run("train_student", SHORT, {
      policy: plain.outputs.policy,
      problems,
      optimizer: plain.outputs.optimizer,
    }),
    /it is empty; set keep_optimizer: true/,
  );
});

/** An evaluation of three problems. */
const measured = (right: readonly number[], samples = 4, change: Record<string, unknown> = {}) => ({
  problems: 3,
  sampling: { temperature: 1, max_completion_length: 8, samples, greedy: false },
  accuracy: right.reduce((a, b) => a + b, 0) / (3 * samples),
  interval: [0, 1],
  pass_at: {},
  results: right.map((correct, i) => ({ id: `h${i}`, correct, samples, answers: ["7", null] })),
  ...change,
});

Deno.test("report pairs policies by problem, and leaves out columns that nobody fills", async () => {
  using bench = new Bench();
  const { metrics } = await bench.run("report", {}, {
    evaluations: {
      base: bench.json("evaluation", measured([0, 1, 2])),
      student: bench.json("evaluation", measured([1, 2, 3], 4, { well_formed: 0.5 })),
    },
  });
  const [, , , , head, , base, student] = (metrics.report as string).split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()).slice(1, -1));
  assert.deepEqual(head, [
    "policy",
    "pass@1",
    "95 % interval",
    "gain over base, 95 %",
    "answered",
    "well-formed",
    "samples each",
  ]);
  assert.deepEqual(base, ["base", "25.00 %", "0.00 % – 100.00 %", "", "50.00 %", "", "4"]);
  // A gain of one in four on each problem has no spread, however far the problems are apart.
  assert.deepEqual(student!.slice(3), ["25.00 %, 25.00 % – 25.00 %", "50.00 %", "50.00 %", "4"]);
});

Deno.test("report takes any number of evaluations, tables those apart that cannot be compared, and series", async () => {
  using bench = new Bench();
  const of = (right: readonly number[], change = {}) =>
    bench.json("evaluation", measured(right, 4, change));
  const evaluations = {
    first: of([1, 1, 1]),
    elsewhere: of([4, 4, 4], { asked: "other" }),
    second: of([2, 2, 2]),
    third: of([3, 3, 3]),
  };
  const series = {
    probe: [of([0, 0, 0]), of([1, 1, 1], { asked: "other" })],
    one: [of([2, 2, 2])],
  };
  const { metrics } = await bench.run("report", { baseline: "second" }, { evaluations, series });
  const rows = (metrics.report as string).split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").map((cell) => cell.trim()).slice(1, -1));
  assert.deepEqual(rows.map(([name]) => name).filter((name) => !name!.startsWith("-")), [
    ...["policy", "first", "second", "third"],
    ...["policy", "elsewhere"],
    ...["", "0", "1"],
  ]);
  assert.equal(rows[0]![3], "gain over second, 95 %");
  assert.deepEqual(rows.slice(2, 5).map((row) => row[3]!.split(",")[0]), [
    "-25.00 %",
    "",
    "25.00 %",
  ]);
  assert.deepEqual(rows.slice(-2), [["0", "0.00 %", "50.00 %"], ["1", "25.00 %", ""]]);
  await assert.rejects(
    bench.run("report", { baseline: "fourth" }, { evaluations }),
    /fourth is none of the evaluations/,
  );
  await assert.rejects(bench.run("report", {}, {}), /there is nothing to report/);
});

Deno.test("reward_grounded pays equal gains equally, and compares what can be compared", async () => {
  using bench = new Bench();
  const datasets = [bench.problems([]), bench.problems([])];
  const reward = async (before: unknown, after: readonly unknown[]) => {
    const { outputs } = await bench.run("reward_grounded", {}, {
      policy: BASE,
      datasets,
      before: bench.json("evaluation", before),
      after: after.map((one) => bench.json("evaluation", one)),
    });
    return readJson<{ rewards: number[]; repeats: number[][] }>(outputs.rewards!, "rewards");
  };
  const start = measured([1, 2, 0]);
  const after = [[1, 2, 1], [2, 0, 0], [1, 1, 1], [0, 0, 3]].map((right) => measured(right));
  const { rewards, repeats } = await reward(start, after);
  assert.deepEqual(rewards, [0, 0]); // 4 + 2 and 3 + 3 of 12, after 3
  assert.deepEqual(repeats, [[1 / 12, -1 / 12], [0, 0]]);
  // The policy before may be sampled more often.
  const more = await reward(measured([2, 4, 0], 8), after);
  assert.deepEqual(more, { rewards, repeats });
  const results = [0, 1, 2].map((i) => ({ id: `x${i}`, correct: 1, samples: 4 }));
  const others: readonly (readonly [unknown, RegExp])[] = [
    [measured([1, 1, 1], 4, { asked: "other" }), /evaluations of other problems/],
    [
      measured([1, 1, 1], 4, { results }),
      /evaluations of other problems; evaluate both on the same/,
    ],
    [
      measured([1, 1, 1], 4, { sampling: { ...start.sampling, temperature: 0 } }),
      /with temperature 1 and 0/,
    ],
    [measured([1, 1, 1], 5), /of students with 12 and 15 samples/],
  ];
  for (const [other, message] of others) {
    await assert.rejects(reward(start, [after[0], other]), message);
  }
  await assert.rejects(
    reward(start, after.slice(1)),
    /Cannot split 3 evaluations among 2 datasets/,
  );
});

Deno.test("tables refuse evaluations that cannot be compared", async () => {
  using bench = new Bench();
  const base = bench.json("evaluation", measured([1, 1, 1]));
  const other = bench.json("evaluation", measured([1, 1, 1], 4, { asked: "other" }));
  // Samples may be more.
  await bench.run("report", {}, {
    evaluations: { base, student: bench.json("evaluation", measured([2, 2, 2], 8)) },
  });
  await assert.rejects(
    bench.run("compare_arms", {}, { arms: { base: [base], mixed: [base, other] } }),
    /Cannot compare mixed with base/,
  );
});

Deno.test("promote refuses students and datasets that its rewards are not of", async () => {
  using bench = new Bench();
  const set = bench.problems(DRILLS.slice(0, 2));
  const run = (students: number, datasets: number) =>
    bench.run("promote", { tau: 0 }, {
      rewards: bench.json("rewards", { rewards: [0, 1], repeats: [[0, 0], [1, 1]] }),
      baseline: BASE,
      students: Array(students).fill(BASE),
      datasets: Array(datasets).fill(set),
    });
  await run(4, 2);
  await assert.rejects(run(3, 2), /Cannot split 3 students among 2 datasets/);
  await assert.rejects(run(2, 2), /rewards are of 4 students on 2 datasets; connected are 2 on 2/);
  await assert.rejects(run(4, 1), /connected are 4 on 1/);
});

Deno.test("update_teacher refuses problems that no teacher wrote, and a reference of another vocabulary", async () => {
  using bench = new Bench();
  const rewards = bench.json("rewards", { rewards: [0, 1], repeats: [[0], [1]] });
  const drills = bench.problems(DRILLS);
  await assert.rejects(
    bench.run("update_teacher", {}, { policy: BASE, datasets: [drills, drills], rewards }),
    /problem d0 of dataset 0 was not written by one; connect the datasets of sample_problems/,
  );
  const posed = await bench.run("sample_problems", { task: "listprog", datasets: 2, size: 2 }, {
    policy: BASE,
  });
  const other = bench.artifact("policy", (to) => {
    using policy = loadPolicy(MODEL);
    const config = { ...policy.config, vocab_size: policy.config.vocab_size + 3 };
    using weights = Weights.initialize(config, new Random("other"));
    savePolicy({ ...policy, config, weights, [Symbol.dispose]() {} }, to);
  });
  await assert.rejects(
    bench.run("update_teacher", { beta: 0.1 }, {
      policy: BASE,
      datasets: posed.items.datasets,
      rewards,
      reference: other,
    }),
    /the reference has a vocabulary of 30, the policy one of 27/,
  );
});

Deno.test("checkpoint_rule reports the checkpoints after the reward has flattened", async () => {
  using bench = new Bench();
  const rewards = [0, 0, 3, 3, 6, 6, 3.3, 6]; // flat from step 5 on, as tests/rl/checkpoint_rule_test.ts has it
  const evaluation = (accuracy: number) => ({
    problems: 1,
    sampling: { temperature: 1, max_completion_length: 8, samples: 10, greedy: false },
    accuracy,
    interval: [0, 1],
    pass_at: { "1": accuracy },
    results: [{ id: "h", correct: 10 * accuracy, samples: 10, answers: [] }],
  });
  const report = (every: number, count: number) => {
    const rollouts = bench.artifact("rollouts", (to) => {
      const lines = rewards.map((reward) => JSON.stringify({ reward }) + "\n").join("");
      Deno.writeTextFileSync(`${to}/steps.jsonl`, lines);
      const steps = Array.from({ length: Math.floor(8 / every) }, (_, i) => every * (i + 1));
      Deno.writeTextFileSync(`${to}/checkpoints.json`, JSON.stringify({ steps }));
    });
    const reports = Array.from(
      { length: count },
      (_, i) => bench.json("evaluation", evaluation(i / 10)),
    );
    return bench.run("checkpoint_rule", { window: 3, after: 2 }, { rollouts, reports });
  };
  const { metrics, outputs } = await report(1, 8);
  assert.deepEqual(metrics, {
    step: 5,
    flattened: true,
    until: 7,
    checkpoints: 2,
    accuracy: 0.55, // of steps 6 and 7, the sixth and seventh
    pass_at: { "1": 0.55 },
  });
  assert.deepEqual(readJson<{ reported: number[] }>(outputs.report!, "choice").reported, [6, 7]);
  await assert.rejects(report(1, 3), /Cannot match 3 evaluations with 8 checkpoints/);
  await assert.rejects(report(4, 2), /Cannot report steps 6 to 7 of 8: no checkpoint is there/);
});

Deno.test("the KL penalty of a teacher is to its reference, and to itself exactly 0", async () => {
  using bench = new Bench();
  const posed = await bench.run("sample_problems", { task: "listprog", datasets: 2, size: 2 }, {
    policy: BASE,
  });
  const { datasets } = posed.items;
  const equal = bench.json("rewards", { rewards: [0.1, 0.1], repeats: [[0.1], [0.1]] });
  const same = await bench.run("update_teacher", { beta: 0.1 }, {
    policy: BASE,
    datasets,
    rewards: equal,
    reference: BASE,
  });
  assert.deepEqual([same.metrics.kl, same.metrics.grad_norm], [0, 0]);
  const copy = bench.artifact("policy", (to) => {
    using policy = loadPolicy(MODEL);
    policy.weights.flat.data[0]! += 0.1;
    savePolicy(policy, to);
  });
  const other = await bench.run("update_teacher", { beta: 0.1 }, {
    policy: BASE,
    datasets,
    rewards: equal,
    reference: copy,
  });
  assert.ok(other.metrics.kl !== 0 && (other.metrics.grad_norm as number) > 0);
});
