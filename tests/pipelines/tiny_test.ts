/** The paper's pipelines, from their first step to their reports. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Ran, runTiny, writePool } from "./tiny.ts";

/** What the steps whose names match gave back, in the order in which they ran. */
const metrics = ({ finished }: Ran, step: RegExp) =>
  finished.filter((event) => step.test(event.step)).map((event) => event.metrics);

async function inTemporary(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    await work(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("soar_math.yaml, tiny: hard problems, proposals, students, promotions, arms, reports, and all of it stored", async () => {
  await inTemporary(async (directory) => {
    const path = writePool(directory, "math.jsonl", ({ problem, solution, type, level }) => ({
      ...{ problem, level, type, solution },
    }));
    const store = join(directory, "store");
    const sizes = [
      `params.path=${path}`,
      "params.student_steps=4",
      "params.checkpoint_every=2",
      "params.checkpoints=2",
      "params.curriculum_steps=2",
      "params.both_steps=6",
    ];
    const first = await runTiny("soar_math", store, sizes);
    assert.equal(first.status, "done");

    // What no sample solves is hard; the easy ones are there to be left out, where the model can do them.
    const [hard] = metrics(first, /^hard$/);
    assert.equal(hard!.pool, 24);
    assert.equal(Number(hard!.train) + Number(hard!.test), hard!.hard);
    assert.ok(Number(hard!.hard) >= 12 && Number(hard!.hard) <= 24, JSON.stringify(hard));

    const proposals = metrics(first, /propose$|^written$/);
    assert.equal(proposals.length, 3);
    for (const { drawn, well_formed, rejected } of proposals) {
      assert.ok(Number(well_formed) >= 0.2, JSON.stringify(proposals));
      const unfit = Object.values(rejected as Record<string, number>).reduce((a, b) => a + b, 0);
      assert.ok(Number(drawn) - unfit >= 8, JSON.stringify(proposals));
    }

    const students = metrics(first, /students@/);
    // Each promotion adds a step: 2, then 3, of 2 problems with 4 rollouts.
    assert.deepEqual(students.map(({ rollouts }) => rollouts), [16, 16, 16, 16, 24, 24, 24, 24]);
    const rewards = students.map(({ reward_first }) => Number(reward_first));
    assert.ok(rewards.some((reward) => reward > 0), `${rewards}`); // there is a box to read
    assert.deepEqual(metrics(first, /promote$/).map(({ count }) => count), [1, 2]);
    assert.deepEqual(metrics(first, /teach$/).map(({ learning_rate }) => learning_rate), [0, 1e-4]);

    const [arms] = metrics(first, /^arms$/), [report] = metrics(first, /^report$/);
    assert.match(String(arms!.report), /^# SOAR on MATH\n/);
    const rows = String(arms!.report).split("\n").filter((line) => line.startsWith("|")).slice(2)
      .map((line) => line.split("|").slice(1, 3).map((cell) => cell.trim()));
    assert.deepEqual(rows, [
      ["base", "1"],
      ["hard_only", "2"],
      ["curriculum", "2"],
      ["teacher", "2"],
      ["promoted", "1"],
    ]);
    assert.match(String(report!.report), /On 4 problems[^]*\| 1 .*promoted/);

    const again = await runTiny("soar_math", store, sizes);
    assert.deepEqual(again.finished.filter(({ cached }) => !cached), []);
    assert.equal(again.finished.length, first.finished.length);
    const outputs = ({ finished }: Ran) =>
      Object.fromEntries(finished.map(({ step, outputs }) => [step, outputs]));
    assert.deepEqual(outputs(again), outputs(first));
  });
});

Deno.test("soar_math_harp.yaml and soar_math_olympiad.yaml, tiny: one loop, mixed students, problems that it never saw", async () => {
  await inTemporary(async (directory) => {
    const harp = writePool(directory, "harp.jsonl", ({ problem, answer }, i) => ({
      ...{ problem, answer, level: 1, subject: "algebra", year: "2000", contest: "AMC", number: i },
    }));
    const olympiad = writePool(directory, "olympiad.jsonl", ({ problem, answer }, id) => ({
      ...{ id, question: problem, final_answer: [answer], context: null, unit: null },
      ...{ subfield: "Algebra", answer_type: "Numerical", is_multiple_answer: false },
    }));
    const store = join(directory, "store");
    const first = await runTiny("soar_math_harp", store, [
      `params.path=${harp}`,
      "params.student_steps=4",
      "params.checkpoint_every=2",
      "params.checkpoints=2",
    ]);
    assert.equal(first.status, "done");
    const [both] = metrics(first, /^both$/);
    assert.deepEqual((both!.sets as number[])[0], 16); // two promotions of 8 questions
    assert.match(String(metrics(first, /^arms$/)[0]!.report), /\| mixed .*\n\| teacher .*\n/);

    const second = await runTiny("soar_math_olympiad", store, [
      `params.path=${harp}`,
      `params.olympiad_path=${olympiad}`,
      "params.olympiad_limit=24",
      "params.student_steps=2",
      "params.checkpoint_every=2",
    ]);
    assert.equal(second.status, "done");
    const loop = second.finished.filter(({ step }) => step.startsWith("meta["));
    assert.deepEqual(loop.filter(({ cached }) => !cached), []); // HARP's
    assert.match(
      String(metrics(second, /^arms$/)[0]!.report),
      /\| mixed +\| 2 .*\n\| teacher +\| 2 /,
    );
  });
});
