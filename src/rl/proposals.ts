/** Problems that a teacher writes. @module */
import type { Problem } from "../graders/grader.ts";
import type { Policy } from "../policy/policy.ts";
import type { Random } from "../random/random.ts";
import type { Draft, Judgement, Rejected, Task } from "../tasks/task.ts";
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
  /** Why: a few words that are the same for all of a kind, and after a colon what is special of this one. */
  readonly reason: string;
}

/** Accepted proposals in datasets of equal size, and the others. */
export interface Proposals {
  readonly datasets: readonly (readonly ProposedProblem[])[];
  readonly rejected: readonly RejectedProposal[];
}

/** A problem, or a completion that poses none. */
export type Proposal = ProposedProblem | RejectedProposal;

/** A teacher that poses too few problems, and what it wrote instead. */
export class TooFewProposals extends Error {
  override readonly name = "TooFewProposals";

  constructor(message: string, readonly rejected: readonly RejectedProposal[]) {
    super(message);
  }
}

/**
 * Samples the teacher until exactly `datasets × size` well-formed problems exist (SOAR, arXiv 2601.18778, step 1 of the loop).
 * Nothing else is filtered: neither duplicates nor wrong answers.
 *
 * @param onRound takes what was drawn together, in the order in which it was drawn
 * @throws {TooFewProposals} when `limit` draws do not give enough
 * @throws {Error} when the task has no proposer
 * @throws {TypeError} when it reads something else than a problem or why there is none
 */
export async function proposeDatasets(
  teacher: Policy,
  engine: Engine,
  task: Task,
  settings:
    & { datasets: number; size: number; limit: number }
    & Pick<Sampling, "temperature" | "max_completion_length">,
  random: Random,
  onRound: (round: number, proposals: readonly Proposal[]) => void = () => {},
): Promise<Proposals> {
  const wanted = settings.datasets * settings.size;
  const { proposer } = task;
  if (proposer === undefined) throw new Error("Cannot propose problems: the task has no proposer");
  const accepted: ProposedProblem[] = [], rejected: RejectedProposal[] = [];
  let drawn = 0;
  for (let round = 0; accepted.length < wanted; round++) {
    if (drawn >= settings.limit) {
      throw new TooFewProposals(
        `Cannot fill ${settings.datasets} datasets of ${settings.size}: of ${drawn} proposals ` +
          `${accepted.length} are well-formed (${
            describeReasons(rejected)
          }); raise limit, or use a teacher that poses problems`,
        rejected,
      );
    }
    const samples = Math.min(wanted - accepted.length, settings.limit - drawn);
    const { temperature, max_completion_length } = settings;
    const sampling = { temperature, max_completion_length, samples };
    const source = random.derive(round);
    const rollouts = await drawRollouts(teacher, engine, [proposer.prompt], sampling, source);
    drawn += rollouts.length;
    const proposals: Proposal[] = [];
    for (const rollout of rollouts) {
      const draft = rollout.finished
        ? checkDraft(await proposer.parse(rollout.text))
        : { rejected: "it was cut off" };
      if ("rejected" in draft) {
        const proposal = { rollout, reason: draft.rejected };
        rejected.push(proposal);
        proposals.push(proposal);
        continue;
      }
      const own = { id: `p${accepted.length}` }; // leads the line, and is not the draft's
      const judgement = await task.judge?.(draft);
      const proposal = {
        ...own,
        ...draft,
        ...own,
        ...(judgement === undefined ? {} : { judgement }),
        rollout,
      };
      accepted.push(proposal);
      proposals.push(proposal);
    }
    onRound(round, proposals);
  }
  const datasets = Array.from(
    { length: settings.datasets },
    (_, k) => accepted.slice(k * settings.size, (k + 1) * settings.size),
  );
  return { datasets, rejected };
}

/** A proposer may be a module that no compiler has seen. */
function checkDraft<T extends Draft | Rejected>(given: T): T {
  const { problem, answer, rejected } = (given ?? {}) as Partial<Draft & Rejected>;
  const isDraft = typeof problem === "string" && typeof answer === "string";
  if (rejected === undefined ? isDraft : typeof rejected === "string") return given;
  throw new TypeError(
    `Cannot take ${
      JSON.stringify(given)
    } as a proposal: give { problem, answer }, or { rejected } ` +
      "with the reason, as texts",
  );
}

/** Completions that pose no problem by reason, the most frequent first; what follows a colon is a detail. */
export function byReason(
  rejected: readonly RejectedProposal[],
): ReadonlyMap<string, readonly RejectedProposal[]> {
  const groups = Map.groupBy(rejected, ({ reason }) => reason.split(":", 1)[0]!);
  return new Map([...groups].toSorted(([, a], [, b]) => b.length - a.length));
}

function describeReasons(rejected: readonly RejectedProposal[]): string {
  return [...byReason(rejected)].map(([reason, { length }]) => `${length}: ${reason}`).join(", ");
}
