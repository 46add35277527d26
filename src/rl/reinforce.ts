import type { Random } from "../random/random.ts";
import {
  ADAMW,
  completionLength,
  type DecayOn,
  type Row,
  type Schedule,
  scheduleFactor,
  Trainer,
  type WarmupFrom,
} from "../train/mod.ts";
import type { Problem, Verdict } from "../graders/grader.ts";
import type { Task } from "../tasks/task.ts";
import { type AdvantageEstimator, advantages, isFlat, type Reward } from "./advantages.ts";
import type { OptimizerState } from "./optimizer_state.ts";
import type { Engine } from "./engine.ts";
import { clonePolicy, type Policy } from "../policy/policy.ts";
import { gradeRollouts, isCorrect } from "./grading.ts";
import { earn, type Earned, type WeightedReward } from "./rewards.ts";
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
  readonly warmup_from: WarmupFrom;
  /** What the schedule runs over, where that is more than the steps of one run. */
  readonly schedule_steps?: number;
  readonly weight_decay: number;
  readonly decay_on: DecayOn;
  readonly max_grad_norm: number;
  /** Coefficient of the KL penalty in the reward. */
  readonly kl: number;
  /** Optimizer steps on each batch of rollouts. */
  readonly epochs: number;
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
  readonly truncated: Truncated;
}

/**
 * What becomes of a completion that was cut off: it is graded as it is; its reward is 0; or it is graded, counts in the
 * baseline, and none of its tokens counts, in the gradient or in a KL penalty (TRL's `mask_truncated_completions`).
 */
export type Truncated = "keep" | "zero" | "mask";

/** What training a student may go on from, and what it gives besides the policy. */
export interface TrainingLinks {
  /** The optimizer's state to go on from, which training takes over. */
  readonly start?: OptimizerState | undefined;
  /** What the KL penalty is measured against, unless the policy at the start. */
  readonly reference?: Policy | undefined;
  /** Called with the optimizer's state at the end, before it is released. */
  readonly onEnd?: (state: OptimizerState) => void;
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
  /** Groups whose rewards all agree, KL penalty left out: the problem gives no gradient. */
  readonly flat_groups: number;
  /** Σ logp - logp_ref per rollout, where a KL penalty is set. */
  readonly kl: number;
}

/** A graded rollout. */
export interface GradedRollout extends Rollout, Earned {
  readonly problem: Problem;
  readonly verdict: Verdict;
}

/** What a student is trained on, and paid for. */
export interface Lessons {
  readonly task: Task;
  readonly problems: readonly Problem[];
  readonly rewards: readonly WeightedReward[];
}

/**
 * The trainer of a policy gradient on the policy's own weights, or on its adapters where it has some.
 *
 * @param start what its optimizer goes on from, which it takes over
 */
export function policyTrainer(
  policy: Policy,
  engine: Engine,
  settings: PolicyGradient,
  start?: OptimizerState,
): Trainer {
  const { level, clip_low, clip_high, recompute } = settings;
  const { weight_decay, decay_on, max_grad_norm } = settings;
  return new Trainer({
    ...policy,
    ...(recompute === undefined ? {} : { recompute }),
    sessions: engine.sessions,
    objective: { kind: "policy_gradient", level, clip_low, clip_high },
    optimizer: { ...ADAMW, weight_decay, decay_on, max_grad_norm },
    ...(start === undefined ? {} : { start }),
    microBatch: engine.microBatch,
  });
}

/** A row of a policy gradient. */
export interface PolicyRow extends Row {
  readonly advantage: number;
  /** Whether its tokens count for nothing. */
  readonly masked?: boolean;
}

/** A rollout as a training row. */
export function toRow(rollout: Rollout, advantage: number, masked = false): PolicyRow {
  return {
    ids: [...rollout.promptIds, ...rollout.ids],
    promptLength: rollout.promptIds.length,
    advantage,
    oldLogps: rollout.logps,
    masked,
  };
}

/**
 * One optimizer step on rollouts with advantages. Rows without advantage have no gradient and are left out;
 * the denominator counts them, but for the tokens of masked rows. Where none is left nothing is updated.
 */
export async function policyStep(
  trainer: Trainer,
  rows: readonly PolicyRow[],
  settings: Pick<PolicyGradient, "level">,
  learningRate: number,
  temperature: number,
): Promise<{ loss: number; gradNorm: number }> {
  const useful = rows.filter((row) => row.advantage !== 0 && row.masked !== true);
  if (useful.length === 0) return { loss: 0, gradNorm: 0 };
  const denominator = settings.level === "sequence"
    ? rows.length
    : rows.reduce((sum, row) => sum + (row.masked === true ? 0 : completionLength(row)), 0);
  return await trainer.step(useful, learningRate, denominator, 1 / temperature);
}

/**
 * Trains the policy in place by RL on problems, against the answers they claim to have.
 *
 * @param onStep called after each step with its metrics and rollouts
 * @param links what it goes on from, and what it gives besides
 * @throws {Error} when sampler and trainer disagree at the first step, or training diverges
 */
