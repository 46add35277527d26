/** Problems that a teacher writes. @module */
import type { Problem } from "../graders/grader.ts";
import type { Policy } from "../policy/policy.ts";
import type { Random } from "../random/random.ts";
import type { Judgement, Task } from "../tasks/task.ts";
import type { Engine } from "./engine.ts";
import { drawRollouts, type Rollout } from "./rollouts.ts";
import type { Sampling } from "./sampling.ts";

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
