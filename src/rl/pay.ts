/** What each rollout of a teacher earns, and which are compared with each other. @module */
import type { Rollout } from "./rollouts.ts";
import type { ProposedProblem, RejectedProposal } from "./proposals.ts";

/** A rollout and what it earns. */
export interface PaidRollout {
  readonly rollout: Rollout;
  readonly reward: number;
}

const fail = (problem: string) => new RangeError(`Cannot update the teacher: ${problem}`);

/**
 * Every rollout of dataset k earns R_k (SOAR, arXiv 2601.18778, step 4 of the loop). The n-th rollouts of all datasets are a
 * group: with a KL penalty, which is of each rollout, that is the leave-one-out baseline over datasets.
 *
 * @throws {RangeError} when there is not one reward for each dataset, a number, or datasets differ in size
 */
export function paidByDataset(
  datasets: readonly (readonly ProposedProblem[])[],
  rewards: readonly number[],
): PaidRollout[][] {
  if (rewards.length !== datasets.length) {
    throw fail(`${rewards.length} rewards for ${datasets.length} datasets`);
  }
  checkNumbers(rewards);
  const size = datasets[0]?.length ?? 0;
  const other = datasets.find((dataset) => dataset.length !== size);
  if (other !== undefined) throw fail(`datasets of ${size} and ${other.length} problems`);
  return Array.from(
    { length: size },
    (_, i) => rewards.map((reward, k) => ({ rollout: datasets[k]![i]!.rollout, reward })),
  );
}

/** JSON writes NaN as null, which would count as 0. */
function checkNumbers(rewards: readonly unknown[]): void {
  const other = rewards.find((reward) => !Number.isFinite(reward));
  if (other !== undefined) throw fail(`a reward is ${JSON.stringify(other)}, not a number`);
}

/** Completions that pose no problem, and what each earns. */
export interface PaidRejections {
  readonly rejected: readonly RejectedProposal[];
  readonly rewards: readonly number[];
}

/**
 * Every problem earns its own reward (Absolute Zero, arXiv 2505.03335; R-Zero, arXiv 2508.05004). All are answers to one
 * prompt, and so one group, with the completions that pose no problem where these are paid for.
 *
 * @throws {RangeError} when there is not one reward for each, a number
 */
export function paidByItem(
  datasets: readonly (readonly ProposedProblem[])[],
  items: readonly (readonly number[])[],
  { rejected, rewards }: PaidRejections = { rejected: [], rewards: [] },
): PaidRollout[][] {
  const counts = [datasets, items].map((all) => all.map(({ length }) => length).join());
  if (counts[0] !== counts[1]) {
    throw fail(`rewards of ${counts[1]} problems for datasets of ${counts[0]}`);
  }
  if (rejected.length !== rewards.length) {
    throw fail(`${rewards.length} rewards for ${rejected.length} completions that pose no problem`);
  }
  checkNumbers([...items.flat(), ...rewards]);
  const pairs = [
    ...datasets.flatMap((dataset, k) =>
      dataset.map(({ rollout }, i) => ({ rollout, reward: items[k]![i]! }))
    ),
    ...rejected.map(({ rollout }, i) => ({ rollout, reward: rewards[i]! })),
  ];
  return pairs.length === 0 ? [] : [pairs];
}
