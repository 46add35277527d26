/** What a run leaves, in the hands of others: datasets opens its tables, TensorBoard its event files. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runPipeline } from "../../mod.ts";
import { Store } from "../../src/core/mod.ts";
import { findRun, readEvents } from "../../src/records/mod.ts";
import { seriesOf } from "../../src/records/series.ts";
import { stepsOf } from "../../src/records/steps.ts";
import { writeBoard } from "../../src/records/tensorboard.ts";

const PIPELINE = fileURLToPath(new URL("../../pipelines/soar.yaml", import.meta.url));
const SHORT = [
  ...["params.outer_steps=2", "params.datasets=2", "params.problems=4", "params.inner_steps=3"],
  ...["params.probe_samples=2", "params.test_samples=2", "steps.pool.with.count=16"],
  ...["steps.hard.with.samples=4", "steps.hard.with.train=4", "steps.hard.with.test=4"],
  ...["steps.meta.students.with.batch=2", "steps.meta.students.with.num_generations=4"],
];
const COLUMNS = [
  ...["step", "group", "problem_id", "prompt", "completion", "expected", "extracted", "verdict"],
  ...["reason", "score", "rewards", "reward", "advantage", "logp", "logps", "tokens", "finished"],
];

/** Runs a script of this folder, which prints JSON. */
async function python(script: string, ...args: readonly string[]): Promise<unknown> {
  const path = Deno.env.get("SOAR_PEER_PYTHON");
  assert.ok(path !== undefined, "set SOAR_PEER_PYTHON to a Python made by bench/peers/setup.sh");
  const file = fileURLToPath(new URL(script, import.meta.url));
  const command = new Deno.Command(path, { args: [file, ...args] });
  const { code, stdout, stderr } = await command.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

Deno.test("datasets and TensorBoard read what a run leaves", async () => {
  const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    const store = new Store(join(directory, "store"));
    await runPipeline(PIPELINE, { store: store.directory, overrides: SHORT });
    const { id } = findRun(store), steps = stepsOf(readEvents(store, id), false);

    const tables = steps.flatMap(({ key }) =>
      store.tables.names(key!).filter((name) => name !== "metrics")
        .map((name) => join(store.tables.directory, key!, `${name}.jsonl.gz`))
    );
    assert.ok(tables.length > 10);
    const opened = await python(
      "read_tables.py",
      join(directory, "cache"),
      ...tables,
    ) as readonly (readonly [number, readonly string[]])[];
    for (const [rows, columns] of opened) {
      assert.ok(rows > 0);
      assert.deepEqual(columns, COLUMNS);
    }

    const board = join(directory, "board");
    await writeBoard(store, id, board, assert.fail, assert.fail);
    const read = await python("read_tensorboard.py", board) as Record<
      string,
      Record<string, readonly (readonly [number, number])[]>
    >;
    const student = "meta[1].students@dataset=1,repeat=0";
    const { key } = steps.find(({ step }) => step === student)!;
    const rows = await Array.fromAsync(store.tables.read(key!, "metrics"));
    assert.equal(rows.length, 3);
    assert.deepEqual(
      read[student]!["meta.students/reward"],
      rows.map(({ step, reward }) => [step, Math.fround(reward as number)]),
    );
    for (const { step, metric, values, points } of seriesOf(steps)) {
      const axes = Object.entries(values).map(([axis, value]) => `${axis}=${value}`);
      assert.deepEqual(
        read[["run", ...axes].join(",")]![`iterations/${step}/${metric}`],
        points.map(({ x, y }) => [x, Math.fround(y)]),
      );
    }
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
