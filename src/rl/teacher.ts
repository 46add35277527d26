import type { Random } from "../random/random.ts";
import type { Problem } from "../graders/grader.ts";
import type { Judgement, Task } from "../tasks/task.ts";
import { advantages } from "./advantages.ts";
import type { Engine } from "./engine.ts";
import type { Policy } from "../policy/policy.ts";
import {
  divergence,
  learningRate,
  type PolicyGradient,
  policySteps,
  policyTrainer,
  toRow,
  type TrainingLinks,
} from "./reinforce.ts";
import { drawRollouts, type Rollout, type Sampling, selfTest } from "./rollouts.ts";
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
  settings: { datasets: number; size: number; limit: number } & Omit<Sampling, "samples">,
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
    const sampling = { ...settings, samples };
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
 * Updates the teacher in place: every rollout of dataset k has reward R_k, with the leave-one-out baseline
 * over the datasets (SOAR, step 4 of the loop). With a KL penalty, which is of each rollout, the n-th rollouts of all datasets
 * are a group; without one that is the same.
 *
 * @param links what it goes on from; `reference` is needed for a KL penalty, unless it is the teacher itself
 * @throws {RangeError} when there is not one reward for each dataset, datasets differ in size, or the schedule's
 *   length is not given
 */
export async function updateTeacher(
  teacher: Policy,
  engine: Engine,
  datasets: readonly (readonly ProposedProblem[])[],
  rewards: readonly number[],
  settings: PolicyGradient & { readonly temperature: number },
  { start, reference, onEnd }: TrainingLinks = {},
): Promise<TeacherStep> {
  const fail = (problem: string) => new RangeError(`Cannot update the teacher: ${problem}`);
  if (rewards.length !== datasets.length) {
    throw fail(`${rewards.length} rewards for ${datasets.length} datasets`);
  }
  const size = datasets[0]?.length ?? 0;
  const other = datasets.find((dataset) => dataset.length !== size);
  if (other !== undefined) throw fail(`datasets of ${size} and ${other.length} problems`);
  const { schedule, schedule_steps, temperature } = settings;
  if (schedule !== "constant" && schedule_steps === undefined) {
    throw fail(`schedule ${schedule} needs schedule_steps`);
  }
  const rollouts = datasets.flatMap((dataset) => dataset.map(({ rollout }) => rollout));
  await selfTest(teacher, engine, rollouts, temperature);
  const penalty = reference === undefined || settings.kl === 0
    ? rollouts.map(() => 0)
    : await divergence(reference, engine, rollouts, temperature, teacher);
  const groups = Array.from(
    { length: size },
    (_, i) => rewards.map((reward, k) => reward - settings.kl * penalty[k * size + i]!),
  );
  const values = advantages(groups.flat(), rewards.length, settings.estimator);
  const rows = rollouts.map((rollout, at) =>
    toRow(rollout, values[at % size * rewards.length + Math.floor(at / size)]!)
  );
  const position = start?.position ?? 0;
  const rate = learningRate(settings, position, schedule_steps ?? 0);
  using trainer = policyTrainer(teacher, engine, settings, start);
  const metrics = await policySteps(trainer, rows, settings, rate);
  onEnd?.({ ...trainer.state, position: position + 1 });
  return { ...metrics, kl: mean(penalty), learningRate: rate };
}
