/** Settings of training for tests. @module */
import { defaultsOf } from "../schemas/infer.ts";
import { bindLoss, type Loss } from "../src/losses/loss.ts";
import { LOSSES } from "../src/losses/mod.ts";
import { POLICY_GRADIENT, STUDENT_TRAINING } from "../src/rl/mod.ts";
import type { PolicyGradient, StudentTraining } from "../src/rl/mod.ts";

/** A loss that ships, with its defaults for what is not given. */
export function lossOf(name: string, settings: Readonly<Record<string, unknown>> = {}): Loss {
  const definition = LOSSES[name]!;
  return bindLoss(definition, { ...defaultsOf(definition.config), ...settings });
}

/** Defaults of a policy gradient, without a penalty. */
export const GRADIENT: PolicyGradient = {
  ...defaultsOf({ type: "object", properties: POLICY_GRADIENT, additionalProperties: false }),
  loss: lossOf("rloo"),
  beta: 0,
};

/** Defaults of a student's training, without a penalty. */
export const STUDENT: StudentTraining = {
  ...defaultsOf({ type: "object", properties: STUDENT_TRAINING, additionalProperties: false }),
  loss: lossOf("rloo"),
  beta: 0,
  max_completion_length: 20,
};
