import { deviation } from "../statistics.ts";
import { EPSILON, type Estimator } from "./estimator.ts";

/** (r_i - mean) / (std + 1e-4), Bessel-corrected (Shao et al. 2024, arXiv 2402.03300, section 4.1.2; TRL's GRPOTrainer). */
export const grpo: Estimator = {
  summary: "A reward less the group's mean, divided by its standard deviation (GRPO).",
  groupFactor: (rewards, mean) => 1 / (deviation(rewards, mean) + EPSILON),
};
