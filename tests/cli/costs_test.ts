import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { costTable, timeAt, tooLarge } from "../../src/cli/costs.ts";
import { estimatesOf } from "../../src/cli/estimates.ts";
import { openPipeline } from "../../src/cli/project.ts";
import { forecast, Store } from "../../src/core/mod.ts";
import { knownModel } from "../../src/policy/mod.ts";
import { drawingFlops, scoringFlops, trainingFlops } from "../../src/rl/mod.ts";
import { problemsOf, workOf } from "../../src/stage/work.ts";
import { Folder } from "../data/files.ts";
import { STAGES } from "../../stages/mod.ts";
import { soar } from "./program.ts";

const model = knownModel("meta-llama/Llama-3.2-1B-Instruct")!;
const extent = { promptTokens: 100, completionTokens: 400 };
// 16 layers with 60.8 M weights in products each; 2048 × 128256 in the head, for completions alone.
const LAYERS = 16 * (2048 * (2048 + 2 * 512 + 2048) + 3 * 2048 * 8192), HEAD = 2048 * 128256;
const attention = (from: number, to: number) => {
  let sum = 0;
  for (let n = from + 1; n <= to; n++) sum += 4 * 16 * 2048 * n;
  return sum;
};

Deno.test("operations are two for each weight and token, and four for each pair of tokens by head", () => {
  const whole = 2 * LAYERS * 500 + 2 * HEAD * 400 + attention(0, 500);
  assert.equal(scoringFlops(model, extent), whole);
  assert.equal(trainingFlops(model, extent, false), 3 * whole);
  assert.equal(trainingFlops(model, extent, true), 4 * whole);
  // A prompt is read once for its completions.
  const completion = 2 * (LAYERS + HEAD) * 400 + attention(100, 500);
  const prompt = 2 * LAYERS * 100 + attention(0, 100);
  assert.equal(drawingFlops(model, extent, 8), prompt + 8 * completion);
  // Adapters have weights of their own, and those under them get no gradient.
  const adapted = { ...model, adapter: { rank: 8, alpha: 8, targets: ["q_proj" as const] } };
  const added = 2 * 16 * 8 * (2048 + 2048) * 500;
  assert.equal(scoringFlops(adapted, extent), whole + added);
  assert.equal(trainingFlops(adapted, extent, false), 2 * (whole + added));
});

Deno.test("what training keeps is what it trains, and its optimizer's state where that is asked for", () => {
  const config = {
    steps: 10,
    batch: 8,
    num_generations: 32,
    max_completion_length: 400,
    gradient_checkpointing: false,
    loss: {},
    checkpoint_every: 0,
  };
  const bytes = (more: object, stage = "train_student", problems = {}) =>
    workOf(stage, { config: { ...config, ...more }, model, problems, promptTokens: 100 })?.bytes;
  const weights = 4 * 1_235_814_400;
  assert.equal(bytes({}), weights);
  assert.equal(bytes({ keep_optimizer: true }), 3 * weights);
  assert.equal(bytes({ checkpoint_every: 4 }), 3 * weights);
  const adapter = { r: 8, lora_alpha: 8, target_modules: ["q_proj"] };
  assert.equal(bytes({ adapter }), 4 * 16 * 8 * (2048 + 2048));
  assert.equal(bytes({}, "update_teacher", { datasets: 256 }), weights);
  assert.equal(bytes({}, "update_teacher"), undefined); // nothing tells how much it trains on
  assert.equal(bytes({}, "reward_grounded"), undefined);
});

Deno.test("every stage that samples or trains is costed", () => {
  const config = {
    ...{ steps: 1, batch: 1, num_generations: 2, samples: 1, datasets: 1, size: 1 },
    ...{ num_train_epochs: 1, checkpoint_every: 0, gradient_checkpointing: false, loss: {} },
  };
  const known = { config, model, problems: { problems: 1, datasets: 1 }, promptTokens: 1 };
  const working = Object.values(STAGES).filter(({ footprint }) => typeof footprint === "string");
  assert.ok(working.length > 5);
  for (const { name } of working) assert.ok(workOf(name, known)!.flops > 0, name);
});

Deno.test("soar.yaml's counts follow from its parameters, through loops and matrices", async () => {
  const store = new Store(Deno.makeTempDirSync({ prefix: "soar-test-" }));
  try {
    const overrides = ["params.outer_steps=2", "params.repeats=2"];
    const options = { store: store.directory, all: false };
    const project = await openPipeline("pipelines/soar.yaml", overrides, options);
    const forecasts = forecast(project.plan, store, await project.code());
    const estimates = await estimatesOf(project, store, forecasts);
    const steps = project.plan.steps.flatMap(({ id, stage }) => {
      const work = estimates.get(id)?.work;
      return work === undefined ? [] : [{ step: id, stage: stage.name, work }];
    });
    const table = costTable(steps).map((line) => line.trim().split(/\s{2,}/).slice(0, 4));
    const at = table.findIndex(([title]) => title === "an iteration of meta, one of 2:");
    assert.deepEqual(table.slice(at + 1, at + 4), [
      ["sample_problems", "1", "256", "20,480"],
      ["train_student", "8", "61,440", "4,915,200"],
      ["evaluate", "9", "18,432", "1,474,560"],
    ]);
    assert.deepEqual(table.at(-1)!.slice(0, 3), ["together", "43", "193,024"]);
    // All of it but for what is drawn from the pool: 160 problems, 128 samples each.
    const pool = steps.find(({ stage }) => stage === "select_hard")!;
    assert.equal(pool.work.rollouts, 160 * 128);
  } finally {
    Deno.removeSync(store.directory, { recursive: true });
  }
});

