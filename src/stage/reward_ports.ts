/** What every reward stage takes and gives, so that one can stand for another. @module */

/** Inputs of a reward stage. Each uses what it needs. */
export const REWARD_INPUTS = {
  /** The student before training. */
  policy: "policy",
  datasets: "problems[]",
  /** The student before training, on the hard problems. */
  before: "evaluation",
  /** Every trained student on the hard problems: dataset by dataset, repeat by repeat. */
  after: "evaluation[]",
  /** What the teacher wrote that poses no problem, with the reason. */
  proposals: "proposals?",
  /** Problems of earlier iterations, such as meta[*].promote.questions, against repetition. */
  earlier: "problems[]?",
} as const;

/** Evaluations stand dataset by dataset. */
export const REWARD_ORDER = { after: "datasets" } as const;

/** Outputs of a reward stage. */
export const REWARD_OUTPUTS = { rewards: "rewards" } as const;

/** Contents of a `rewards` artifact. */
export interface Rewards {
  /** R_k of each dataset. */
  readonly rewards: readonly number[];
  /** R_kj of each dataset's students; what the median student is chosen by. */
  readonly repeats: readonly (readonly number[])[];
  /** Of each problem of each dataset, where the teacher is paid by problem. */
  readonly items?: readonly (readonly number[])[];
  /** Of each completion that poses no problem, in the order of `rejected.jsonl`, where these are paid for too. */
  readonly rejected?: readonly number[];
}

/** Splits a list in equal parts. @param what the items are @throws {RangeError} when it cannot be */
export function partsOf<T>(items: readonly T[], parts: number, what: string): T[][] {
  if (items.length === 0 || items.length % parts !== 0) {
    throw new RangeError(`Cannot split ${items.length} ${what} among ${parts} datasets`);
  }
  const size = items.length / parts;
  return Array.from({ length: parts }, (_, i) => items.slice(i * size, (i + 1) * size));
}
