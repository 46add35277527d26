import { learningRateAt, type StepMetrics } from "../train/mod.ts";
import { advantages } from "./advantages.ts";
import type { Engine } from "./engine.ts";
import type { Policy } from "../policy/policy.ts";
import {
  checkPolicyLoss,
  divergence,
  isIdle,
  needsReference,
  noDivergence,
  type PolicyGradient,
  policySteps,
  toRow,
  trainerOf,
  type TrainingLinks,
} from "./policy_gradient.ts";
import type { PaidRollout } from "./pay.ts";
import { selfTest } from "./scoring.ts";
import { mean } from "./statistics.ts";
import { clipNumbers, lengthNumbers, type Numbers, rewardNumbers } from "./step_metrics.ts";

/** What an update of the teacher reports. */
export interface TeacherStep {
  readonly loss: number;
  readonly gradNorm: number;
  /** Σ logp - logp_ref per rollout, where a KL penalty is set. */
  readonly kl: number;
  readonly learningRate: number;
  /** Of each rollout, by group. */
  readonly advantages: readonly number[];
  /** More for curves. */
  readonly numbers: Numbers;
}

/**
 * Updates the teacher in place by one policy-gradient step on what it wrote (SOAR, step 4 of the loop).
 *
 * @param groups rollouts that are compared with each other, of equal size; see {@linkcode paidByDataset}
 * @param links what it goes on from; `reference` is needed for a KL penalty, unless it is the teacher itself
 * @throws {RangeError} when groups differ in size, or the schedule's length is not given
 */
export async function updateTeacher(
  teacher: Policy,
  engine: Engine,
  groups: readonly (readonly PaidRollout[])[],
  settings: PolicyGradient,
  { start, reference, onEnd }: TrainingLinks = {},
): Promise<TeacherStep> {
  const { loss, beta, lr_scheduler_type: type, schedule_steps, temperature } = settings;
  if (type !== "constant" && schedule_steps === undefined) {
    throw new RangeError(
      `Cannot update the teacher: lr_scheduler_type ${type} needs schedule_steps`,
    );
  }
  checkPolicyLoss(loss);
  const paid = groups.flat(), rollouts = paid.map(({ rollout }) => rollout);
  await selfTest(teacher, engine, rollouts, temperature);
  const isReference = reference === undefined || (beta === 0 && !needsReference(loss));
  const apart = isReference
    ? noDivergence(rollouts)
    : await divergence(reference, engine, rollouts, temperature, teacher);
  const rewards = paid.map(({ reward }, i) => reward - beta * apart.sums[i]!);
  const values = advantages(rewards, groups[0]?.length ?? 1, settings.estimator);
  const rows = rollouts.map((rollout, i) =>
    toRow(rollout, values[i]!, { reference: apart.reference[i] })
  );
  const position = start?.position ?? 0;
  const rate = learningRateAt(settings, position, schedule_steps ?? 0);
  using trainer = trainerOf(teacher, engine, settings, start);
  const metrics: StepMetrics = isReference && isIdle(loss, values)
    ? { loss: 0, gradNorm: 0 }
    : await policySteps(trainer, rows, settings, rate);
  onEnd?.({ ...trainer.state, position: position + 1 });
  const { loss: value, gradNorm } = metrics, kl = mean(apart.sums);
  const numbers = {
    ...rewardNumbers(groups.map((group) => group.map(({ reward }) => reward))),
    ...lengthNumbers(rollouts),
    ...clipNumbers(metrics),
  };
  return { loss: value, gradNorm, kl, learningRate: rate, advantages: values, numbers };
}
