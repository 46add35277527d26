/** Stages of the meta-loop by themselves. @module */
import assert from "node:assert/strict";
import { Document, makePlan } from "../../src/core/mod.ts";
import { ProjectLibrary } from "../../stages/library.ts";
import { fileURLToPath } from "node:url";
import type { Artifact } from "../../src/core/stage.ts";
import { loadPolicy, savePolicy } from "../../src/policy/mod.ts";
import { loadOptimizer, type StudentStep } from "../../src/rl/mod.ts";
import type { Problem } from "../../src/graders/grader.ts";
import { solve } from "../listprog.ts";
import { readJson, readLines, readProblems } from "../../stages/artifacts.ts";
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

Deno.test("checkpoint_rule reports the checkpoints after the reward has flattened", async () => {
  using bench = new Bench();
  const rewards = [0, 0, 3, 3, 6, 6, 3.3, 6]; // flat from step 5 on, as tests/rl/checkpoint_rule_test.ts has it
  const evaluation = (accuracy: number) => ({
    problems: 1,
    sampling: { temperature: 1, max_completion_length: 8, samples: 10, greedy: false },
    accuracy,
    interval: [0, 1],
    pass_at: { "1": accuracy },
    results: [{ id: "h", correct: 10 * accuracy, samples: 10 }],
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

/** A pipeline whose teacher is updated as `teach` says, and its student trained as `train` says. */
const pipeline = (teach: string, train = "") =>
  `name: t
with: { task: listprog }
steps:
  base: { uses: load_policy, with: { path: ${JSON.stringify(MODEL)} } }
  pool: { uses: make_problems, with: { depth: 1, count: 4 } }
  meta:
    loop: { times: 2, carry: { teacher: base.policy, optimizer: null, promotion: null } }
    steps:
      propose: { uses: sample_problems, in: { policy: prev.teacher } }
      student:
        uses: train_student
        in: { policy: base.policy, problems: pool.problems${train}
      after: { uses: evaluate, in: { policy: student.policy, problems: pool.problems } }
      reward:
        uses: reward_grounded
        in: { policy: base.policy, datasets: propose.datasets, before: after.report, after: after.report }
      teach:
        uses: update_teacher
        in: { policy: prev.teacher, datasets: propose.datasets, rewards: reward.rewards${teach}
    yield: { teacher: teach.policy, optimizer: teach.optimizer, promotion: null }
`;

const REFUSED: readonly (readonly [teach: string, train: string, message: RegExp])[] = [
  [
    " }\n        with: { lr_scheduler_type: cosine }",
    " }",
    /lr_scheduler_type: cosine needs schedule_steps/,
  ],
  [
    " }\n        with: { lr_scheduler_type: cosine, schedule_steps: 9 }",
    " }",
    /the schedule runs over outer steps, which nothing counts here[^]*optimizer: prev\.optimizer/,
  ],
  [" }\n        with: { warmup_steps: 3 }", " }", /which nothing counts here/],
  [
    ", optimizer: prev.optimizer }\n        with: { schedule_steps: 9 }",
    " }",
    /schedule_steps does nothing with lr_scheduler_type: constant/,
  ],
  [
    " }\n        with: { beta: 0.001 }",
    " }",
    /beta: 0\.001 has no policy[^]*reference: base\.policy/,
  ],
  [", reference: base.policy }", " }", /input reference does nothing with beta: 0/],
  [
    " }",
    " }\n        with: { extra_steps: 5 }",
    /extra_steps has no promotions[^]*promotion: prev/,
  ],
  [
    " }",
    ", promotion: prev.promotion }\n        with: { extra_promotions: 1 }",
    /extra_promotions does nothing without extra_steps/,
  ],
];

Deno.test("settings that need others, or an input, are refused before anything runs, with their place", () => {
  const text = (teach: string, train: string) => pipeline(teach, train);
  const plan = (text: string) =>
    makePlan(Document.parse("test.yaml", text), new ProjectLibrary(), Deno.cwd());
  plan(text(" }", " }"));
  plan(text(
    ", optimizer: prev.optimizer, reference: base.policy }\n" +
      "        with: { lr_scheduler_type: cosine, schedule_steps: 200, warmup_steps: 20, beta: 0.001 }",
    ", promotion: prev.promotion }\n        with: { extra_steps: 5, extra_promotions: 1 }",
  ));
  for (const [teach, train, message] of REFUSED) {
    assert.throws(() => plan(text(teach, train)), {
      name: "DiagnosticError",
      message: new RegExp(`test\\.yaml:\\d+:\\d+: error: .*${message.source}`),
    });
  }
});
