import type { Random } from "../random/random.ts";
import {
  ADAMW,
  completionLength,
  type Row,
  type Schedule,
  scheduleFactor,
  Trainer,
} from "../train/mod.ts";
import type { Problem, World } from "../worlds/mod.ts";
import { type AdvantageEstimator, advantages, type Reward } from "./advantages.ts";
import { clonePolicy, type Engine, type Policy } from "./policy.ts";
import { grade, type StudentReward, type Verdict } from "./rewards.ts";
import { drawRollouts, type Rollout, scoreRollouts, selfTest } from "./rollouts.ts";
import { mean } from "./statistics.ts";

/** How a policy is optimized, apart from where its rollouts come from. */
export interface PolicyGradient {
  readonly estimator: AdvantageEstimator;
  /** One ratio per completion or per token. */
  readonly level: "sequence" | "token";
  readonly clip_low: number;
  readonly clip_high: number;
  readonly learning_rate: number;
  readonly schedule: Schedule;
  readonly warmup: number;
  readonly weight_decay: number;
  readonly max_grad_norm: number;
  /** Whether activations are computed again in the backward pass instead of being kept. */
  readonly recompute?: boolean;
}

/** How a student is trained. */
export interface StudentTraining extends PolicyGradient {
  readonly steps: number;
  /** Problems in a step. */
  readonly batch: number;
  /** Rollouts of each problem. */
  readonly group: number;
  readonly temperature: number;
  readonly max_new_tokens: number;
  /** Coefficient of the KL penalty to the policy at the start, in the reward. */
  readonly kl: number;
  /** Optimizer steps on each batch of rollouts. */
  readonly epochs: number;
  readonly reward: StudentReward;
}

/** What a step of student training reports. */
export interface StudentStep {
  readonly step: number;
  readonly loss: number;
  readonly grad_norm: number;
  /** Mean reward, KL penalty left out. */
  readonly reward: number;
  /** Share of rollouts with the right answer. */
  readonly correct: number;
  /** Share of rollouts that ended by themselves. */
  readonly finished: number;
  /** Groups whose rewards all agree, and which therefore give no gradient. */
  readonly flat_groups: number;
  /** Σ logp - logp_ref per rollout, where a KL penalty is set. */
  readonly kl: number;
}

/** A graded rollout. */
export interface GradedRollout extends Rollout, Verdict {
  readonly problem: Problem;
}

/** The trainer of a policy gradient on the policy's own weights, or on its adapters where it has some. */
export function policyTrainer(policy: Policy, engine: Engine, settings: PolicyGradient): Trainer {
  const { level, clip_low, clip_high, weight_decay, max_grad_norm, recompute } = settings;
  return new Trainer({
    ...policy,
    ...(recompute === undefined ? {} : { recompute }),
    sessions: engine.sessions,
    objective: { kind: "policy_gradient", level, clip_low, clip_high },
    optimizer: { ...ADAMW, weight_decay, max_grad_norm },
    microBatch: engine.microBatch,
  });
}

/** A rollout as a training row. */
export function toRow(rollout: Rollout, advantage: number): Row {
  return {
    ids: [...rollout.promptIds, ...rollout.ids],
    promptLength: rollout.promptIds.length,
    advantage,
    oldLogps: rollout.logps,
  };
}

/**
 * One optimizer step on rollouts with advantages. Rows without advantage have no gradient and are left out;
 * the denominator counts them. Where none is left nothing is updated.
 */
export async function policyStep(
  trainer: Trainer,
  rows: readonly Row[],
  settings: PolicyGradient,
  learningRate: number,
  temperature: number,
): Promise<{ loss: number; gradNorm: number }> {
  const useful = rows.filter((row) => row.advantage !== 0);
  if (useful.length === 0) return { loss: 0, gradNorm: 0 };
  const denominator = settings.level === "sequence"
    ? rows.length
    : rows.reduce((sum, row) => sum + completionLength(row), 0);
  return await trainer.step(useful, learningRate, denominator, 1 / temperature);
}

/**
 * Trains the policy in place by RL on problems, against the answers they claim to have.
 *
 * @param onStep called after each step with its metrics and rollouts
 * @throws {Error} when sampler and trainer disagree at the first step, or training diverges
 */
