import { defineLoss, tokensOf } from "./loss.ts";

/** L = -1/Σ_i |o_i| Σ_it logp_it, the mean over completion tokens (TRL's SFTTrainer with `loss_type="nll"`). */
export const cross_entropy = defineLoss({
  name: "cross_entropy",
  summary: "Cross-entropy of completion tokens, averaged over those of the batch.",
  config: { type: "object", properties: {}, additionalProperties: false },
  columns: () => ({}),
  unit: () => "token",
  denominator: tokensOf,
  graph({ graph, logps, mask }) {
    const { op } = graph;
    return op.Neg(op.ReduceSum(op.Mul(logps, mask), graph.ints([0, 1]), { keepdims: 0 }));
  },
});
