import { defineLoss } from "./loss.ts";
import {
  clippedGain,
  CLIPPING,
  policyColumns,
  policyFactor,
  sequenceRatio,
  sumOf,
} from "./clipping.ts";

/**
 * L = -mean_i min(ρ_i A_i, clip(ρ_i) A_i) with one ratio per completion, ρ_i = exp Σ_t (logp - old): REINFORCE with
 * leave-one-out baselines (Ahmadian et al. 2024, arXiv 2402.14740), clipped as in TRL's RLOOTrainer.
 */
export const rloo = defineLoss({
  name: "rloo",
  summary: "Clipped policy gradient with a ratio for each completion (TRL's RLOOTrainer).",
  config: { type: "object", properties: CLIPPING, additionalProperties: false },
  columns: () => policyColumns(),
  unit: () => "sequence",
  factor: () => policyFactor(),
  denominator: ({ lengths }) => lengths.length,
  graph: (inputs, settings) =>
    inputs.graph.op.Neg(sumOf(inputs, clippedGain(inputs, sequenceRatio(inputs), settings))),
});
