/** Rollouts as rows of tables, for people to look into: `rollouts`, and `proposals` of a teacher's. @module */
import type { Problem, Verdict } from "../graders/grader.ts";
import type { Policy } from "../policy/policy.ts";
import type { Reward } from "./advantages.ts";
import type { Rollout } from "./rollouts.ts";

/**
 * A row of the tables `rollouts` and `proposals`, whatever it was drawn for. What does not apply is null, so that all have
 * the same columns. A type and no interface, so that it is JSON to a compiler too.
 */
export type RolloutRow = {
  /** Within the stage, counted from 0: of training, of a part of the pool that is sampled together, of a round of proposals. */
  readonly step: number;
  /** Rollouts of a step that are compared with each other, or answer the same prompt; counted from 0. */
  readonly group: number;
  /** Id of the problem that was asked, or posed. */
  readonly problem_id: string | null;
  /** What the model read, but for special tokens. */
  readonly prompt: string;
  /** What it wrote. */
  readonly completion: string;
  /** The answer that the problem claims to have. */
  readonly expected: string | null;
  /** What was extracted from the completion and compared; of a proposal, the problem. */
  readonly extracted: string | null;
  /** `correct`, `wrong`, `no_answer` or `timed_out`; of a proposal `accepted` or `rejected`. */
  readonly verdict: string | null;
  /** Why, where the verdict alone does not say it. */
  readonly reason: string | null;
  /** How much of it is right, from 0 to 1, where the grader or the judge of proposals tells. */
  readonly score: number | null;
  /** What each reward function gave, before weights. */
  readonly rewards: Readonly<Record<string, number | null>>;
  /** The weighted sum; KL penalty left out. */
  readonly reward: number | null;
  /** What the loss multiplies it by; null where nothing was trained on it. */
  readonly advantage: number | null;
  /** Log-probability of the completion as it was sampled. */
  readonly logp: number;
  /** Of each token, rounded to four digits, where something was trained on it. */
  readonly logps: readonly number[] | null;
  /** Length of the completion. */
  readonly tokens: number;
  /** Whether it ended by itself, and was not cut off. */
  readonly finished: boolean;
};

/** What is told of a rollout. */
export interface Told {
  readonly rollout: Rollout;
  readonly group: number;
  readonly problem?: Pick<Problem, "id" | "answer">;
  readonly verdict?: Omit<Verdict, "outcome"> & { readonly outcome: string };
  readonly rewards?: Readonly<Record<string, number | null>>;
  readonly reward?: Reward;
  readonly advantage?: number;
}

/** What telling has cost this process, for bench/records.ts. */
export const TELLING = { rows: 0, milliseconds: 0 };

/** So many rows are written together: a table that is full lacks no more than these. */
const ROWS = 256;

/**
 * Records rollouts of a step.
 *
 * @param record adds rows to the table that is meant
 */
export function tellRollouts(
  { tokenizer }: Pick<Policy, "tokenizer">,
  step: number,
  told: readonly Told[],
  record: (rows: readonly RolloutRow[]) => void,
): void {
  const started = performance.now(), prompts = new Map<string, string>();
  const promptOf = (ids: readonly number[]) => {
    const key = ids.join(" ");
    const known = prompts.get(key) ?? tokenizer.decode(ids);
    prompts.set(key, known);
    return known;
  };
  for (let start = 0; start < told.length; start += ROWS) {
    const part = told.slice(start, start + ROWS);
    record(part.map((one) => rowOf(one, step, promptOf(one.rollout.promptIds))));
  }
  TELLING.rows += told.length;
  TELLING.milliseconds += performance.now() - started;
}

function rowOf(
  { rollout, group, problem, verdict, rewards = {}, reward = null, advantage }: Told,
  step: number,
  prompt: string,
): RolloutRow {
  const { text, logps, ids, finished } = rollout;
  return {
    step,
    group,
    problem_id: problem?.id ?? null,
    prompt,
    completion: text,
    expected: problem?.answer ?? null,
    extracted: verdict?.answer ?? null,
    verdict: verdict?.outcome ?? null,
    reason: verdict?.reason ?? null,
    score: verdict?.score ?? null,
    rewards,
    reward,
    advantage: advantage ?? null,
    logp: rounded(sum(logps)),
    logps: advantage === undefined ? null : logps.map(rounded),
    tokens: ids.length,
    finished,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** To four digits. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
