/** `soar report`, and the report that each run leaves. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { soar } from "./program.ts";

const PIPELINE = `name: plain
summary: How many of eight problems are easy?
steps:
  pool: { uses: make_problems, matrix: { depth: [1, 2] }, with: { task: listprog, depth: "\${matrix.depth}", count: 8 } }
  both: { uses: merge_problems, in: { first: "pool.problems[0]", second: "pool.problems[1]" } }
`;

Deno.test("a run leaves a report and tells where; report makes one of any runs, as HTML and Markdown", async (t) => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  const run = (...args: string[]) => soar(args, { cwd });
  try {
    Deno.writeTextFileSync(join(cwd, "plain.yaml"), PIPELINE);
    const none = await run("report", "--store", "s");
    assert.equal(none.code, 2);
    assert.match(none.err, /s has no runs[^]*run a pipeline first/);

    let path = "";
    await t.step("run", async () => {
      const { code, out, err } = await run("plain.yaml", "--store", "s", "--name", "first");
      assert.equal(code, 0, err);
      path = /^report: (s\/runs\/plain-[0-9a-f]{4}\/report\.html)$/m.exec(out)![1]!;
      const page = Deno.readTextFileSync(join(cwd, path));
      assert.match(page, /<title>plain: first<\/title>/);
      assert.match(page, /How many of eight problems are easy\?/);
      assert.match(page, /Run plain-[0-9a-f]{4} is done: 3 steps ran, 0 were in the store/);
      assert.doesNotMatch(page, /id="(results|curves|examples)"/);
    });

    await t.step(
      "events alone on standard output with --json, and no report with --no-report",
      async () => {
        const { out } = await run("plain.yaml", "--store", "s", "--json", "--no-report");
        const events = out.trim().split("\n").map((line) => JSON.parse(line));
        assert.equal(events.at(-1).kind, "run-finished");
        assert.throws(() => Deno.statSync(join(cwd, "s/runs", events[0].run, "report.html")));
        const made = await run("report", "--store", "s");
        assert.equal(made.out, `s/runs/${events[0].run}/report.html\n`);
        assert.match(Deno.readTextFileSync(join(cwd, made.out.trim())), /0 steps ran, 3 were in/);
      },
    );

    await t.step("several runs, by name and id", async () => {
      const second = (await run("plain.yaml", "seed=2", "--store", "s", "--json")).out;
      const { run: id } = JSON.parse(second.split("\n")[0]!);
      const { code, out } = await run("report", "first", id, "--store", "s", "--out", "both.html");
      assert.deepEqual([code, out], [0, "both.html\n"]);
      const page = Deno.readTextFileSync(join(cwd, "both.html"));
      assert.match(page, /<title>plain: 2 runs<\/title>/);
      assert.match(page, new RegExp(`plain.yaml seed=2[^]*Digests of ${id}`));
    });

    await t.step("Markdown is printed, or goes where it is told", async () => {
      const printed = await run("report", "first", "--store", "s", "--markdown");
      assert.match(
        printed.out,
        /^# plain: first\n\nHow many[^]*\| both \| merge\\_problems \| 1 ran/,
      );
      const kept = await run("report", "first", "--store", "s", "--markdown", "--out", "r.md");
      assert.equal(kept.out, "r.md\n");
      assert.equal(Deno.readTextFileSync(join(cwd, "r.md")), printed.out);
    });

    await t.step("mistakes are told", async () => {
      const unknown = await run("report", "frist", "--store", "s");
      assert.equal(unknown.code, 2);
      assert.match(unknown.err, /there is no run frist[^]*did you mean first\?/);
      const nowhere = await run("report", "--store", "s", "--out", "no/where.html");
      assert.equal(nowhere.code, 2);
      assert.match(nowhere.err, /cannot write no\/where\.html[^]*write --out FILE/);
    });

    await t.step("what is torn or lacks is left out", async () => {
      const events = join(cwd, path.replace("report.html", "events.ndjson"));
      const text = Deno.readTextFileSync(events);
      Deno.writeTextFileSync(events, text.slice(0, text.length - 40));
      Deno.removeSync(join(cwd, path.replace("report.html", "document.json")));
      Deno.removeSync(join(cwd, "s/artifacts"), { recursive: true });
      const made = await run("report", "first", "--store", "s", "--out", "torn.html");
      assert.equal(made.code, 0, made.err);
      assert.match(Deno.readTextFileSync(join(cwd, "torn.html")), /What does plain give\?/);
    });
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));

Deno.test("problems are called held out only where no policy of the run was trained on them", async () => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  const pipeline = (steps: string) =>
    `name: held
with: { task: listprog, samples: 1 }
steps:
  base: { uses: load_policy, with: { path: ${JSON.stringify(MODEL)} } }
  pool: { uses: make_problems, with: { depth: 1, count: 6 } }
  others: { uses: make_problems, with: { depth: 2, count: 4 } }
  student:
    uses: train_student
    in: { policy: base.policy, problems: pool.problems }
    with: { steps: 1, batch: 2, num_generations: 2 }
${steps}`;
  const held = async (steps: string): Promise<string[]> => {
    Deno.writeTextFileSync(join(cwd, "held.yaml"), pipeline(steps));
    const ran = await soar(["held.yaml", "--store", "s"], { cwd });
    assert.equal(ran.code, 0, ran.err);
    const { out } = await soar(["report", "--store", "s", "--markdown"], { cwd });
    return [...out.matchAll(/^On (\d+) problems, 1 completion each, at temperature 1\.(.*)$/gm)]
      .map(([, count, told]) => `${count}:${told}`);
  };
  const test = (name: string, problems: string) =>
    `  ${name}: { uses: evaluate, in: { policy: student.policy, problems: ${problems}.problems } }\n`;
  const mixed =
    "  both: { uses: merge_problems, in: { first: pool.problems, second: others.problems } }\n";
  const not = "They are not held out: policies were trained on";
  try {
    assert.deepEqual(
      await held(test("seen", "pool") + test("unseen", "others") + mixed + test("some", "both")),
      [
        `6: ${not} all of them in this run.`,
        "4: They are held out: no policy was trained on any of them in this run.",
        `10: ${not} 6 of them in this run.`,
      ],
    );
    // What a model is trained on besides is not known: nothing is said.
    const made =
      "  made: { uses: pretrain, with: { model: { hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, num_key_value_heads: 2, intermediate_size: 16 }, steps: 1, batch: 2 } }\n";
    assert.deepEqual(await held(test("unseen", "others") + made), ["4:"]);
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});
