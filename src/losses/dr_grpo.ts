import { defineLoss } from "./loss.ts";
import { GRPO, policyColumns, policyFactor, sumOf, tokenLosses, unitOf } from "./clipping.ts";

/**
 * L = 1/(G · max_completion_length) Σ_it l_it with l = -min(ρ A, clip(ρ) A): divided by a constant, so that length has no
 * weight (Liu et al. 2025, arXiv 2503.20783; TRL's GRPOTrainer with `loss_type="dr_grpo"`).
 */
export const dr_grpo = defineLoss({
  name: "dr_grpo",
  summary: "Clipped policy gradient, divided by as many tokens as there could be (Dr. GRPO).",
  config: {
    type: "object",
    properties: {
      ...GRPO,
      max_completion_length: {
        type: "integer",
        minimum: 1,
        description: "Tokens that a completion could have; those of the step unless set.",
      },
    },
    additionalProperties: false,
  },
  columns: policyColumns,
  unit: unitOf,
  factor: policyFactor,
  denominator({ lengths, maxCompletionLength }, { max_completion_length = maxCompletionLength }) {
    if (max_completion_length !== undefined) return lengths.length * max_completion_length;
    throw new RangeError(
      "Cannot use loss dr_grpo here: the step does not say how long completions could be; " +
        "write loss: { uses: dr_grpo, max_completion_length: 80 }",
    );
  },
  graph: (inputs, settings) => sumOf(inputs, tokenLosses(inputs, settings)),
});
