/** Commands that look at runs, as a user types them. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventText } from "../../src/cli/event_text.ts";
import { formatTable } from "../../src/cli/table.ts";
import { Store } from "../../src/core/mod.ts";
import { listRuns, RunWriter } from "../../src/records/mod.ts";
import { type Ended, soar } from "./program.ts";

const DEFINE = new URL("../../mod.ts", import.meta.url).href;
const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));

const STAGE = `import { defineStage } from ${JSON.stringify(DEFINE)};
import { factor } from "./factor.ts";
import { writeFileSync } from "node:fs";
export const mine = defineStage({
  name: "mine", version: 1, summary: "Mine.",
  config: { type: "object", properties: { n: { type: "integer" } }, required: ["n"], additionalProperties: false },
  inputs: {}, outputs: { words: "words" },
  run({ config, outputs, record, log }) {
    log("it is at work");
    record("metrics", [{ step: 0, loss: 2 }, { step: 1, loss: config.n * factor }]);
    if (config.n > 100) throw new Error("too much for it");
    writeFileSync(outputs.words.directory + "/words.txt", "words of mine " + config.n * factor);
    return { n: config.n, report: "two\\nlines" };
  },
});
`;
const PIPELINE = `name: look
device: cpu
executor: inline # one after the other
params: { n: 2 }
steps:
  base: { uses: load_policy, with: { path: ${MODEL} } }
  mine: { uses: ./mine.ts, matrix: { d: [0, 1] }, with: { n: "\${params.n}" } }
`;

Deno.test("the commands that look at runs", async (t) => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  const write = (name: string, text: string) => Deno.writeTextFileSync(join(cwd, name), text);
  const type = (...args: readonly string[]) => soar(args, { cwd });
  const good = async (...args: readonly string[]) => {
    const { code, out, err } = await type(...args);
    assert.equal(code, 0, `${args.join(" ")}\n${out}${err}`);
    return out;
  };
  const json = async (...args: readonly string[]) =>
    (await good(...args, "--json")).trim().split("\n").map((line) => JSON.parse(line));
  try {
    await t.step("without runs they say so", async () => {
      assert.equal(await good("runs"), ".soar: no runs\n");
      for (const command of [["show"], ["status"], ["logs"], ["metrics"], ["diff", "a", "b"]]) {
        const { code, out, err } = await type(...command);
        assert.deepEqual([code, out], [2, ""]);
        assert.match(err, /^error: \.soar has no runs\n {2}help: run a pipeline first\n$/);
      }
      assert.deepEqual([...Deno.readDirSync(cwd)].length, 0, "reading makes nothing");
    });
    write("p.yaml", PIPELINE);
    write("mine.ts", STAGE);
    write("factor.ts", "export const factor = 3;\n");
    await good("p.yaml", "--trust", "--name", "first 漢字");
    await good("p.yaml", "--trust", "--name", "second", "params.n=5");
    const failed = await type("p.yaml", "--trust", "params.n=200");
    assert.equal(failed.code, 1);
    const [last, second, first] = listRuns(new Store(join(cwd, ".soar"))).map(({ id }) => id);

    await t.step("runs lists them, the latest first", async () => {
      const out = await good("runs");
      const rows = out.trimEnd().split("\n").map((line) => line.split(/ {2,}/));
      assert.deepEqual(rows.map((row) => row[0]), ["run", last, second, first]);
      assert.match(out, /first 漢字 +look +done +\S+ \d\d:\d\d +\S+ s +3 +0 +3 +cpu\n/);
      assert.match(out, /look +failed .* 0 +1 +3 +cpu\n/);
      assert.match(await good("runs", "-n", "1"), /\n2 earlier ones: -n 3 lists all\n$/);
      const records = await json("runs");
      assert.deepEqual(records.map(({ id, cached }) => [id, cached]), [[last, 1], [second, 1], [
        first,
        0,
      ]]);
      assert.equal((await json("runs", "-n", "2")).length, 2);
    });

    await t.step("show tells of a run, a step, an output, an artifact", async () => {
      const run = await good("show");
      assert.match(run, new RegExp(`^${last}: failed\n {2}pipeline +look \\(.*p\\.yaml\\)\n`));
      assert.match(run, /\n {2}overrides +params\.n=200\n/);
      assert.match(run, /\nbase +cached +[0-9a-f]{12} +parameters=152704\n/);
      assert.match(run, /\nmine@d=0 failed: too much for it\n.*Error: too much.*\n.*mine\.ts:/s);
      assert.match(await good("show", "second"), new RegExp(`^${second} \\(second\\): done\n`));
      const step = await good("show", "mine@d=1", "--run", "second");
      assert.match(step, /\nwith:\n {2}n +5\n/);
      assert.match(step, /\nout:\n {2}words +words +[0-9a-f]{12} +16 B\n/);
      assert.match(step, /\ntables:\n {2}metrics +2 rows +\d+ B/);
      const many = await type("show", "mine", "--run", "second");
      assert.match(
        many.err,
        /mine are 2 steps of look-.*\n {2}help: write one of them: mine@d=0, mine@d=1\n/,
      );
      const artifact = await good("show", "mine@d=1.words", "--run", "second");
      assert.match(artifact, /^words [0-9a-f]{64}\n/);
      assert.match(artifact, /\nwords\.txt:\n {2}words of mine 15\n/);
      const digest = artifact.slice(6, 70);
      assert.equal(await good("show", digest.slice(0, 10)), artifact);
      const [, ...made] = artifact.slice(artifact.indexOf("made by")).split("\n");
      assert.match(made.slice(0, 2).join("\n"), /mine@d=0\.words.* ran\n.*mine@d=1\.words.* ran/);
      assert.equal(JSON.parse(await good("show", digest, "--json")).digest, digest);
      assert.equal(JSON.parse(await good("show", "mine@d=0", "--json")).state, "failed");
      // A step that was not reached, and one that failed, have their settings.
      assert.match(run, /\nnot begun: mine@d=1\n/);
      assert.equal(
        await good("show", "mine@d=1"),
        `mine@d=1 of ${last}: not begun\n  stage  mine\n\nwith:\n  n  200\n`,
      );
      assert.match(await good("show", "mine@d=0"), /: failed\n[^]*\nwith:\n {2}n {2}200\n/);
      const facts = JSON.parse(await good("show", "mine@d=0", "--json"));
      assert.deepEqual(facts.config, { n: 200 });
      assert.deepEqual(JSON.parse(await good("show", last!, "--json")).planned, ["mine@d=1"]);
      const item = await type("show", "mine.words", "--run", "second");
      assert.match(item.err, /mine are 2 steps of .*\n {2}help: write one of them: mine@d=0,/);
      const later = await type("show", "mine@d=1.words");
      assert.match(later.err, /has no output words\n {2}help: it has no result in this run/);
      const end = await type("show", "--run", first!.slice(-4));
      assert.match(end.err, new RegExp(`there is no run .*\n {2}help: did you mean ${first}\\?`));
      for (
        const [word, told] of [
          ["bas", /did you mean base\?/],
          ["look", /beginning of 3 runs/],
          ["zebra", /artifact zebra\n {2}help: steps of look-\w+: base, mine@d=0, mine@d=1\n/],
        ] as const
      ) {
        const { code, err } = await type("show", word);
        assert.equal(code, 2);
        assert.match(err, told);
      }
      Deno.removeSync(join(cwd, ".soar/artifacts", digest), { recursive: true });
      const gone = await type("show", "mine@d=1.words", "--run", "second");
      assert.match(
        gone.err,
        /^error: artifact [0-9a-f]{12} is gone, or damaged\n {2}help: mine@d=0 of look/,
      );
      assert.match(await good("show", "mine@d=1", "--run", "second"), /\n {2}words +gone +/);
    });

    await t.step("logs tells what happened, with stacks; of a step; raw", async () => {
      const out = await good("logs");
      assert.match(
        out,
        new RegExp(`^${last} \\d{4}-\\d\\d-\\d\\d\n\\d\\d:\\d\\d:\\d\\d {2}look: 3 steps on cpu\n`),
      );
      assert.match(
        out,
        /mine@d=0: it is at work\n\S+ {2}mine@d=0 failed: too much for it\n +Error: too/,
      );
      assert.match(out, /failed: 0 run, 1 cached, .* s\n$/);
      assert.match(
        await good("logs", "mine", "--run", "second"),
        /^look.*\n\S+ {2}mine@d=0 begins\n[^]*\n\S+ {2}mine@d=1 .*n=5\n$/,
      );
      const events = await json("logs", "base", "-f");
      assert.deepEqual(events.map(({ kind }) => kind), ["step-finished"]);
      const none = await type("logs", "bse");
      assert.deepEqual([none.code, none.err.includes("did you mean base?")], [2, true]);
    });

    await t.step("metrics tells rows and results, in text, JSON and CSV", async () => {
      const out = await good("metrics", "--run", "second", "mine");
      assert.match(
        out,
        /^step +n\nmine@d=0 +5\nmine@d=1 +5\n\nstep +row\.step +loss\nmine@d=0 +0 +2\nmine@d=0 +1 +15\n/,
      );
      assert.match(
        await good("metrics", "mine@d=0", "--run", "second", "-n", "1"),
        /\n1 earlier row; -n/,
      );
      assert.equal((await json("metrics", "--run", "second")).length, 7);
      assert.equal(
        await good("metrics", "mine", "--run", "second", "--csv", "m.csv"),
        "6 rows written to m.csv\n",
      );
      const csv = Deno.readTextFileSync(join(cwd, "m.csv")).split("\n");
      assert.equal(csv[0], "run,step,kind,d,n,row.step,loss");
      assert.equal(csv[6], `${second},mine@d=1,point,1,,1,15`);
      const bad = await type("metrics", "--run", "second", "--csv", "no/m.csv");
      assert.deepEqual([bad.code, /^error: cannot write no\/m\.csv/.test(bad.err)], [2, true]);
      // What a failed step recorded is there as well.
      assert.match(await good("metrics", "mine"), /mine@d=0 +1 +600\n/);
    });

    await t.step("diff tells the setting, the first step, and numbers", async () => {
      const out = await good("diff", "first 漢字", "second");
      assert.match(out, new RegExp(`^${first} → ${second}\n`));
      assert.match(out, /\nconfiguration:\n {2}params\.n: 2 → 5\n/);
      assert.match(
        out,
        /\nsteps: 1 the same, 2 differ\n {2}the first that differs is mine@d=0:\n {4}config\.n: 2 → 5\n/,
      );
      assert.match(out, /\nmine@d=1 +n +2 +5 +\+3\n$/);
      const [all] = [JSON.parse(await good("diff", `${first},second`, "second", "--json"))];
      assert.deepEqual(all.document, [{ path: "params.n", before: [2, 5], after: [5] }]);
      assert.match(await good("diff", "second", "second"), /\n\nsteps: 3 the same, 0 differ\n$/);
    });

    await t.step("export takes an output of a run, without its file", async () => {
      const out = await good("export", "mine@d=1.words", "words", "--run", first!);
      assert.match(out, /^mine@d=1\.words \(words \w{12}\) copied to words\n$/);
      assert.equal(Deno.readTextFileSync(join(cwd, "words/words.txt")), "words of mine 6");
      for (
        const [args, told] of [
          [
            ["mine@d=1.words", "w", "--run", "second"],
            /is not sound: .*\n.*run the pipeline again/,
          ],
          [["mine.words", "w", "--run", "second"], /mine are 2 steps/],
          [["mine@d=1.words", "w", "n=1", "--run", "second"], /n=1 is too much: a run has/],
          [["mine@d=0.words", "w", "--run", last!], /no output words\n.*it has no result/],
          [["p.yaml", "mine@d=0.words"], /no directory to write to\n.*OUTPUT DIRECTORY --run/],
          [["p.yaml", "mine.words", "w", "--trust"], /mine are 2 steps of p\.yaml/],
          [["p.yaml", "mnie.words", "w", "--trust"], /no step mnie in p\.yaml\n.*mean mine\?/],
        ] as const
      ) {
        const { code, err } = await type("export", ...args);
        assert.equal(code, 2, err);
        assert.match(err, told);
      }
    });

    await t.step("explain leads to the line, and to the module that changed", async () => {
      write("p.yaml", PIPELINE.replace("n: 2", "n: 4"));
      const setting = await good("explain", "p.yaml", "mine@d=0", "--trust", "--run", "second");
      assert.match(
        setting,
        /\nsince the last time, in look-\w+:\n {2}mine@d=0:\n {4}config\.n: 5 → 4 \(p\.yaml:4:14\)\n$/,
      );
      write("p.yaml", PIPELINE);
      write("factor.ts", "export const factor = 4;\n");
      const code = await good("explain", "p.yaml", "mine@d=0", "--trust", "--run", first!);
      assert.match(
        code,
        /\n {4}code: \w{12} → \w{12}\n {6}\.\/factor\.ts changed\n {8}line 1: export const factor = 3; → export const factor = 4;\n$/,
      );
      const { roots } = JSON.parse(
        await good("explain", "p.yaml", "mine@d=0", "--trust", "--json"),
      );
      assert.deepEqual(roots.map(({ step }: { step: string }) => step), ["mine@d=0"]);
      write("factor.ts", "export const factor = 3;\n");
      const same = await good("explain", "p.yaml", "base", "--trust");
      assert.match(same, /\nthe key is the same as the last time, in look-/);
    });

    await t.step("status tells of what runs, and logs -f follows it to its end", async () => {
      const idle = await good("status");
      assert.match(
        idle,
        /^nothing runs; the last run:\nlook-\w+: failed · 1\/3 steps · since .*\n {2}mine@d=0 failed: too much for it\n$/,
      );
      const store = new Store(join(cwd, ".soar"));
      const facts = {
        ...{ pipeline: "look", file: join(cwd, "p.yaml"), folder: cwd, overrides: [] },
        ...{ seed: 0, versions: {}, name: "live" },
      };
      let follower: Promise<Ended>;
      {
        await using writer = new RunWriter(store, facts, {}, () => ({}), assert.fail);
        writer.take({ kind: "run-started", pipeline: "look", steps: 3, device: "cpu" });
        writer.take({ kind: "step-started", step: "a", stage: "mine", key: "k" });
        writer.take({ kind: "step-started", step: "b", stage: "other", key: "l" });
        await new Promise((resolve) => setTimeout(resolve, 20));
        writer.take({
          kind: "step-progress",
          step: "a",
          done: 1,
          total: 2,
          numbers: { loss: 0.5 },
        });
        const busy = await good("status");
        assert.match(
          busy,
          /^look-\w+ \(live\): running · 0\/3 steps · since .*\n {2}a · 1\/2 · loss 0\.5 · for [\d.]+ s · [\d.]+ s left\n {2}b · for .* s\n$/,
        );
        assert.match(await good("runs", "-n", "1"), /running +\S+ \S+ +[\d.]+ s +0 +0 +3 +cpu\n/);
        follower = type("logs", "-f", "--run", "live");
        await new Promise((resolve) => setTimeout(resolve, 1500)); // it follows, or begins later: told is the same
        writer.take({ kind: "step-log", step: "a", message: "late" });
        const counts = { ran: 1, cached: 0, skipped: 0, seconds: 1 };
        writer.take({ kind: "run-finished", status: "done", ...counts });
      }
      const { code, out } = await follower;
      assert.equal(code, 0);
      assert.match(out, / {2}a begins\n[^]* {4}a: late\n\S+ {2}done: 1 run, 0 cached, 1\.0 s\n$/);
    });
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});

Deno.test("a table has wide characters in their columns, numbers at the right, and no empty columns", () => {
  const rows = [["漢字", "", "1"], ["a", "", "10"], ["é\x1b[2J", "", "-3"]];
  assert.deepEqual(formatTable(["name", "none", "n"], rows), [
    "name     n",
    "漢字     1",
    "a       10",
    "é\\e[2J  -3",
  ]);
});

Deno.test("an event has one text, wherever it is told", () => {
  const step = { step: "a", stage: "s", key: "k" };
  const finished = {
    kind: "step-finished",
    ...step,
    seconds: 2,
    metrics: { n: 1 },
    outputs: {},
  } as const;
  assert.equal(eventText({ ...finished, cached: false }), "a  2.0 s  n=1");
  assert.equal(eventText({ ...finished, cached: true }), "a is cached");
  assert.equal(eventText({ kind: "step-metrics", step: "a", row: {} }), undefined);
});
