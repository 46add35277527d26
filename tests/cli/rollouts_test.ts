/** Rollouts of a run as its user sees them, and graded again. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Store } from "../../src/core/mod.ts";
import type { RolloutRow } from "../../src/rl/mod.ts";
import { soar } from "./program.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));

const PIPELINE = `name: t
device: cpu
steps:
  base: { uses: load_policy, with: { path: ${MODEL} } }
  problems: { uses: load_problems, with: { path: problems.jsonl } }
  meta:
    loop: { times: 2, carry: { policy: base.policy } }
    steps:
      train:
        uses: train_student
        matrix: { arm: [a, b] }
        in: { policy: prev.policy, problems: problems.problems }
        with:
          task: { uses: questions, prompt: "Q{{ problem }}:", grader: exact }
          steps: 2
          batch: 2
          num_generations: 4
          max_completion_length: 8
          rewards: { correct: 1 }
    yield: { policy: "train.policy[0]" }
  test:
    uses: evaluate
    in: { policy: base.policy, problems: problems.problems }
    with:
      task: { uses: questions, prompt: "Q{{ problem }}:", grader: exact }
      samples: 3
      max_completion_length: 8
  teach: { uses: sample_problems, in: { policy: base.policy }, with: { task: listprog, size: 2 } }
`;

Deno.test("rollouts of a run are shown, explained, written and graded again", async (t) => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  const run = async (...args: string[]) => {
    const ended = await soar(args, { cwd });
    assert.deepEqual([ended.code, ended.err], [0, ""], args.join(" "));
    return ended.out;
  };
  const rows = async (...args: string[]) =>
    (await run("rollouts", ...args, "--json")).trim().split("\n").map((line) =>
      JSON.parse(line) as RolloutRow & { readonly of: string }
    );
  try {
    Deno.writeTextFileSync(join(cwd, "t.yaml"), PIPELINE);
    const problems = ["59331a", "23285c"].map((problem, i) => ({
      id: `q${i}`,
      problem,
      answer: "7",
    }));
    Deno.writeTextFileSync(
      join(cwd, "problems.jsonl"),
      problems.map((one) => JSON.stringify(one) + "\n").join(""),
    );
    await run("run", "t.yaml", "--tensorboard");

    await t.step(
      "every step that samples has all of its rollouts, in the same columns",
      async () => {
        const trained = await rows("meta.train"), measured = await rows("test");
        const proposed = await rows("teach");
        assert.deepEqual([trained.length, measured.length], [2 * 2 * 2 * 8, 6]);
        assert.ok(proposed.filter(({ verdict }) => verdict === "accepted").length === 8);
        const columns = [trained, measured, proposed].map((all) => Object.keys(all[0]!));
        assert.deepEqual([columns[1], columns[2]], [columns[0], columns[0]]);
        const [first] = trained;
        assert.deepEqual(
          [first!.of, first!.step, first!.group, first!.expected, first!.logps?.length],
          ["meta[0].train@arm=a", 0, 0, "7", first!.tokens],
        );
        assert.match(first!.prompt, /^Q(59331a|23285c):$/);
        const groups = new Set(trained.map(({ of, step, group }) => `${of} ${step} ${group}`));
        assert.equal(groups.size, 16);
      },
    );

    await t.step("by iteration, step, verdict and limit", async () => {
      const one = await rows("meta.train", "--iteration", "1", "--step", "1", "--limit", "5");
      assert.deepEqual(
        new Set(one.map(({ of, step }) => `${of} ${step}`)),
        new Set(["meta[1].train@arm=a 1"]),
      );
      assert.equal(one.length, 5);
      const text = await run("rollouts", "meta[0].train@arm=b", "--limit", "1");
      assert.match(text, /^meta\[0\]\.train@arm=b {2}step 0 · group 0 · problem [01] · /);
      assert.match(text, /1 of 16 rollouts; --limit 0 shows all/);
      assert.equal(
        await run("rollouts", "test", "--verdict", "timed_out"),
        "no rollout is like that\n",
      );
    });

    await t.step("groups without gradient are told with the reason", async () => {
      const text = await run("rollouts", "meta.train", "--why", "--limit", "1");
      assert.match(text, /16 of 16 groups have no gradient/);
      assert.match(text, /\d+ {2}all /);
      assert.match(await run("rollouts", "test", "--why"), /no group was trained on/);
      const lines = (await run("rollouts", "meta.train", "--why", "--json")).trim().split("\n");
      const counts = JSON.parse(lines.pop()!), groups = lines.map((line) => JSON.parse(line));
      assert.deepEqual([counts.groups, counts.flat, groups.length], [16, 16, 16]);
      const told = Object.values<number>(counts.reasons).reduce((a, b) => a + b);
      assert.deepEqual([told, groups[0].of, groups[0].completions.length], [
        16,
        "meta[0].train@arm=a",
        4,
      ]);
      assert.equal(
        await run("rollouts", "meta.train", "--why", "--jsonl", "why.jsonl", "--limit", "3"),
        "3 groups written to why.jsonl\n",
      );
      assert.equal(Deno.readTextFileSync(join(cwd, "why.jsonl")).split("\n").length, 4);
    });

    await t.step("to a file", async () => {
      await run("rollouts", "test", "--jsonl", "rows.jsonl");
      assert.equal(Deno.readTextFileSync(join(cwd, "rows.jsonl")).split("\n").length, 7);
    });

    await t.step("graded again as they were, nothing moves", async () => {
      const { rollouts, moved } = JSON.parse(await run("rescore", "meta.train", "--json"));
      assert.deepEqual([rollouts, moved], [64, 0]);
    });

    await t.step("by another grader and other rewards, it is told what moves", async () => {
      // Dollar signs and braces are no reference here.
      const grader = "{ uses: regex, pattern: '(.)|[${]' }";
      const text = await run("rescore", "test", "--grader", grader, "--limit", "1");
      assert.match(text, /^test of t-[0-9a-f]{4}: 6 rollouts graded again\nbefore ↓ now →/);
      const paid = JSON.parse(
        await run(
          "rescore",
          "meta.train",
          "--rewards",
          "{ formatted: 3 }",
          "--json",
          "--limit",
          "2",
        ),
      );
      assert.equal(paid.rewards.groups, 16);
      assert.equal(paid.examples.length, Math.min(2, paid.moved));
    });

    await t.step("TensorBoard's files have the points of every step", () => {
      const store = new Store(join(cwd, ".soar")), runs = join(store.directory, "runs");
      const [{ name }] = [...Deno.readDirSync(runs)] as [Deno.DirEntry];
      const folders = [...Deno.readDirSync(join(runs, name, "tensorboard"))].map((one) => one.name);
      assert.deepEqual(folders.toSorted(), [
        ...["meta[0].train@arm=a", "meta[0].train@arm=b"],
        ...["meta[1].train@arm=a", "meta[1].train@arm=b"],
        ...["run", "run,arm=a", "run,arm=b"],
      ]);
    });

    const mistakes: Readonly<Record<string, readonly [readonly string[], RegExp]>> = {
      "a step that is none": [["rollouts", "tset"], /no step tset .*\n.*did you mean test\?/],
      "a step without": [
        ["rollouts", "problems"],
        /has no rollouts\n.*these have: meta\.train, test, teach/,
      ],
      "a verdict": [["rollouts", "test", "--verdict", "wrnog"], /no verdict wrnog\n.*mean wrong\?/],
      "an iteration": [
        ["rollouts", "meta.train", "--iteration", "2"],
        /no meta\.train in iteration 2\n.*there are 0 and 1/,
      ],
      "an iteration of no loop": [["rollouts", "test", "--iteration", "0"], /it is in no loop/],
      "a pattern": [["rollouts", "test", "--text", "/(/"], /is no pattern/],
      "a step that does not grade": [["rescore", "teach"], /teach grades no completions/],
      "a setting elsewhere": [["rescore", "test", "samples=4"], /samples says nothing of how/],
      "a grader that is none": [["rescore", "test", "--grader", "exakt"], /unknown grader exakt/],
    };
    for (const [what, [args, message]] of Object.entries(mistakes)) {
      await t.step(`${what} is told`, async () => {
        const { code, err } = await soar(args, { cwd });
        assert.equal(code, 2, err);
        assert.match(err, message);
      });
    }
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});
