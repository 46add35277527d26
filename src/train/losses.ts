import type { Graph, Value } from "../onnx/mod.ts";
import { causalAttention, decoder, type LlamaConfig, logits as head } from "../models/mod.ts";

/** What is minimized. */
export type Objective =
  | { readonly kind: "cross_entropy" }
  | {
    readonly kind: "policy_gradient";
    /** Whether the ratio is one per completion (TRL's RLOO) or one per token (verl). */
    readonly level: "sequence" | "token";
    readonly clip_low: number;
    readonly clip_high: number;
  };

/** What a loss gives back. */
export interface Loss {
  /** The scalar to minimize. */
  readonly loss: Value;
  /** Log-probability of each label, [B, T]. */
  readonly logps: Value;
}

/**
 * Log-probabilities of the labels under softmax(logits / τ), in float32.
 *
 * Inputs of the graph: `ids` and `labels` int64 [B, T], `inverse_temperature` [].
 */
export function labelLogps(
  graph: Graph,
  config: LlamaConfig,
  weights: ReadonlyMap<string, Value>,
): Value {
  const { op } = graph;
  const ids = graph.input("ids", "int64", ["batch", "length"]);
  const labels = graph.input("labels", "int64", ["batch", "length"]);
  const inverse = graph.input("inverse_temperature", "float32", []);
  const hidden = decoder(graph, config, weights, ids, causalAttention(graph, config, ids));
  const scores = head(graph, config, weights, hidden); // [N, V]
  return graph.scope("logps", () => {
    const all = op.LogSoftmax(op.Mul(scores, inverse), { axis: -1 });
    const index = graph.reshape(labels, ["batch*length", 1]);
    return graph.reshape(op.GatherElements(all, index, { axis: 1 }), ["batch", "length"]);
  });
}

/**
 * The loss of one micro-batch. Denominators are inputs, so that micro-batches of one batch add up to it.
 *
 * Inputs besides those of {@linkcode labelLogps}: `mask` [B, T], which covers what counts, and `scale` [],
 * one over the number of labels, completions or completion tokens in the whole batch; for a policy gradient
 * also `advantages` [B, 1] and `old_logps` [B, T].
 */
export function buildLoss(
  graph: Graph,
  config: LlamaConfig,
  weights: ReadonlyMap<string, Value>,
  objective: Objective,
): Loss {
  const { op } = graph;
  const logps = labelLogps(graph, config, weights);
  const mask = graph.input("mask", "float32", ["batch", "length"]);
  const scale = graph.input("scale", "float32", []);
  return graph.scope("loss", () => {
    switch (objective.kind) {
      case "cross_entropy": {
        // L = -scale · sum(mask · logp)
        const total = op.ReduceSum(op.Mul(logps, mask), graph.ints([0, 1]), { keepdims: 0 });
        return { loss: op.Neg(op.Mul(total, scale)), logps };
      }
      case "policy_gradient":
        return { loss: policyGradientLoss(graph, logps, mask, scale, objective), logps };
      default:
        return objective satisfies never;
    }
  });
}

/**
 * L = -scale · Σ min(ρ A, clip(ρ) A) with ρ = exp(logp - old), one ratio per completion or per token
 * (TRL's RLOOTrainer; verl). Declares `advantages` [B, 1] and `old_logps` [B, T].
 */
export function policyGradientLoss(
  graph: Graph,
  logps: Value, // [B, T]
  mask: Value, // [B, T]
  scale: Value, // []
  objective: Extract<Objective, { kind: "policy_gradient" }>,
): Value {
  const { op } = graph;
  const [batch] = logps.shape;
  const advantages = graph.input("advantages", "float32", [batch!, 1]);
  const old = graph.input("old_logps", "float32", logps.shape);
  const difference = op.Mul(op.Sub(logps, old), mask);
  const perRow = objective.level === "sequence";
  const ratio = op.Exp(perRow ? op.ReduceSum(difference, graph.ints([1])) : difference);
  const clipped = op.Max(op.Min(ratio, 1 + objective.clip_high), 1 - objective.clip_low);
  const gain = op.Min(op.Mul(ratio, advantages), op.Mul(clipped, advantages));
  const counted = perRow ? gain : op.Mul(gain, mask);
  return op.Neg(op.Mul(op.ReduceSum(counted, graph.ints([0, 1]), { keepdims: 0 }), scale));
}
