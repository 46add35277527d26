/**
 * One piece of work on SmolLM2 in a process of its own, for bench/smollm2.ts; bench/peers/work.py does the same.
 *
 *     deno run -A bench/work.ts train 4 128
 *     deno run -A bench/work.ts generate 8
 *     deno run -A bench/work.ts rloo full
 *     deno run -A bench/work.ts rloo lora int4
 *     SOAR_TEST_DEVICE=cuda deno run -A bench/work.ts train 4 128
 *
 * Prints one JSON object: the best time of a repeat after the first, the time from the start of the process to the end of
 * the first, and the largest memory, in seconds and bytes.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { defaultsOf } from "../schemas/infer.ts";
import { generate } from "../src/generate/mod.ts";
import { cross_entropy } from "../src/losses/cross_entropy.ts";
import { bindLoss } from "../src/losses/loss.ts";
import { rloo as rlooLoss } from "../src/losses/rloo.ts";
import { PRECISIONS, type Projection, PROJECTIONS } from "../src/models/mod.ts";
import { Sessions } from "../src/onnx/mod.ts";
import type { DeviceName } from "../src/runtime/mod.ts";
import { Random } from "../src/random/random.ts";
import { adaptPolicy, loadPolicy, type Policy } from "../src/policy/mod.ts";
import { ADAMW, Trainer } from "../src/train/mod.ts";

const MODEL = fileURLToPath(new URL("../.soar/models/SmolLM2-135M-Instruct", import.meta.url));
const REPEATS = 4,
  RL_REPEATS = 2,
  PROMPT = 32,
  NEW_TOKENS = 64,
  PROMPTS = 8,
  GROUP = 8,
  MICRO_BATCH = 8;

const random = new Random("bench");
const started = performance.timeOrigin;

function sequence(length: number, policy: Policy): number[] {
  return Array.from({ length }, () => random.int(policy.config.vocab_size));
}

function completions(policy: Policy, sessions: Sessions, prompts: number, samples: number) {
  return generate({ ...policy, sessions }, {
    prompts: Array.from({ length: prompts }, () => sequence(PROMPT, policy)),
    samples,
    maxNewTokens: NEW_TOKENS,
    endIds: new Set(),
    temperature: 1,
    uniform: (...at) => random.at(...at),
    batch: prompts * samples,
  });
}

type Work = (policy: Policy, sessions: Sessions) => Promise<() => Promise<unknown>>;

/** Training steps on random tokens. */
function train(rows: number, length: number): Work {
  return (policy, sessions) => {
    const trainer = new Trainer({
      ...policy,
      sessions,
      loss: bindLoss(cross_entropy, {}),
      optimizer: ADAMW,
      microBatch: rows,
    });
    return Promise.resolve(() =>
      trainer.step(
        Array.from({ length: rows }, () => ({
          ids: sequence(length + 1, policy),
          promptLength: 1,
        })),
        1e-6,
      )
    );
  };
}

/** A step of RLOO: 8 prompts, 8 samples each, 64 tokens, and an update on all of them. */
const rloo: Work = (policy, sessions) => {
  const trainer = new Trainer({
    ...policy,
    sessions,
    loss: bindLoss(rlooLoss, defaultsOf(rlooLoss.config)),
    optimizer: ADAMW,
    microBatch: MICRO_BATCH,
  });
  return Promise.resolve(async () => {
    const prompts = Array.from({ length: PROMPTS }, () => sequence(PROMPT, policy));
    const rollouts = await completions(policy, sessions, PROMPTS, GROUP);
    const rows = rollouts.map(({ promptIndex: prompt, ids, logps }) => ({
      ids: [...prompts[prompt]!, ...ids],
      promptLength: PROMPT,
      columns: { advantages: random.normal(), old_logps: logps },
    }));
    await trainer.step(rows, 1e-6);
  });
};

const [name, ...args] = Deno.args;
const lora = { rank: 16, alpha: 32, targets: Object.keys(PROJECTIONS) as Projection[] };
const precision = PRECISIONS.find((precision) => args.includes(precision));
const base = loadPolicy(MODEL, precision);
const policy = name === "rloo" && args[0] === "lora" ? adaptPolicy(base, lora, random) : base;
const device = (Deno.env.get("SOAR_TEST_DEVICE") ?? "cpu") as DeviceName;
const sessions = new Sessions({ device });
const step = name === "train"
  ? await train(Number(args[0]), Number(args[1]))(policy, sessions)
  : name === "rloo"
  ? await rloo(policy, sessions)
  : () => completions(policy, sessions, Number(args[0]), 1);
let best = Infinity, first = 0;
for (let i = 0; i < (name === "rloo" ? RL_REPEATS : REPEATS); i++) {
  const start = performance.now();
  await step();
  if (i === 0) first = Date.now() - started;
  else best = Math.min(best, performance.now() - start);
}
const status = Deno.readTextFileSync("/proc/self/status");
const peak = 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)![1]);
console.log(JSON.stringify({ best: best / 1000, first: first / 1000, peak }));
