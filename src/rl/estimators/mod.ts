/** The table of estimators: a new one is a file and a line here. @module */
import { dr_grpo } from "./dr_grpo.ts";
import type { Estimator } from "./estimator.ts";
import { grpo } from "./grpo.ts";
import { rloo } from "./rloo.ts";
import { rloo_normalized } from "./rloo_normalized.ts";

/** Every estimator, by the name that `estimator:` takes. */
export const ESTIMATORS = {
  rloo,
  rloo_normalized,
  grpo,
  dr_grpo,
} as const satisfies Readonly<Record<string, Estimator>>;

/** Name of a row. */
export type EstimatorName = keyof typeof ESTIMATORS;
