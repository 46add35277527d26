import type { Estimator } from "./estimator.ts";

/** r_i - mean (Liu et al. 2025, arXiv 2503.20783; TRL's GRPOTrainer with `scale_rewards="none"`). */
export const dr_grpo: Estimator = {
  summary: "A reward less the group's mean (Dr. GRPO).",
  groupFactor: () => 1,
};
