/** Training that is cut short goes on at its checkpoint, and ends in the bytes of training that was not. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Checkpoints, StepCheckpoints } from "../../src/core/checkpoints.ts";
import type { Artifact } from "../../src/core/stage.ts";
import { solve } from "../listprog.ts";
import { Bench, contents, type Made } from "./run_stage.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));
const BASE: Artifact = { kind: "policy", digest: "base", directory: MODEL };
const OTHER: Artifact = { ...BASE, digest: "other" };
const PROBLEMS = Array.from({ length: 6 }, (_, i) => {
  const problem = `${10234 + 5071 * i}a`.slice(-6);
  return { id: `d${i}`, problem, answer: solve(problem)! };
});

const STUDENT = {
  task: "listprog",
  steps: 5,
  batch: 4, // so that the order of problems is in the middle of a round when it is cut
  num_generations: 4,
  learning_rate: 1e-3,
  max_completion_length: 12,
};
const LORA = { adapter: { r: 2, target_modules: ["q_proj", "down_proj"] } };

/** Settings of students that have each another state to go on from, and inputs besides. */
const STUDENTS: Readonly<
  Record<string, readonly [Record<string, unknown>, Record<string, Artifact>]>
> = {
  "as it is": [{}, {}],
  "with a KL penalty to its beginning": [{ beta: 0.05 }, {}],
  "with a KL penalty to another": [{ beta: 0.05 }, { reference: OTHER }],
  "with adapters": [{ ...LORA, beta: 0.05 }, {}],
  "on weights held as float16": [{}, {}],
  "with a schedule, decay and two updates a batch": [
    {
      num_iterations: 2,
      loss: "grpo",
      lr_scheduler_type: "linear",
      warmup_steps: 2,
      weight_decay: 0.1,
    },
    {},
  ],
  "with its optimizer and policies on the way": [{ keep_optimizer: true, checkpoint_every: 2 }, {}],
};

/** Runs a stage to its end, and another time in pieces of `cuts`, each cut short before its checkpoint of the unit. */
async function compare(
  bench: Bench,
  stage: string,
  config: Record<string, unknown>,
  inputs: Record<string, Artifact | readonly Artifact[]>,
  cuts: readonly number[],
  units = 2,
): Promise<void> {
  const expected = await bench.run(stage, config, inputs);
  const directory = join(bench.directory, "checkpoints");
  const checkpoints = new Checkpoints(directory, (path) => String(Deno.readFileSync(path)));
  const done: number[] = [];
  const attempt = async (cut = Infinity) => {
    let count = 0;
    return await bench.run(stage, config, inputs, "seed", {
      checkpoints: new StepCheckpoints({
        checkpoints,
        key: "key",
        times: { minutes: Infinity, units },
        free: () => join(bench.directory, `free${count++}`),
        tables: () => ({ bytes: {}, leftOut: {} }),
        warn: (message) => assert.fail(message),
      }, checkpoints.find("key")),
      progress(at) {
        done.push(at);
        if (at === cut) throw new Error("cut short");
      },
    });
  };
  for (const cut of cuts) await assert.rejects(attempt(cut), /cut short/);
  const made = await attempt();
  // After a cut before unit c, the units after the last checkpoint are done again.
  const expectedDone: number[] = [];
  let from = 0;
  for (const cut of [...cuts, Infinity]) {
    const last = Math.min(cut, Math.max(...done));
    for (let unit = from + 1; unit <= last; unit++) expectedDone.push(unit);
    from += Math.floor((last - 1 - from) / units) * units;
  }
  assert.deepEqual(done, expectedDone);
  assert.deepEqual(told(made), told(expected));
  Deno.removeSync(directory, { recursive: true });
}

/** All that a stage has made. */
function told({ outputs, items, metrics }: Made): unknown {
  const files = (artifact: Artifact) => contents(artifact.directory);
  return {
    outputs: Object.entries(outputs).map(([port, artifact]) => [port, files(artifact)]),
    items: Object.entries(items).map(([port, list]) => [port, list.map(files)]),
    metrics,
  };
}

for (const [what, [settings, inputs]] of Object.entries(STUDENTS)) {
  Deno.test(`a student that is cut short ends as one that is not: ${what}`, async () => {
    using bench = new Bench();
    const problems = bench.problems(PROBLEMS);
    const policy = what.includes("float16")
      ? (await bench.run("load_policy", { path: MODEL, precision: "float16" }, {})).outputs.policy!
      : BASE;
    await compare(bench, "train_student", { ...STUDENT, ...settings }, {
      policy,
      problems,
      ...inputs,
    }, [3, 5]);
  });
}

Deno.test("a student goes on from another's optimizer and from its own checkpoint", async () => {
  using bench = new Bench();
  const problems = bench.problems(PROBLEMS);
  const settings = {
    ...STUDENT,
    keep_optimizer: true,
    lr_scheduler_type: "linear",
    schedule_steps: 20,
  };
  const { policy, optimizer } =
    (await bench.run("train_student", settings, { policy: BASE, problems })).outputs;
  const inputs = { policy: policy!, optimizer: optimizer!, problems };
  await compare(bench, "train_student", settings, inputs, [4]);
});

Deno.test("supervised training that is cut short ends as one that is not", async () => {
  using bench = new Bench();
  const problems = bench.problems(PROBLEMS);
  const config = {
    task: "listprog",
    batch: 2,
    num_train_epochs: 3,
    learning_rate: 1e-3,
    keep_optimizer: true,
  };
  const inputs = { policy: BASE, problems };
  await compare(bench, "train_supervised", config, inputs, [3, 6, 9]);
  await compare(bench, "train_supervised", { ...config, ...LORA }, inputs, [4]);
});

Deno.test("pretraining that is cut short ends as one that is not", async () => {
  using bench = new Bench();
  const model = {
    hidden_size: 16,
    intermediate_size: 16,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 2,
  };
  await compare(bench, "pretrain", { task: "listprog", model, steps: 7, batch: 4 }, {}, [3, 6]);
});
