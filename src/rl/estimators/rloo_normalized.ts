import { deviation } from "../statistics.ts";
import { EPSILON, type Estimator } from "./estimator.ts";
import { rloo } from "./rloo.ts";

/**
 * As `rloo`, divided by the batch's standard deviation + 1e-4, Bessel-corrected (TRL's RLOOTrainer with
 * `normalize_advantages`). TRL takes off the batch's mean too: it is 0 but for rounding, which would be a direction.
 */
export const rloo_normalized: Estimator = {
  summary: "As rloo, divided by the standard deviation over the batch.",
  groupFactor: rloo.groupFactor,
  batchFactor: (values) => 1 / (deviation(values, 0) + EPSILON),
};