export async function trainStudent(
  policy: Policy,
  engine: Engine,
  world: World,
  problems: readonly Problem[],
  settings: StudentTraining,
  random: Random,
  onStep: (step: StudentStep, rollouts: readonly GradedRollout[]) => void = () => {},
): Promise<void> {
  if (problems.length === 0) throw new RangeError("Cannot train a student on no problems");
  using trainer = policyTrainer(policy, engine, settings);
  using reference = settings.kl > 0 ? clonePolicy(policy) : undefined;
  const order = problemOrder(problems, random.derive("order"));
  for (let step = 0; step < settings.steps; step++) {
    engine.signal?.throwIfAborted();
    const chosen = Array.from({ length: settings.batch }, order);
    const rollouts = await rolloutStep(policy, engine, world, chosen, settings, random, step);
    if (step === 0) await selfTest(policy, engine, rollouts, settings.temperature);
    // Before the first update the policy is the reference, exactly: no rounding to learn from.
    const penalty = reference === undefined || trainer.steps === 0
      ? rollouts.map(() => 0)
      : await divergence(reference, engine, rollouts, settings.temperature);
    const rewards = rollouts.map(({ reward }, i): Reward =>
      reward === null ? null : reward - settings.kl * penalty[i]!
    );
    const values = advantages(rewards, settings.group, settings.estimator);
    const rows = rollouts.map((rollout, i) => toRow(rollout, values[i]!));
    const rate = settings.learning_rate *
      scheduleFactor(settings.schedule, step, settings.steps, settings.warmup);
    let metrics = { loss: 0, gradNorm: 0 };
    for (let epoch = 0; epoch < settings.epochs; epoch++) {
      metrics = await policyStep(trainer, rows, settings, rate, settings.temperature);
    }
    onStep({
      step,
      loss: metrics.loss,
      grad_norm: metrics.gradNorm,
      ...summarize(rollouts, settings.group),
      kl: mean(penalty),
    }, rollouts);
  }
}

async function rolloutStep(
  policy: Policy,
  engine: Engine,
  world: World,
  chosen: readonly Problem[],
  settings: StudentTraining,
  random: Random,
  step: number,
): Promise<GradedRollout[]> {
  const { temperature, max_new_tokens, group: samples } = settings;
  const prompts = chosen.map(({ problem }) => world.studentPrompt(problem));
  const sampling = { temperature, max_new_tokens, samples };
  const drawn = await drawRollouts(policy, engine, prompts, sampling, random.derive(step));
  return drawn.map((rollout) => {
    const problem = chosen[rollout.prompt]!;
    return { ...rollout, problem, ...grade(world, problem, rollout.text, settings.reward) };
  });
}

/** Σ_t logp_old - logp_ref of each rollout (k1; rl.md, RLOO 2). */
async function divergence(
  reference: Policy,
  engine: Engine,
  rollouts: readonly Rollout[],
  temperature: number,
): Promise<number[]> {
  const scored = await scoreRollouts(reference, engine, rollouts, temperature);
  return rollouts.map(({ logps }, i) =>
    logps.reduce((sum, logp, t) => sum + logp - scored[i]![t]!, 0)
  );
}

function summarize(rollouts: readonly GradedRollout[], group: number) {
  let flat = 0;
  for (let start = 0; start < rollouts.length; start += group) {
    const rewards = rollouts.slice(start, start + group).map(({ reward }) => reward);
    if (rewards.every((reward) => reward === rewards[0])) flat++;
  }
  return {
    reward: mean(rollouts.flatMap(({ reward }) => reward === null ? [] : [reward])),
    correct: mean(rollouts.map(({ correct }) => Number(correct))),
    finished: mean(rollouts.map(({ finished }) => Number(finished))),
    flat_groups: flat,
  };
}

/** Gives problem after problem, reshuffled whenever all were given. */
function problemOrder(problems: readonly Problem[], random: Random): () => Problem {
  let queue: Problem[] = [];
  return () => {
    if (queue.length === 0) queue = random.shuffle(problems);
    return queue.pop()!;
  };
}
