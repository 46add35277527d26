import { defineLoss } from "./loss.ts";
import { GRPO, lengthsOf, policyColumns, policyFactor, sumOf, tokenLosses } from "./clipping.ts";

const { importance_sampling_level: _, ...SETTINGS } = GRPO;

/**
 * L = -mean_i min(s_i A_i, clip(s_i) A_i) with s_i = exp(1/|o_i| Σ_t (logp - old)): one ratio per completion, the geometric
 * mean of its tokens' (Zheng et al. 2025, arXiv 2507.18071, eq. 5 and 7, whose clipping is the default; TRL's GRPOTrainer
 * with `importance_sampling_level="sequence"` and `loss_type="grpo"`).
 */
export const gspo = defineLoss({
  name: "gspo",
  summary: "Clipped policy gradient with a ratio for each completion, by its length (GSPO).",
  config: {
    type: "object",
    properties: {
      ...SETTINGS,
      epsilon: { ...SETTINGS.epsilon, default: 3e-4 },
      epsilon_high: { ...SETTINGS.epsilon_high, default: 4e-4 },
    },
    additionalProperties: false,
  },
  columns: policyColumns,
  unit: () => "sequence",
  factor: policyFactor,
  denominator: ({ lengths }) => lengths.length,
  graph(inputs, settings) {
    const { graph } = inputs, { op } = graph;
    const rows = op.ReduceSum(tokenLosses(inputs, settings), graph.ints([1]));
    return sumOf(inputs, op.Div(rows, lengthsOf(inputs)));
  },
});
