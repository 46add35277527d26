/** The one way in which completions are graded, whatever for. @module */
import type { GradingContext, Problem, Verdict } from "../graders/grader.ts";
import type { Task } from "../tasks/task.ts";
import type { Rollout } from "./rollouts.ts";

/**
 * Grades rollouts of prompts that were made of problems.
 *
 * @param problems the problem of each prompt, by {@linkcode Rollout.promptIndex}
 * @returns verdicts in the order of the rollouts
 */
export async function gradeRollouts(
  task: Pick<Task, "grade">,
  problems: readonly Problem[],
  rollouts: readonly Rollout[],
  context: GradingContext,
): Promise<Verdict[]> {
  // To the end, also where one fails: nothing goes on asking when the step is over.
  const settled = await Promise.allSettled(
    rollouts.map(async ({ promptIndex, text }) =>
      await task.grade(problems[promptIndex]!, text, context)
    ),
  );
  return settled.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

/** Whether a completion counts as a solution. */
export function isCorrect({ outcome }: Verdict): boolean {
  return outcome === "correct";
}