export async function trainStudent(
  policy: Policy,
  engine: Engine,
  lessons: Lessons,
  settings: StudentTraining,
  random: Random,
  onStep: (step: StudentStep, rollouts: readonly GradedRollout[]) => void = () => {},
  links: TrainingLinks = {},
): Promise<void> {
  const { problems } = lessons;
  if (problems.length === 0) {
    throw new RangeError(
      "Cannot train a student on no problems: there are no promotion questions before a promotion",
    );
  }
  const { start, onEnd } = links, first = start?.position ?? 0;
  using trainer = policyTrainer(policy, engine, settings, start);
  using copy = settings.kl > 0 && links.reference === undefined ? clonePolicy(policy) : undefined;
  const reference = settings.kl > 0 ? links.reference ?? copy : undefined;
  const scheduled = settings.schedule_steps ?? first + settings.steps;
  let changed = false;
  const order = problemOrder(problems, random.derive("order"));
  for (let step = 0; step < settings.steps; step++) {
    engine.signal?.throwIfAborted();
    const chosen = Array.from({ length: settings.batch }, order);
    const rollouts = await rolloutStep(policy, engine, lessons, chosen, settings, random, step);
    if (step === 0) await selfTest(policy, engine, rollouts, settings.temperature);
    // Before the first change the policy is its copy, exactly: no rounding to learn from.
    const differences = reference === undefined || (reference === copy && !changed)
      ? rollouts.map(() => 0)
      : await divergence(
        reference,
        engine,
        rollouts,
        settings.temperature,
        changed ? undefined : policy,
      );
    const masked = rollouts.map(({ finished }) => settings.truncated === "mask" && !finished);
    const penalty = differences.map((difference, i) => masked[i] ? 0 : difference);
    const rewards = rollouts.map(({ reward }, i): Reward =>
      reward === null ? null : reward - settings.kl * penalty[i]!
    );
    const values = advantages(rewards, settings.group, settings.estimator);
    const rows = rollouts.map((rollout, i) => toRow(rollout, values[i]!, masked[i]));
    const rate = learningRate(settings, first + step, scheduled);
    const { steps: before } = trainer;
    const metrics = await policySteps(trainer, rows, settings, rate);
    // Not by the last epoch's gradient, which is 0 where all ratios are clipped.
    changed ||= rate > 0 && trainer.steps > before;
    onStep({
      step,
      loss: metrics.loss,
      grad_norm: metrics.gradNorm,
      ...summarize(rollouts, settings.group),
      kl: mean(penalty),
    }, rollouts);
  }
  onEnd?.({ ...trainer.state, position: first + settings.steps });
}

/** All optimizer steps on a batch of rollouts. @returns what the last reports */
export async function policySteps(
  trainer: Trainer,
  rows: readonly PolicyRow[],
  settings: Pick<PolicyGradient, "level" | "epochs"> & { readonly temperature: number },
  rate: number,
): Promise<{ loss: number; gradNorm: number }> {
  let metrics = { loss: 0, gradNorm: 0 };
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    metrics = await policyStep(trainer, rows, settings, rate, settings.temperature);
  }
  return metrics;
}

/** The learning rate at a step of the schedule, counted from 0. */
export function learningRate(settings: PolicyGradient, step: number, steps: number): number {
  const { learning_rate, schedule, warmup, warmup_from } = settings;
  return learning_rate * scheduleFactor(schedule, step, steps, warmup, warmup_from);
}

async function rolloutStep(
  policy: Policy,
  engine: Engine,
  { task, rewards }: Lessons,
  chosen: readonly Problem[],
  settings: StudentTraining,
  random: Random,
  step: number,
): Promise<GradedRollout[]> {
  const { temperature, max_new_tokens, group: samples } = settings;
  const prompts = chosen.map((problem) => task.prompt(problem));
  const sampling = { temperature, max_new_tokens, samples };
  const drawn = await drawRollouts(policy, engine, prompts, sampling, random.derive(step));
  const verdicts = await gradeRollouts(task, chosen, drawn, engine);
  return await Promise.all(drawn.map(async (rollout, i) => {
    const { text: completion, finished, ids } = rollout;
    const problem = chosen[rollout.prompt]!, verdict = verdicts[i]!;
    const sample = { problem, completion, verdict, finished, tokens: ids.length };
    const earned = await earn(rewards, sample);
    const lost = settings.truncated === "zero" && !finished;
    return { ...rollout, problem, verdict, ...earned, ...(lost ? { reward: 0 } : {}) };
  }));
}

/**
 * Σ_t logp_old - logp_ref of each rollout (k1; TRL's RLOO).
 *
 * @param policy where given, it is scored as the reference is, so that one that computes the same is at exactly 0: the
 *   sampler's rounding would be a signal where rewards agree
 */
export async function divergence(
  reference: Policy,
  engine: Engine,
  rollouts: readonly Rollout[],
  temperature: number,
  policy?: Policy,
): Promise<number[]> {
  const old = policy === undefined
    ? rollouts.map(({ logps }) => logps)
    : await scoreRollouts(policy, engine, rollouts, temperature);
  const scored = await scoreRollouts(reference, engine, rollouts, temperature);
  return old.map((logps, i) => logps.reduce((sum, logp, t) => sum + logp - scored[i]![t]!, 0));
}

function summarize(rollouts: readonly GradedRollout[], group: number) {
  let flat = 0;
  for (let start = 0; start < rollouts.length; start += group) {
    const rewards = rollouts.slice(start, start + group).map(({ reward }) => reward);
    if (isFlat(rewards)) flat++;
  }
  return {
    reward: mean(rollouts.flatMap(({ reward }) => reward === null ? [] : [reward])),
    correct: mean(rollouts.map(({ verdict }) => Number(isCorrect(verdict)))),
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
