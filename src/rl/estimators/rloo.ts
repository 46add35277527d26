import type { Estimator } from "./estimator.ts";

/** r_i minus the mean of the others, (r_i - mean) n / (n - 1) (Ahmadian et al. 2024, arXiv 2402.14740, eq. 5). */
export const rloo: Estimator = {
  summary: "A reward less the mean of the others (RLOO).",
  groupFactor: ({ length }) => length / (length - 1),
};
