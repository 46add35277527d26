/** Rollouts that were kept, graded again by another grader or paid by other rewards, without sampling. @module */
import type { GradingContext, Problem, Verdict } from "../graders/grader.ts";
import { isFlat, type Reward } from "../rl/advantages.ts";
import { gradeRollouts } from "../rl/grading.ts";
import { earn, type Earned, type WeightedReward } from "../rl/rewards.ts";
import type { RolloutRow } from "../rl/rollout_rows.ts";
import type { Task } from "../tasks/task.ts";

/** So many are graded at a time. */
const TOGETHER = 64;

/** How rollouts are graded again. */
export interface Regrading {
  readonly task: Pick<Task, "grade">;
  /** What they are paid by, where they are. */
  readonly rewards?: readonly WeightedReward[];
  /** Whether those that were cut off earn nothing. */
  readonly cutOffEarnsNothing?: boolean;
  /** The problems that were asked, by id. */
  readonly problems: ReadonlyMap<string, Problem>;
  readonly context: GradingContext;
}

/** A rollout and what is made of it now. */
export interface Regraded {
  readonly row: RolloutRow;
  readonly verdict: Verdict;
  /** What it earns; undefined where nothing is paid. */
  readonly earned: Earned | undefined;
}

/**
 * Grades rollouts again, in their order.
 *
 * @throws {RangeError} for one whose problem is not among those that are given
 */
export async function* regrade(
  rows: AsyncIterable<RolloutRow>,
  { task, rewards, cutOffEarnsNothing = false, problems, context }: Regrading,
): AsyncGenerator<Regraded> {
  const gradeAll = async (part: readonly RolloutRow[]): Promise<Regraded[]> => {
    const asked = part.map(({ problem_id: id }) => {
      const problem = id === null ? undefined : problems.get(id);
      if (problem !== undefined) return problem;
      throw new RangeError(`Cannot grade a rollout of problem ${id}: it is not among the step's`);
    });
    const drawn = part.map(({ completion }, i) => ({ promptIndex: i, text: completion }));
    const verdicts = await gradeRollouts(task, asked, drawn, context);
    return await Promise.all(part.map(async (row, i) => {
      const verdict = verdicts[i]!, { completion, finished, tokens } = row;
      if (rewards === undefined) return { row, verdict, earned: undefined };
      const sample = { problem: asked[i]!, completion, verdict, finished, tokens };
      const earned = await earn(rewards, sample);
      const lost = cutOffEarnsNothing && !finished;
      return { row, verdict, earned: lost ? { ...earned, reward: 0 } : earned };
    }));
  };
  let part: RolloutRow[] = [];
  for await (const row of rows) {
    part.push(row);
    if (part.length < TOGETHER) continue;
    yield* await gradeAll(part);
    part = [];
  }
  if (part.length > 0) yield* await gradeAll(part);
}

/** Whether a rollout is graded or paid otherwise than it was. */
export function hasMoved({ row, verdict, earned }: Regraded): boolean {
  return verdict.outcome !== row.verdict || earned !== undefined && earned.reward !== row.reward;
}

/** How verdicts and rewards move. */
export interface Movement {
  readonly rollouts: number;
  readonly moved: number;
  /** How many had a verdict before and have one now. */
  readonly verdicts: readonly {
    readonly before: string;
    readonly after: string;
    readonly rollouts: number;
  }[];
  /** Means and groups without gradient, where rollouts are paid. */
  readonly rewards?: {
    readonly before: number;
    readonly after: number;
    readonly groups: number;
    readonly flatBefore: number;
    readonly flatAfter: number;
  };
}

/** Counts how verdicts and rewards move. */
export class MovementCount {
  #rollouts = 0;
  #moved = 0;
  readonly #verdicts = new Map<string, number>();
  readonly #groups = new Map<string, { readonly before: Reward[]; readonly after: Reward[] }>();

  /** @param of the step that the rollout is of */
  add(of: string, regraded: Regraded): void {
    const { row, verdict, earned } = regraded;
    this.#rollouts++;
    if (hasMoved(regraded)) this.#moved++;
    const pair = JSON.stringify([row.verdict ?? "none", verdict.outcome]);
    this.#verdicts.set(pair, (this.#verdicts.get(pair) ?? 0) + 1);
    if (earned === undefined) return;
    const key = `${of} ${row.step} ${row.group}`;
    const group = this.#groups.get(key) ?? { before: [], after: [] };
    group.before.push(row.reward);
    group.after.push(earned.reward);
    this.#groups.set(key, group);
  }

  /** What was counted. */
  get movement(): Movement {
    const verdicts = [...this.#verdicts].map(([pair, rollouts]) => {
      const [before, after] = JSON.parse(pair) as [string, string];
      return { before, after, rollouts };
    });
    const groups = [...this.#groups.values()];
    const counts = { rollouts: this.#rollouts, moved: this.#moved, verdicts };
    if (groups.length === 0) return counts;
    return {
      ...counts,
      rewards: {
        before: meanOf(groups.flatMap(({ before }) => before)),
        after: meanOf(groups.flatMap(({ after }) => after)),
        groups: groups.length,
        flatBefore: groups.filter(({ before }) => isFlat(before)).length,
        flatAfter: groups.filter(({ after }) => isFlat(after)).length,
      },
    };
  }
}

function meanOf(rewards: readonly Reward[]): number {
  const scored = rewards.filter((reward) => reward !== null);
  return scored.reduce((sum, reward) => sum + reward, 0) / Math.max(1, scored.length);
}
