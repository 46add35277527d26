/**
 * What clipped policy gradients are made of, as in TRL 1.16 (trl/trainer/grpo_trainer.py, `_compute_loss`).
 *
 * @module
 */
import type { InferAll } from "../../schemas/infer.ts";
import type { Value } from "../onnx/mod.ts";
import type { Columns, LossInputs, Unit } from "./loss.ts";

/** Settings of clipping. */
export const CLIPPING = {
  epsilon: {
    type: "number",
    minimum: 0,
    default: 0.2,
    description: "Ratios below 1 - epsilon are clipped.",
    was: ["clip_low"],
  },
  epsilon_high: {
    type: "number",
    minimum: 0,
    description: "Ratios above 1 + epsilon_high are clipped; epsilon unless set.",
    was: ["clip_high"],
  },
} as const;

/** Settings that the losses of the GRPO family share. */
export const GRPO = {
  ...CLIPPING,
  importance_sampling_level: {
    enum: ["token", "sequence"],
    default: "token",
    description:
      "One ratio per token, or one per completion: the geometric mean of its tokens' (GSPO).",
    was: ["level"],
  },
  beta: {
    type: "number",
    minimum: 0,
    default: 0,
    description: "Coefficient of the KL penalty in the loss (k3 of each token), to the reference.",
  },
} as const;

type Clipping = InferAll<typeof CLIPPING>;
type Penalty = { readonly beta: number };

/** The ratio of each completion, exp Σ (logp - old), [B, 1] (TRL's RLOOTrainer). */
export function sequenceRatio(inputs: LossInputs): Value {
  const { op } = inputs.graph;
  return op.Exp(op.ReduceSum(logRatios(inputs), inputs.graph.ints([1])));
}

/** `advantages` and `old_logps`, and `ref_logps` for a penalty. */
export function policyColumns({ beta }: Penalty = { beta: 0 }): Columns {
  return {
    advantages: "row",
    old_logps: "token",
    ...(beta > 0 ? { ref_logps: "token" } : {}),
  };
}

/** A row without advantage has no gradient, unless there is a penalty. */
export function policyFactor({ beta }: Penalty = { beta: 0 }): string | undefined {
  return beta > 0 ? undefined : "advantages";
}

/**
 * What is gained with a ratio ρ, [B, 1] or [B, T]: min(ρ A, clip(ρ, 1 - epsilon, 1 + epsilon_high) A). Reports how many
 * are clipped (TRL's `clip_ratio`); tokens that do not count have a ratio of 1, which never is.
 */
export function clippedGain(
  inputs: LossInputs,
  ratio: Value,
  { epsilon, epsilon_high = epsilon }: Clipping,
): Value {
  const { graph: { op }, column } = inputs, advantages = column("advantages");
  const clipped = op.Max(op.Min(ratio, 1 + epsilon_high), 1 - epsilon);
  const free = op.Mul(ratio, advantages), bounded = op.Mul(clipped, advantages);
  inputs.report("clipped", sumOf(inputs, op.Cast(op.Less(bounded, free), { to: "float32" })));
  return op.Min(free, bounded);
}

/**
 * The loss of each token, [B, T], 0 where nothing counts: -min(ρ A, clip(ρ) A) + beta k3, with ρ of each token or
 * exp(mean (logp - old)) of each completion, and k3 = exp(ref - logp) - (ref - logp) - 1.
 */
export function tokenLosses(inputs: LossInputs, settings: Clipping & Penalty): Value {
  const { graph: { op }, logps, mask } = inputs;
  const losses = op.Neg(clippedGain(inputs, ratioOf(inputs), settings));
  if (settings.beta === 0) return op.Mul(losses, mask);
  const apart = op.Mul(op.Sub(inputs.column("ref_logps"), logps), mask);
  const k3 = op.Sub(op.Sub(op.Exp(apart), apart), 1);
  return op.Mul(op.Add(losses, op.Mul(k3, settings.beta)), mask);
}

/** Σ over all of a [B, n], []. */
export function sumOf({ graph }: LossInputs, values: Value): Value {
  return graph.op.ReduceSum(values, graph.ints([0, 1]), { keepdims: 0 });
}

/** Completion tokens of each row that count, [B, 1]; 1 where there are none, as in TRL. */
export function lengthsOf({ graph, mask }: LossInputs): Value {
  return graph.op.Max(graph.op.ReduceSum(mask, graph.ints([1])), 1);
}

function ratioOf(inputs: LossInputs): Value {
  const { graph, unit } = inputs, { op } = graph, logs = logRatios(inputs);
  switch (unit) {
    case "token":
      return op.Exp(logs);
    case "sequence":
      return op.Exp(op.Div(op.ReduceSum(logs, graph.ints([1])), lengthsOf(inputs)));
    default:
      return unit satisfies never;
  }
}

function logRatios({ graph: { op }, logps, mask, column }: LossInputs): Value {
  return op.Mul(op.Sub(logps, column("old_logps")), mask);
}

/** What a setting says of the ratio. */
export function unitOf(
  { importance_sampling_level }: { readonly importance_sampling_level: Unit },
): Unit {
  return importance_sampling_level;
}
