import { defineLoss, tokensOf } from "./loss.ts";
import { GRPO, policyColumns, policyFactor, sumOf, tokenLosses, unitOf } from "./clipping.ts";

/**
 * L = 1/Σ_i |o_i| Σ_it l_it with l = -min(ρ A, clip(ρ) A): each token of the batch counts alike (Yu et al. 2025, arXiv
 * 2503.14476, eq. 8, whose epsilon_high is 0.28; TRL's GRPOTrainer with `loss_type="dapo"`, its default).
 */
export const dapo = defineLoss({
  name: "dapo",
  summary: "Clipped policy gradient, averaged over the tokens of the batch (DAPO).",
  config: { type: "object", properties: GRPO, additionalProperties: false },
  columns: policyColumns,
  unit: unitOf,
  factor: policyFactor,
  denominator: (batch) => Math.max(1, tokensOf(batch)),
  graph: (inputs, settings) => sumOf(inputs, tokenLosses(inputs, settings)),
});
