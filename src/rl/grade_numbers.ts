import type { Verdict } from "../graders/grader.ts";
import { isCorrect } from "./grading.ts";
import { mean } from "./statistics.ts";
import type { Numbers } from "./step_metrics.ts";

/** How completions were graded, and what each reward function gave where it applies. */
export function gradeNumbers(
  graded: readonly {
    readonly verdict: Verdict;
    readonly rewards: Readonly<Record<string, number | null>>;
  }[],
): Numbers {
  const share = (is: (verdict: Verdict) => boolean) =>
    mean(graded.map(({ verdict }) => Number(is(verdict))));
  const names = Object.keys(graded[0]?.rewards ?? {});
  const rewards = names.flatMap((name) => {
    const given = graded.flatMap(({ rewards }) => rewards[name] ?? []);
    return given.length === 0 ? [] : [[`rewards.${name}`, mean(given)] as const];
  });
  return {
    correct: share(isCorrect),
    no_answer: share(({ outcome }) => outcome === "no_answer"),
    timed_out: share(({ outcome }) => outcome === "timed_out"),
    ...Object.fromEntries(rewards),
  };
}
