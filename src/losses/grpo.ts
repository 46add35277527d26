import { defineLoss } from "./loss.ts";
import {
  GRPO,
  lengthsOf,
  policyColumns,
  policyFactor,
  sumOf,
  tokenLosses,
  unitOf,
} from "./clipping.ts";

/**
 * L = mean_i 1/|o_i| Σ_t l_it with l = -min(ρ A, clip(ρ) A): each completion counts alike, whatever its length (Shao et
 * al. 2024, arXiv 2402.03300, eq. 3; TRL's GRPOTrainer with `loss_type="grpo"`).
 */
export const grpo = defineLoss({
  name: "grpo",
  summary: "Clipped policy gradient, averaged over the tokens of each completion (GRPO).",
  config: { type: "object", properties: GRPO, additionalProperties: false },
  columns: policyColumns,
  unit: unitOf,
  factor: policyFactor,
  denominator: ({ lengths }) => lengths.length,
  graph(inputs, settings) {
    const { graph } = inputs, { op } = graph;
    const rows = op.ReduceSum(tokenLosses(inputs, settings), graph.ints([1]));
    return sumOf(inputs, op.Div(rows, lengthsOf(inputs)));
  },
});
