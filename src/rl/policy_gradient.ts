/** What a policy gradient is made of, wherever its rollouts come from. @module */
import { type InferAll, keysOf } from "../../schemas/infer.ts";
import type { Loss } from "../losses/loss.ts";
import type { Policy } from "../policy/policy.ts";
import {
  ADAMW,
  GRADIENT_CHECKPOINTING,
  OPTIMIZER,
  type Row,
  SCHEDULE,
  SCHEDULE_STEPS,
  type StepMetrics,
  Trainer,
} from "../train/mod.ts";
import type { Engine } from "./engine.ts";
import { ESTIMATORS } from "./estimators/mod.ts";
import type { OptimizerState } from "./optimizer_state.ts";
import type { TrainingState } from "./training_state.ts";
import type { Rollout } from "./rollouts.ts";
import { scoreRollouts } from "./scoring.ts";
import { TRAINING_TEMPERATURE } from "./sampling.ts";

const estimators = Object.entries(ESTIMATORS).map(([name, { summary }]) => `${name}: ${summary}`);

/** Settings of a policy gradient (docs/decisions/0019, 0027). */
export const POLICY_GRADIENT = {
  loss: {
    component: "loss",
    default: "rloo",
    description: "What is minimized.",
    was: ["loss_type"],
  },
  estimator: {
    enum: keysOf(ESTIMATORS),
    default: "rloo",
    description: `How rewards become advantages. ${estimators.join(" ")}`,
    was: ["scale_rewards", "normalize_advantages", "adv_estimator", "algorithm"],
  },
  ...SCHEDULE,
  ...SCHEDULE_STEPS,
  ...OPTIMIZER,
  beta: {
    type: "number",
    minimum: 0,
    default: 0.001,
    description:
      "Coefficient of the KL penalty in the reward (k1), to the policy at the start or at input reference.",
    was: ["kl", "kl_coef", "kl_loss_coef", "init_kl_coef"],
  },
  num_iterations: {
    type: "integer",
    minimum: 1,
    default: 1,
    description: "Optimizer steps on a batch of rollouts.",
    was: ["epochs", "ppo_epochs"],
  },
  temperature: TRAINING_TEMPERATURE,
  ...GRADIENT_CHECKPOINTING,
} as const;

/** Settings with what they name in its place. */
export type WithLoss<S> = Omit<S, "loss"> & { readonly loss: Loss };

/** How a policy is optimized, apart from where its rollouts come from. */
export type PolicyGradient = WithLoss<InferAll<typeof POLICY_GRADIENT>>;

/** What training may go on from, and what it gives besides the policy. */
export interface TrainingLinks {
  /** The optimizer's state to go on from, which training takes over. */
  readonly start?: OptimizerState | undefined;
  /** What a KL penalty is measured against, unless the policy at the start. */
  readonly reference?: Policy | undefined;
  /** Puts what an attempt before had into the policy; called when what it is compared with has been copied. */
  readonly resume?: (() => Promise<TrainingState>) | undefined;
  /** Called after each step but the last, with what tells where training stands. */
  readonly onState?: ((state: TrainingState) => void) | undefined;
  /** Called with the optimizer's state at the end, before it is released. */
  readonly onEnd?: (state: OptimizerState) => void;
}

/** Columns of rows that rollouts can fill. */
const COLUMNS: Readonly<Record<string, string>> = {
  advantages: "row",
  old_logps: "token",
  ref_logps: "token",
};

/** Whether a loss compares with a reference itself. */
export function needsReference({ columns }: Pick<Loss, "columns">): boolean {
  return columns.ref_logps !== undefined;
}

/** Whether a step of a policy that is its own reference has nothing to learn from but rounding: no row has an advantage. */
export function isIdle(loss: Loss, values: readonly number[]): boolean {
  return needsReference(loss) && values.every((value) => value === 0);
}

/**
 * The trainer of a loss on the policy's own weights, or on its adapters where it has some.
 *
 * @param start what its optimizer goes on from, which it takes over
 */
export function trainerOf(
  policy: Policy,
  engine: Engine,
  settings: Pick<
    PolicyGradient,
    "loss" | "gradient_checkpointing" | "weight_decay" | "decay_on" | "max_grad_norm"
  >,
  start?: OptimizerState,
): Trainer {
  const { loss, weight_decay, decay_on, max_grad_norm, gradient_checkpointing } = settings;
  return new Trainer({
    ...policy,
    recompute: gradient_checkpointing,
    sessions: engine.sessions,
    loss,
    optimizer: { ...ADAMW, weight_decay, decay_on, max_grad_norm },
    ...(start === undefined ? {} : { start }),
    microBatch: engine.microBatch,
  });
}

/** @throws {RangeError} when a loss needs of rows what rollouts do not have */
export function checkPolicyLoss({ name, columns }: Loss): void {
  const other = Object.entries(columns).find(([column, per]) => COLUMNS[column] !== per);
  if (other === undefined) return;
  const known = Object.entries(COLUMNS).map(([column, per]) => `${column} (by ${per})`).join(", ");
  throw new RangeError(
    `Cannot train on rollouts with loss ${name}: it needs ${other[0]} (by ${
      other[1]
    }); they have ${known}`,
  );
}

/** A rollout as a training row. */
export function toRow(
  rollout: Rollout,
  advantage: number,
  { masked = false, reference }: {
    /** Whether its tokens count for nothing. */
    readonly masked?: boolean;
    /** The reference's log-probabilities, where the loss needs them. */
    readonly reference?: readonly number[] | undefined;
  } = {},
): Row {
  return {
    ids: [...rollout.promptIds, ...rollout.ids],
    promptLength: rollout.promptIds.length,
    columns: {
      advantages: advantage,
      old_logps: rollout.logps,
      ...(reference === undefined ? {} : { ref_logps: reference }),
    },
    masked,
  };
}

/** All optimizer steps on a batch of rollouts. @returns what the last reports */
export async function policySteps(
  trainer: Trainer,
  rows: readonly Row[],
  settings: Pick<PolicyGradient, "num_iterations" | "temperature"> & {
    readonly max_completion_length?: number;
  },
  rate: number,
): Promise<StepMetrics> {
  const { num_iterations, temperature, max_completion_length: maxCompletionLength } = settings;
  const options = { inverseTemperature: 1 / temperature, maxCompletionLength };
  let metrics: StepMetrics = { loss: 0, gradNorm: 0 };
  for (let i = 0; i < num_iterations; i++) metrics = await trainer.step(rows, rate, options);
  return metrics;
}

/** What rollouts are compared with, and how far they are from it. */
export interface Divergence {
  /** Σ_t logp_old - logp_ref of each rollout (k1; TRL's RLOO). */
  readonly sums: readonly number[];
  /** The reference's log-probability of each token. */
  readonly reference: readonly (readonly number[])[];
}

/**
 * How far rollouts are from a reference.
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
): Promise<Divergence> {
  const old = policy === undefined
    ? rollouts.map(({ logps }) => logps)
    : await scoreRollouts(policy, engine, rollouts, temperature);
  const scored = await scoreRollouts(reference, engine, rollouts, temperature);
  const sums = old.map((logps, i) =>
    logps.reduce((sum, logp, t) => sum + logp - scored[i]![t]!, 0)
  );
  return { sums, reference: scored };
}

/** A policy that is its own reference: at 0, exactly. */
export function noDivergence(rollouts: readonly Rollout[]): Divergence {
  return { sums: rollouts.map(() => 0), reference: rollouts.map(({ logps }) => logps) };
}