Deno.test("problems are counted before they are read: by what is said of them, and in small files", () => {
  using folder = new Folder();
  const path = folder.write("a.jsonl", '{"problem": "a"}\n\n{"problem": "b"}\r\n{"problem": "c"}');
  const csv = folder.write("b.csv", "problem,answer\na,b\n");
  const load = (more: object) =>
    problemsOf("load_problems", { format: "auto", ...more }, {}).problems;
  assert.equal(load({ path }), 3);
  assert.equal(load({ path, limit: 2 }), 2);
  assert.equal(load({ path, limit: 9 }), 3);
  assert.equal(load({ path, limit: 9, expect: 1 }), 1);
  assert.equal(load({ paths: [path, path] }), 6);
  assert.equal(load({ paths: [path, csv], limit: 7 }), 7);
  for (
    const more of [{ path: csv }, { repo: "a/b" }, { path: folder.path }, { path: "/no/such" }]
  ) {
    assert.equal(load(more), undefined);
    assert.equal(load({ ...more, limit: 5 }), 5);
  }
  const split = (more: object, problems?: number) =>
    problemsOf(
      "split_problems",
      { test: 0.5, ...more },
      problems === undefined ? {} : { problems },
    );
  assert.deepEqual(split({}, 9), { train: 9, validation: undefined, test: 5 });
  assert.deepEqual(split({ train: 3, validation: 0.1 }, 9), { train: 3, validation: 1, test: 5 });
  assert.deepEqual(split({}), { train: undefined, validation: undefined, test: undefined });
  const hard = problemsOf("select_hard", { train: 64, test: 0.5 }, { problems: 101 });
  assert.deepEqual(hard, { train: 64, test: 51 });
});

Deno.test("time is told at a given rate, at the rate of what was done, or not at all", () => {
  const work = { rollouts: 1, tokens: 1, flops: 7.2e15, bytes: 0 };
  const steps = [{ step: "a", stage: "evaluate", work }, { step: "b", stage: "evaluate", work }];
  const nothing = { flops: 0, seconds: 0 };
  assert.match(timeAt(steps, 1, nothing), /^4 device-hours at 1 TFLOP\/s, one device/);
  assert.match(timeAt(steps, 100, nothing), /^2 min 24 s at 100 TFLOP\/s/);
  const past = { flops: 2e15, seconds: 1000 };
  assert.match(timeAt(steps, undefined, past), /^2 device-hours at 2 TFLOP\/s, as stored steps/);
  assert.match(timeAt(steps, undefined, nothing), /^--tflops N tells/);
});

Deno.test("a plan that does not fit is refused with the largest step and what to do", () => {
  const steps = [
    { step: "a", memory: 5 * 2 ** 30 },
    { step: "b", memory: 140 * 2 ** 30 },
    { step: "c" },
    { step: "d", memory: 90 * 2 ** 30 },
  ];
  assert.equal(tooLarge(steps), undefined);
  assert.equal(tooLarge(steps, 140 * 2 ** 30), undefined);
  assert.match(
    tooLarge(steps, 80 * 2 ** 30)!,
    /^error: b needs 140.0 GiB, and there are 80.0 GiB \(2 steps need more\); train adapters/,
  );
});

Deno.test("plan ends with exit code 2 where a step does not fit, and tells hours at a given rate", async () => {
  const store = Deno.makeTempDirSync({ prefix: "soar-test-" });
  const plan = (...args: string[]) =>
    soar(["plan", "pipelines/soar.yaml", "params.outer_steps=1", "--store", store, ...args], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
    });
  try {
    const [fits, small, json, wrong] = await Promise.all([
      plan("--memory", "80GiB", "--tflops", "0.1"),
      plan("--memory", "0.2GB"),
      plan("--memory", "200M", "--json"),
      plan("--memory", "much"),
    ]);
    assert.equal(fits.code, 0, fits.err);
    assert.match(fits.out, /together .*\n\n.* at 0\.1 TFLOP\/s, one device/);
    assert.equal(small.code, 2);
    assert.match(small.err, /needs \d+\.\d MiB, and there are 204\.8 MiB .*train adapters/);
    assert.equal(json.code, 2);
    assert.ok(json.out.trim().split("\n").every((line) => "step" in JSON.parse(line)));
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /Give a size, such as 80GiB/);
  } finally {
    Deno.removeSync(store, { recursive: true });
  }
});
