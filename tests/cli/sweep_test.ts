/** Sweeps, as a user runs them. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { soar } from "./program.ts";

const PIPELINE = `name: swept
device: cpu
params: { add: 0 }
steps:
  base: { uses: ./noise.ts, with: { add: 0 } }
  test: { uses: ./noise.ts, in: { before: base.made }, with: { add: "\${params.add}" } }
`;
const STAGE = `import { defineStage } from "@soar/soar";
export const noise = defineStage({
  name: "noise",
  version: 1,
  summary: "A number that goes by its seed.",
  config: {
    type: "object",
    properties: { add: { type: "number" } },
    required: ["add"],
    additionalProperties: false,
  },
  inputs: { before: "number?" },
  outputs: { made: "number" },
  run({ config, outputs, seed }) {
    if (config.add === 13) throw new Error("an unlucky number");
    const noise = Number.parseInt(seed.slice(0, 4), 16) / 65536;
    Deno.writeTextFileSync(outputs.made.directory + "/n", String(noise));
    return { score: noise + config.add };
  },
});
`;

Deno.test("a sweep shares what its members share, survives a failed one, and ends in a table", async (t) => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    Deno.writeTextFileSync(join(cwd, "p.yaml"), PIPELINE);
    Deno.writeTextFileSync(join(cwd, "noise.ts"), STAGE);
    const sweep = (...args: readonly string[]) =>
      soar(["sweep", "p.yaml", "--trust", ...args], { cwd });

    await t.step("members run one after the other, and the table tells of groups", async () => {
      const { code, out } = await sweep(
        "seed=1..4",
        "params.add=0,1,13",
        "--csv",
        "t.csv",
        "--markdown",
        "t.md",
      );
      assert.equal(code, 1);
      assert.match(
        out,
        /^sweep-[0-9a-f]{4}: 9 runs\n\[1\/9\] seed=1 params.add=0 {2}swept-[0-9a-f]{4}\n/,
      );
      assert.match(out, /done: 2 run, 0 cached.*\n\[2\/9\].*\n {2}done: 1 run, 1 cached/);
      assert.match(out, / {2}test failed: an unlucky number\n {2}failed: 0 run, 1 cached/);
      assert.match(out, /^failed: seed=1 params.add=13\nfailed: seed=2 params.add=13\n/m);
      const row = /^params.add=1 +test.score +\S+ +\S+ +3 +\S+ to \S+ +\S+ +\S+ to \S+$/m.exec(out);
      assert.ok(row !== null, out);
      const [head, first] = Deno.readTextFileSync(join(cwd, "t.csv")).split("\n");
      assert.equal(
        head,
        "params.add,metric,mean,sd,n,low,high,difference,difference_low,difference_high,pairs",
      );
      assert.match(first!, /^0,base.score,0\.\d+,0\.\d+,3,/);
      assert.match(Deno.readTextFileSync(join(cwd, "t.md")), /^\| group +\| metric +\|/);
    });

    await t.step(
      "the same command takes all of it from the store, and is the same sweep",
      async () => {
        const again = await sweep(
          "seed=1..4",
          "params.add=0,1",
          "--json",
          "--metric",
          "test.score",
        );
        assert.equal(again.code, 0);
        const events = again.out.trimEnd().split("\n").map((line) => JSON.parse(line));
        assert.ok(events.every(({ kind }) => kind !== "step-started"));
        const { kind, rows, failed } = events.at(-1);
        assert.deepEqual([kind, failed], ["sweep-finished", []]);
        assert.deepEqual(
          rows.map((
            { group, spread }: { group: unknown; spread: { n: number } },
          ) => [group, spread.n]),
          [
            [{ "params.add": "0" }, 3],
            [{ "params.add": "1" }, 3],
          ],
        );
      },
    );

    await t.step(
      "values may come from a file; mistakes are told before anything runs",
      async () => {
        Deno.writeTextFileSync(join(cwd, "axes.yaml"), "seed: [1, 2]\nparams.add: 2\n");
        const { code, out } = await sweep("--set-file", "axes.yaml", "--metric", "test.score");
        assert.equal(code, 0, out);
        assert.match(out, /^ +test.score +2\.\d+ +\S+ +2 /m);
        const alone = await sweep("params.add=13");
        assert.deepEqual([alone.code, alone.out.split("\n").at(-2)], [1, "failed: p.yaml"]);
        const wrong = await sweep("seed=1,2", "params.add=1,x");
        assert.deepEqual([wrong.code, wrong.out], [2, ""]);
        assert.match(wrong.err, /add: expected number, got string "x"/);
        const unknown = await sweep("seed=1,2", "--metric", "test.scroe", "--metric", "base.score");
        assert.equal(unknown.code, 2);
        assert.match(
          unknown.err,
          /no member has a number test\.scroe\n.*did you mean test\.score\?/,
        );
        assert.match(unknown.out, /^ +base\.score +0\.\d+ /m, "what is there is told all the same");
        for (
          const [args, told] of [
            [["--metric", "tset.score"], /no step tset in p\.yaml\n.*did you mean test\?/],
            [["--metric", "score"], /--metric score names no step\n.*such as base\.accuracy/],
            [["--csv", "."], /cannot write \.: it is a folder\n.*name a file/],
            [["--csv", "none/t.csv"], /cannot write none\/t\.csv: none is no folder/],
            [["--name", "last"], /--name last: last means the latest run/],
          ] as const
        ) {
          const { code, out, err } = await sweep("seed=1,2", ...args);
          assert.deepEqual([code, out], [2, ""]);
          assert.match(err, told);
        }
      },
    );

    await t.step(
      "a sweep has a name, and it and its groups are sides of diff and runs of a report",
      async () => {
        const named = await sweep("seed=1..4", "params.add=0,1", "--name", "adds");
        assert.equal(named.code, 0, named.err);
        const type = async (...args: readonly string[]) => {
          const { code, out, err } = await soar(args, { cwd });
          assert.equal(code, 0, err);
          return out;
        };
        assert.match(await type("runs", "-n", "1"), /^run +sweep +.*\n\S+ +adds +swept +done/);
        const diff = JSON.parse(
          await type("diff", "adds:params.add=0", "adds:params.add=1", "--json"),
        );
        assert.deepEqual([diff.before.length, diff.after.length], [3, 3]);
        const score = diff.metrics.find(({ step }: { step: string }) => step === "test");
        assert.equal(score.before.count, 3);
        const { runs, markdown } = JSON.parse(
          await type("report", "adds:params.add=1", "--markdown", "--json"),
        );
        assert.deepEqual([runs, markdown.startsWith("# swept: 3 runs")], [diff.after, true]);
        const mixed = await soar(["report", "adds", "--out", "r.html"], { cwd });
        assert.equal(
          mixed.err,
          'warning: means are over runs that differ in params.add; "adds:params.add=1" is one group\n',
        );
        const wrong = await soar(["diff", "adds:params.add=3", "adds"], { cwd });
        assert.match(wrong.err, /adds has no member with params\.add=3\n.*did you mean params/);
      },
    );
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});
