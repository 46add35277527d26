/** The commands that look after a store, as a user runs them. @module */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { soar } from "./program.ts";

const PIPELINE = `name: small
device: cpu
params: { count: 5 }
steps:
  problems: { uses: make_problems, with: { task: listprog, depth: 1, count: "\${params.count}" } }
`;

/** A stage that gives something else each time that it runs. */
const UNSTEADY = `import { defineStage } from "@soar/soar";
export const unsteady = defineStage({
  name: "unsteady",
  version: 1,
  summary: "Never the same.",
  config: { type: "object", properties: {}, additionalProperties: false },
  inputs: {},
  outputs: { text: "text" },
  run({ outputs }) {
    Deno.writeTextFileSync(outputs.text.directory + "/text.txt", crypto.randomUUID());
  },
});
`;

Deno.test("du, gc, verify and reproduce tell what is there, what goes and what comes again", async (t) => {
  const cwd = Deno.makeTempDirSync({ prefix: "soar-test-" });
  const command = async (...args: string[]) => await soar(args, { cwd });
  const write = (name: string, text: string) => Deno.writeTextFileSync(join(cwd, name), text);
  write("small.yaml", PIPELINE);
  try {
    for (const args of [["params.count=6", "--name", "six"], ["params.count=7"], []]) {
      assert.equal((await command("run", "small.yaml", ...args)).code, 0);
    }

    await t.step("du tells what each run needs, and what only it needs", async () => {
      const { out } = await command("du");
      assert.match(out, /^actions +[\d.]+ KiB\nartifacts +.*\nin all +/m);
      assert.equal(out.match(/^small-[0-9a-f]{4} /gm)!.length, 3);
      assert.match(out, /^small-.* six$/m);
      const { runs, garbage } = JSON.parse((await command("du", "--json")).out);
      assert.equal(garbage, 0);
      for (const { bytes, own } of runs) assert.equal(own, bytes); // they share nothing
    });

    await t.step("gc --dry-run removes nothing, gc what it told", async () => {
      const dry = await command("gc", "--keep", "1", "--dry-run");
      assert.match(
        dry.out,
        /^would remove run small-[0-9a-f]{4}\nwould remove 1 action, 1 artifact: /,
      );
      const wet = await command("gc", "--keep", "1");
      assert.equal(wet.out, dry.out.replaceAll("would remove", "removed"));
      assert.equal(
        (await command("gc")).out.split("\n")[0],
        "nothing to remove: every result belongs to a run",
      );
      const [empty] = [JSON.parse((await command("gc", "--json", "--store", "none")).out)];
      assert.deepEqual(
        Object.keys(empty),
        Object.keys(JSON.parse((await command("gc", "--json")).out)),
      );
      await command("small.yaml"); // of another run, and all from the store
      assert.match(
        (await command("gc", "--keep", "1")).out,
        /^removed run .*\nnothing else to remove: every result .* kept\n2 runs are kept, with/,
      );
      const { code, out } = await command("small.yaml", "params.count=6");
      assert.match(out, /done: 0 run, 1 cached/);
      assert.equal(code, 0);
    });

    await t.step("verify reads every byte", async () => {
      const { code, out } = await command("verify");
      assert.match(out, /^read \d+ files, .*: 0 damaged\n$/);
      assert.equal(code, 0);
      const table = join(cwd, ".soar/tables", "a".repeat(64), "rollouts.jsonl.gz");
      Deno.mkdirSync(dirname(table), { recursive: true });
      Deno.writeTextFileSync(table, "no rows");
      const [artifact] = Deno.readDirSync(join(cwd, ".soar/artifacts"));
      const aside = join(cwd, "aside"), place = join(cwd, ".soar/artifacts", artifact!.name);
      Deno.renameSync(place, aside);
      const damaged = await command("verify");
      assert.equal(
        damaged.out.replace(/^read .*/m, "read"),
        `artifact ${artifact!.name.slice(0, 12)} is damaged: it is gone, and 1 result needs it\n` +
          "table rollouts of aaaaaaaaaaaa is damaged: incorrect header check\nread\n" +
          "running the pipelines again makes them again\n" +
          "no result needs a table; a run with --force STEP makes it again\n",
      );
      assert.equal(damaged.code, 1);
      Deno.renameSync(aside, place);
      Deno.removeSync(dirname(table), { recursive: true });
      const none = await command("verify", "--json", "--store", "none");
      assert.deepEqual(JSON.parse(none.out), { files: 0, bytes: 0, damaged: 0 });
    });

    await t.step("a run is reproduced, or it is told where they part", async () => {
      const same = await command("reproduce", "six");
      assert.match(
        same.out,
        /^problems {2}made\nsmall-.* is reproduced: 1 step with the same keys/,
      );
      assert.equal(same.code, 0);
      const own = await command("reproduce", "six", "--into", ".soar");
      assert.deepEqual([own.code, own.out], [2, ""]);
      assert.match(own.err, /^error: --into \.soar is the store that has the results of small-/);
      const run = /^(small-\w+) is/m.exec(same.out)![1]!;
      const events = join(cwd, ".soar/runs", run, "events.ndjson");
      Deno.renameSync(events, join(cwd, "aside"));
      const lost = await command("reproduce", "six");
      assert.deepEqual([lost.code, lost.out], [2, ""]);
      assert.match(lost.err, /^error: of 1 result of small-\w+ the store knows 0\n/);
      assert.match((await command("logs", "--run", "six")).out, /^small-\w+: no events\n$/);
      Deno.renameSync(join(cwd, "aside"), events);
      write("small.yaml", PIPELINE.replace("depth: 1", "depth: 2"));
      const other = await command("reproduce", "six", "--json");
      const { steps, same: isSame } = JSON.parse(other.out);
      assert.deepEqual([isSame, steps], [false, [{
        step: "problems",
        kind: "changed",
        ports: ["problems"],
      }]]);
      assert.equal(other.code, 1);
      Deno.removeSync(join(cwd, "small.yaml"));
      const gone = await command("reproduce", "six");
      assert.match(gone.err, /the pipeline of small-.*, is not there any more\n.*document\.json/);
      assert.equal(gone.code, 2);
    });

    await t.step("a step that gives something else each time is found", async () => {
      write("unsteady.ts", UNSTEADY);
      write("unsteady.yaml", "name: unsteady\nsteps:\n  one: { uses: ./unsteady.ts }\n");
      assert.equal((await command("unsteady.yaml", "--trust")).code, 0);
      const { code, out } = await command("reproduce", "last", "--trust");
      assert.match(out, /\none: same key, OTHER RESULTS \(text\)\nthey part at one: /);
      assert.equal(code, 1);
    });
  } finally {
    Deno.removeSync(cwd, { recursive: true });
  }
});
