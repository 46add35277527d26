import { backward } from "../autodiff/mod.ts";
import { Graph, type Value } from "../onnx/mod.ts";

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

/**
 * The loss of one micro-batch and its gradient with respect to the log-probabilities of the labels.
 *
 * Inputs: `logps` and `mask` [B, T], which covers what counts; `scale` [], one over the number of labels,
 * completions or completion tokens in the whole batch, so that micro-batches of one batch add up to it; for a
 * policy gradient also `advantages` [B, 1] and `old_logps` [B, T]. Outputs: `loss` [], `logps.gradient` [B, T].
 */
export function lossGraph(objective: Objective): Graph {
  const graph = new Graph(`loss/${objective.kind}`);
  const logps = graph.input("logps", "float32", ["batch", "length"]);
  const mask = graph.input("mask", "float32", ["batch", "length"]);
  const scale = graph.input("scale", "float32", []);
  const loss = objective.kind === "cross_entropy"
    ? crossEntropyLoss(graph, logps, mask, scale)
    : policyGradientLoss(graph, logps, mask, scale, objective);
  graph.output("loss", loss);
  graph.output("logps.gradient", backward(graph, loss, [logps])[0]!);
  return graph;
}

/** L = -scale · Σ mask · logp. */
function crossEntropyLoss(graph: Graph, logps: Value, mask: Value, scale: Value): Value {
  const { op } = graph;
  const total = op.ReduceSum(op.Mul(logps, mask), graph.ints([0, 1]), { keepdims: 0 });
  return op.Neg(op.Mul(total, scale));
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
