/** The one way in which completions are graded, whatever for. @module */
import type { GradingContext, Outcome, Problem, Verdict } from "../graders/grader.ts";
import type { Task } from "../tasks/task.ts";
import type { Rollout } from "./rollouts.ts";

/**
 * Grades rollouts of prompts that were made of problems.
 *
 * @param problems the problem of each prompt, by {@linkcode Rollout.promptIndex}
 * @returns verdicts in the order of the rollouts
 * @throws {TypeError} when a grader gives something else than a verdict
 */
export async function gradeRollouts(
  task: Pick<Task, "grade">,
  problems: readonly Problem[],
  rollouts: readonly Pick<Rollout, "promptIndex" | "text">[],
  context: GradingContext,
): Promise<Verdict[]> {
  // To the end, also where one fails: nothing goes on asking when the step is over.
  const settled = await Promise.allSettled(
    rollouts.map(async ({ promptIndex, text }) =>
      checkVerdict(await task.grade(problems[promptIndex]!, text, context))
    ),
  );
  return settled.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}

const OUTCOMES: Readonly<Record<Outcome, true>> = {
  correct: true,
  wrong: true,
  no_answer: true,
  timed_out: true,
};

/** A grader may be a module that no compiler has seen: what is no verdict would count as wrong. */
function checkVerdict(given: Verdict): Verdict {
  const { outcome, answer } = given ?? {};
  const isAnswer = answer === null || typeof answer === "string";
  if (Object.hasOwn(OUTCOMES, outcome) && isAnswer) return given;
  throw new TypeError(
    `Cannot take ${
      JSON.stringify(given)
    } as a verdict: give { outcome, answer }, where outcome is ` +
      `${Object.keys(OUTCOMES).join(", ")} and answer a text or null`,
  );
}

/** Whether a completion counts as a solution. */
export function isCorrect({ outcome }: Verdict): boolean {
  return outcome === "correct";
}
