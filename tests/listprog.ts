/** The embedded task, as tests use it. @module */
import { defaultsOf } from "../schemas/infer.ts";
import { REWARDS } from "../src/rewards/mod.ts";
import type { WeightedReward } from "../src/rl/mod.ts";
import { listprog } from "../src/tasks/listprog.ts";
import type { Corpus, Generator, Judgement, Proposer, Task } from "../src/tasks/task.ts";

export { solve } from "../src/tasks/listprog.ts";

/** All facets that it has. */
interface Whole extends Task {
  readonly generator: Generator;
  readonly proposer: Proposer;
  readonly corpus: Corpus;
  judge(draft: { readonly problem: string; readonly answer: string }): Judgement;
}

/** The task with settings of its own. */
export function makeTask(settings: Parameters<typeof listprog.create>[0] = {}): Whole {
  const parts = { grader: () => Promise.reject(new Error("no grader")) };
  return listprog.create(settings, parts) as Whole;
}

/** The task. */
export const task: Whole = makeTask();

/** Rewards that ship, with weights. */
export function rewardsOf(weights: Readonly<Record<string, number>>): WeightedReward[] {
  return Object.entries(weights).map(([name, weight]) => {
    const { config, score } = REWARDS[name]!, settings = defaultsOf(config);
    return { name, weight, score: (sample) => score(sample, settings) };
  });
}

/** The reward of a right answer alone. */
export const CORRECT: readonly WeightedReward[] = rewardsOf({ correct: 1 });
