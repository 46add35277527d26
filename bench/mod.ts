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
import { defaultsOf } from "../schemas/infer.ts";
import { cross_entropy } from "../src/losses/cross_entropy.ts";
import { bindLoss } from "../src/losses/loss.ts";
import { rloo } from "../src/losses/rloo.ts";
import { Sessions } from "../src/onnx/mod.ts";
import { Random } from "../src/random/random.ts";
import { generate } from "../src/generate/mod.ts";
import { loadPolicy, type Policy } from "../src/policy/mod.ts";
import {
  type Engine,
  ENGINE_DEFAULTS,
  STUDENT_TRAINING,
  type StudentTraining,
  trainStudent,
} from "../src/rl/mod.ts";
import { SESSION_COUNTERS } from "../src/runtime/mod.ts";
import { ADAMW, Trainer } from "../src/train/mod.ts";
import { Definitions } from "../src/stage/definitions.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const random = new Random("bench");
const repeats = 10;
const MODEL = join(ROOT, "examples/models/listprog");
/** The work that both sides do. */
const WORK = {
  rows: 256,
  length: 40,
  steps: 4,
  prompts: 512,
  promptLength: 8,
  newTokens: 40,
} as const;

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

async function engineRates(): Promise<{ train: number; sample: number }> {
  using policy = loadPolicy(MODEL);
  using sessions = new Sessions();
  const engine: Engine = { sessions, ...ENGINE_DEFAULTS };
  const tokens = (count: number) =>
    Array.from({ length: count }, () => 2 + random.int(policy.config.vocab_size - 2));

  const prompts = Array.from({ length: WORK.prompts }, () => tokens(WORK.promptLength));
  const sample = await best(async () => {
    const completions = await generate({ ...policy, sessions }, {
      prompts,
      samples: 1,
      maxNewTokens: WORK.newTokens,
      endIds: new Set(),
      temperature: 1,
      uniform: (prompt, sample, position) => random.at(prompt, sample, position),
      batch: WORK.prompts,
    });
    return completions.length * WORK.newTokens;
  });
  show(
    `sampling, ${WORK.prompts} rows of ${WORK.newTokens} tokens`,
    `${Math.round(sample)} tokens/s`,
  );

  using weights = policy.weights.clone();
  using trainer = new Trainer({
    ...policy,
    weights,
    sessions,
    loss: bindLoss(cross_entropy, {}),
    optimizer: ADAMW,
    microBatch: ENGINE_DEFAULTS.microBatch,
  });
  const rows = Array.from(
    { length: WORK.rows },
    () => ({ ids: tokens(WORK.length + 1), promptLength: 1 }),
  );
  const train = await best(async () => {
    for (let step = 0; step < WORK.steps; step++) await trainer.step(rows, 1e-6);
    return WORK.steps * WORK.rows * WORK.length;
  });
  show(`training, ${WORK.rows} × ${WORK.length} tokens a step`, `${Math.round(train)} tokens/s`);
  await studentStep(policy, engine);
  return { train, sample };
}

async function studentStep(policy: Policy, engine: Engine): Promise<void> {
  const settings: StudentTraining = {
    ...defaultsOf({ type: "object", properties: STUDENT_TRAINING, additionalProperties: false }),
    loss: bindLoss(rloo, defaultsOf(rloo.config)),
    learning_rate: 1e-6,
    steps: 10,
    max_completion_length: 60,
  };
  const library = new Definitions(), task = await library.task({ uses: "listprog" });
  const lessons = {
    task,
    problems: Array.from(
      { length: 64 },
      (_, i) => ({ id: `${i}`, ...task.generator!.draw(random, 1) }),
    ),
    rewards: await library.rewards({ correct: { uses: "correct", weight: 1 } }),
  };
  const student = () => trainStudent(policy, engine, lessons, settings, random);
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
      "steps.meta.students.with.num_generations=2",
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

/** The same work in PyTorch and transformers, where `SOAR_PEER_PYTHON` names a Python that has them. */
async function peerRatios(ours: { train: number; sample: number }): Promise<void> {
  const python = Deno.env.get("SOAR_PEER_PYTHON");
  if (python === undefined) {
    return show("peer", "none: set SOAR_PEER_PYTHON, see bench/peers/miniature.py");
  }
  const numbers = [
    WORK.rows,
    WORK.length,
    WORK.steps,
    WORK.prompts,
    WORK.promptLength,
    WORK.newTokens,
  ];
  const { stdout, code } = await new Deno.Command(python, {
    args: [join(ROOT, "bench/peers/miniature.py"), MODEL, ...numbers.map(String)],
  }).output();
  if (code !== 0) throw new Error(`The peer failed with exit code ${code}`);
  const peer = JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
  show("peer", peer.versions);
  show("sampling over transformers' generate", `${(ours.sample / peer.sample).toFixed(1)} ×`);
  show("training over PyTorch eager", `${(ours.train / peer.train).toFixed(1)} ×`);
}

const ours = await engineRates();
await runnerOverhead();
await peerRatios(ours);
