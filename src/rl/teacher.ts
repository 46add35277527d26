import type { Random } from "../random/random.ts";
import type { Problem } from "../graders/grader.ts";
import type { Judgement, Task } from "../tasks/task.ts";
import { learningRateAt } from "../train/mod.ts";
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
import { drawRollouts, type Rollout, selfTest } from "./rollouts.ts";
import type { Sampling } from "./sampling.ts";
import { mean } from "./statistics.ts";

/** A problem that a teacher posed, with the rollout that posed it. */
export interface ProposedProblem extends Problem {
  readonly rollout: Rollout;
  /** What the task's judge says of it, where there is one; never shown to the teacher. */
  readonly judgement?: Judgement;
}

/** A completion that poses no problem. */
export interface RejectedProposal {
  readonly rollout: Rollout;
  /** Why. */
  readonly reason: string;
}

/** Accepted proposals in datasets of equal size, and the others. */
export interface Proposals {
  readonly datasets: readonly (readonly ProposedProblem[])[];
  readonly rejected: readonly RejectedProposal[];
}

/**
 * Samples the teacher until exactly `datasets × size` well-formed problems exist (SOAR, arXiv 2601.18778, step 1 of the loop).
 * Nothing else is filtered: neither duplicates nor wrong answers.
 *
 * @throws {Error} when `limit` draws do not give enough, or the task has no proposer
 */
export async function proposeDatasets(
  teacher: Policy,
  engine: Engine,
  task: Task,
  settings:
    & { datasets: number; size: number; limit: number }
    & Pick<Sampling, "temperature" | "max_completion_length">,
  random: Random,
): Promise<Proposals> {
  const wanted = settings.datasets * settings.size;
  const { proposer } = task;
  if (proposer === undefined) throw new Error("Cannot propose problems: the task has no proposer");
  const accepted: ProposedProblem[] = [], rejected: RejectedProposal[] = [];
  let drawn = 0;
  for (let round = 0; accepted.length < wanted; round++) {
    if (drawn >= settings.limit) {
      throw new Error(
        `Cannot fill ${settings.datasets} datasets of ${settings.size}: of ${drawn} proposals ` +
          `${accepted.length} are well-formed; raise limit, or use a teacher that poses problems`,
      );
    }
    const samples = Math.min(wanted - accepted.length, settings.limit - drawn);
    const { temperature, max_completion_length } = settings;
    const sampling = { temperature, max_completion_length, samples };
    const source = random.derive(round);
    const rollouts = await drawRollouts(teacher, engine, [proposer.prompt], sampling, source);
    drawn += rollouts.length;
    for (const rollout of rollouts) {
      const draft = rollout.finished
        ? proposer.parse(rollout.text)
        : { rejected: "it was cut off" };
      if ("rejected" in draft) {
        rejected.push({ rollout, reason: draft.rejected });
        continue;
      }
      const id = `p${accepted.length}`;
      const judgement = await task.judge?.(draft);
      accepted.push({ id, ...draft, ...(judgement === undefined ? {} : { judgement }), rollout });
    }
  }
  const datasets = Array.from(
    { length: settings.datasets },
    (_, k) => accepted.slice(k * settings.size, (k + 1) * settings.size),
  );
  return { datasets, rejected };
}

/** What an update of the teacher reports. */
export interface TeacherStep {
  readonly loss: number;
  readonly gradNorm: number;
  /** Σ logp - logp_ref per rollout, where a KL penalty is set. */
  readonly kl: number;
  readonly learningRate: number;
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
  const metrics = isReference && isIdle(loss, values)
    ? { loss: 0, gradNorm: 0 }
    : await policySteps(trainer, rows, settings, rate);
  onEnd?.({ ...trainer.state, position: position + 1 });
  return { ...metrics, kl: mean(apart.sums), learningRate: rate };
}
