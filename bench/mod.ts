/**
 * Speed of the embedded model's engine and of the runner, on this machine.
 *
 *     deno task bench
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runPipeline } from "../mod.ts";
import { Sessions } from "../src/onnx/mod.ts";
import { Random } from "../src/random/random.ts";
import {
  drawRollouts,
  type Engine,
  ENGINE_DEFAULTS,
  loadPolicy,
  trainStudent,
} from "../src/rl/mod.ts";
import { SESSION_COUNTERS } from "../src/runtime/mod.ts";
import { ADAMW, Trainer } from "../src/train/mod.ts";
import { WORLDS } from "../src/worlds/mod.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const world = WORLDS.listprog;
const random = new Random("bench");
const repeats = 3;

/** Best rate of several repeats, the first of which also warms up. */
async function best(work: () => Promise<number>): Promise<number> {
  let rate = 0;
  for (let i = 0; i < repeats; i++) {
    const started = performance.now();
    const units = await work();
    rate = Math.max(rate, units / (performance.now() - started) * 1000);
  }
  return rate;
}

function show(name: string, value: string): void {
  console.log(`${name.padEnd(52)}${value}`);
}

async function engineRates(): Promise<void> {
  using policy = loadPolicy(join(ROOT, "examples/models/listprog"));
  using sessions = new Sessions();
  const engine: Engine = { sessions, ...ENGINE_DEFAULTS };
  const problems = Array.from({ length: 64 }, (_, i) => ({
    id: String(i),
    ...world.hardProblem(random, 4),
  }));
  const prompts = problems.map(({ problem }) => world.studentPrompt(problem));

  const decode = await best(async () => {
    const sampling = { temperature: 1, max_new_tokens: 60, samples: 16 };
    const rollouts = await drawRollouts(policy, engine, prompts, sampling, random);
    return rollouts.reduce((sum, { ids }) => sum + ids.length, 0);
  });
  show("decoding, batch 512", `${Math.round(decode)} tokens/s`);

  using weights = policy.weights.clone();
  using trainer = new Trainer({
    ...policy,
    weights,
    sessions,
    objective: { kind: "cross_entropy" },
    optimizer: ADAMW,
    microBatch: ENGINE_DEFAULTS.microBatch,
  });
  const rows = Array.from({ length: 256 }, () => ({
    ids: Array.from({ length: 41 }, () => random.int(policy.config.vocab_size)),
    promptLength: 1,
  }));
  const train = await best(async () => {
    for (let step = 0; step < 4; step++) await trainer.step(rows, 1e-6);
    return 4 * rows.length * 40;
  });
  show("training, 256 × 40 tokens a step", `${Math.round(train)} tokens/s`);

  const settings = {
    estimator: "rloo",
    level: "sequence",
    clip_low: 0.2,
    clip_high: 0.2,
    learning_rate: 1e-6,
    schedule: "constant",
    warmup: 0,
    weight_decay: 0,
    max_grad_norm: 1,
    steps: 10,
    batch: 16,
    group: 16,
    temperature: 1,
    max_new_tokens: 60,
    kl: 0.001,
    epochs: 1,
    reward: { correct: 1, mentioned: 0, formatted: 0 },
  } as const;
  const drills = problems.map(({ id }) => ({ id, ...world.hardProblem(random, 1) }));
  const student = () => trainStudent(policy, engine, world, drills, settings, random);
  await student(); // builds sessions
  const inside = SESSION_COUNTERS.runMilliseconds, started = performance.now();
  await student();
  const wall = performance.now() - started;
  const share = (SESSION_COUNTERS.runMilliseconds - inside) / wall;
  show("RL step of 16 × 16 rollouts", `${Math.round(wall / settings.steps)} ms`);
  show("time in ONNX Runtime over wall time of an RL step", share.toFixed(2));
}

async function runnerOverhead(): Promise<void> {
  const store = Deno.makeTempDirSync();
  try {
    const overrides = [
      "params.outer_steps=4",
      "params.problems=2",
      "params.inner_steps=1",
      "params.probe_samples=1",
      "params.test_samples=1",
      "steps.pool.with.count=4",
      "steps.hard.with.samples=1",
      "steps.hard.with.train=1",
      "steps.hard.with.test=1",
      "steps.meta.students.with.batch=1",
      "steps.meta.students.with.group=2",
    ];
    const run = () => runPipeline(join(ROOT, "pipelines/soar.yaml"), { store, overrides });
    await run();
    const started = performance.now();
    const { actions } = await run();
    const each = (performance.now() - started) / actions.size;
    show("runner, per cached step", `${each.toFixed(2)} ms`);
  } finally {
    Deno.removeSync(store, { recursive: true });
  }
}

await engineRates();
await runnerOverhead();
