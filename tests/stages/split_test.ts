/** Sets that are divided: by a seed, and by what a policy fails. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Artifact } from "../../src/core/stage.ts";
import { readProblems } from "../../src/stage/artifact_files.ts";
import { Bench, type Made } from "./run_stage.ts";
import { solve } from "../listprog.ts";

const base = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
const POLICY: Artifact = { kind: "policy", digest: "base", directory: base };

const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: `${i}`, problem: `question ${i}`, answer: "1" }));

function sizes({ outputs }: Made): number[] {
  return ["train", "validation", "test"].flatMap((port) =>
    outputs[port] === undefined ? [] : [readProblems(outputs[port]).length]
  );
}

Deno.test("split_problems divides by numbers and shares, of which the rest is trained on", async () => {
  using bench = new Bench();
  const problems = bench.problems(numbered(21));
  const cases: readonly (readonly [Readonly<Record<string, number>>, readonly number[]])[] = [
    [{}, [11, 0, 10]],
    [{ test: 5 }, [16, 0, 5]],
    [{ validation: 0.1, test: 0.2 }, [15, 2, 4]],
    [{ train: 0.5, test: 0.5 }, [10, 0, 11]],
    [{ train: 3, validation: 2, test: 1 }, [3, 2, 1]],
    [{ train: 0.7, validation: 0.2, test: 0.1 }, [14, 4, 3]],
  ];
  for (const [config, expected] of cases) {
    const made = await bench.run("split_problems", config, { problems });
    assert.deepEqual(sizes(made), expected, JSON.stringify(config));
    const ids = ["train", "validation", "test"].flatMap((port) =>
      readProblems(made.outputs[port]!).map(({ id }) => id)
    );
    assert.equal(new Set(ids).size, ids.length);
  }
  const ids = async (seed: string) =>
    readProblems((await bench.run("split_problems", {}, { problems }, seed)).outputs.test!)
      .map(({ id }) => id);
  assert.deepEqual(await ids("a"), await ids("a"));
  assert.notDeepEqual(await ids("a"), await ids("b"));
  const refused: readonly (readonly [Readonly<Record<string, number>>, RegExp])[] = [
    [{ test: 22 }, /Cannot split 21 problems into -1 and 22; write smaller shares, or load more/],
    [{ train: 20, test: 2 }, /into 20 and 2;/],
    [{ test: 0.01 }, /into 21 and 0;/],
  ];
  for (const [config, message] of refused) {
    await assert.rejects(bench.run("split_problems", config, { problems }), message);
  }
});

Deno.test("split_problems keeps together what asks for the same, and tells how much that is", async () => {
  using bench = new Bench();
  const twice = numbered(10).flatMap((one) => [
    one,
    { ...one, id: `${one.id}b`, problem: one.problem.toUpperCase() },
  ]);
  const made = await bench.run("split_problems", {}, { problems: bench.problems(twice) });
  const [train, test] = ["train", "test"].map((port) =>
    new Set(readProblems(made.outputs[port]!).map(({ id }) => id.replace("b", "")))
  );
  assert.deepEqual([...train!].filter((id) => test!.has(id)), []);
  assert.deepEqual(sizes(made), [10, 0, 10]);
  assert.deepEqual(bench.logs, ["10 problems repeat others, and went where these went"]);
});

/** Problems that the embedded model mostly solves (r and t), and mostly fails (contested operations). */
function pool(easy: number, hard: number) {
  const digits = (i: number) => String(10234 + 5071 * i).slice(-5);
  const problems = [
    ...Array.from({ length: easy }, (_, i) => `${digits(i)}${i % 2 === 0 ? "r" : "t"}`),
    ...Array.from({ length: hard }, (_, i) => `${digits(i)}abcd`),
  ];
  return problems.map((problem, i) => ({ id: `${i}`, problem, answer: solve(problem)! }));
}

Deno.test("select_hard keeps what fails in all samples, in halves or numbers, and what fails in most where asked", async () => {
  using bench = new Bench();
  const problems = bench.problems(pool(6, 9));
  const select = (config: Readonly<Record<string, unknown>>) =>
    bench.run("select_hard", { task: "listprog", samples: 8, ...config }, {
      policy: POLICY,
      problems,
    });
  const halves = await select({ train: 0.5, test: 0.5 });
  assert.deepEqual(sizes(halves), [4, 5]);
  assert.deepEqual(halves.metrics, { pool: 15, hard: 9, train: 4, test: 5 });
  const ids = ["train", "test"].flatMap((port) => readProblems(halves.outputs[port]!)).map((
    { id },
  ) => Number(id));
  assert.deepEqual(ids.toSorted((a, b) => a - b), [6, 7, 8, 9, 10, 11, 12, 13, 14]);
  assert.deepEqual(bench.logs, ["9 of 15 problems were failed in all of 8 samples"]);
  assert.deepEqual(sizes(await select({ train: 2, test: 3 })), [2, 3]);
  const more = await select({ max_correct: 7, train: 0.5, test: 0.5 });
  assert.ok(Number(more.metrics.hard) >= 9);
  assert.match(bench.logs.at(-1)!, /of 15 problems were right in at most 7 of 8 samples/);
});

Deno.test("select_hard tells how many are hard where they are too few, and which bound would do", async () => {
  using bench = new Bench();
  // One contested operation: right in about an eighth of the samples.
  const problems = bench.problems(
    Array.from({ length: 8 }, (_, i) => `${String(10234 + 5071 * i).slice(-5)}a`)
      .map((problem, i) => ({ id: `${i}`, problem, answer: solve(problem)! })),
  );
  const select = (config: Readonly<Record<string, unknown>>) =>
    bench.run("select_hard", { task: "listprog", samples: 32, ...config }, {
      policy: POLICY,
      problems,
    });
  await assert.rejects(
    select({ train: 4, test: 4 }),
    /Cannot select 8 hard problems: only \d of 8 were failed 32 times; make more, or deeper ones; with max_correct: \d+ there are 8$/,
  );
  await assert.rejects(
    select({ train: 9, test: 9 }),
    /Cannot select 18 hard problems: only \d of 8 were failed 32 times; make more, or deeper ones$/,
  );
});
