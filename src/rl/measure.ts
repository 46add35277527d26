/** Measures policies. @module */
import { createHash } from "node:crypto";
import type { Problem, Verdict } from "../graders/grader.ts";
import type { Policy } from "../policy/policy.ts";
import type { Random } from "../random/random.ts";
import type { Task } from "../tasks/task.ts";
import type { Engine } from "./engine.ts";
import { countAnswers, type Evaluation, intervalOf } from "./evaluation.ts";
import { gradeRollouts, isCorrect } from "./grading.ts";
import { drawRollouts, type Rollout } from "./rollouts.ts";
import { type Sampling, samplingOf } from "./sampling.ts";
import { mean, passAtK } from "./statistics.ts";

/** The k for which pass@k is reported, as in the paper's evaluation. */
const PASS_AT = [1, 4, 8, 16, 32] as const;

/** A sample of a problem, graded. */
export interface GradedSample {
  /** What was drawn. */
  readonly rollout: Rollout;
  /** What was asked. */
  readonly problem: Problem;
  /** What the grader made of it. */
  readonly verdict: Verdict;
}

/**
 * Samples solutions of every problem and grades them against the problems' answers.
 *
 * @param onGraded takes the samples, problem by problem
 */
export async function evaluate(
  policy: Policy,
  engine: Engine,
  task: Task,
  problems: readonly Problem[],
  sampling: Sampling,
  random: Random,
  onGraded: (samples: readonly GradedSample[]) => void = () => {},
): Promise<Evaluation> {
  if (problems.length === 0) throw new RangeError("Cannot evaluate on no problems");
  const prompts = problems.map((problem) => task.prompt(problem));
  const rollouts = await drawRollouts(policy, engine, prompts, sampling, random);
  const correct = problems.map(() => 0), answers = problems.map((): (string | null)[] => []);
  const context = { ...engine, measuring: true };
  const verdicts = await gradeRollouts(task, problems, rollouts, context);
  onGraded(rollouts.map((rollout, i) => ({
    rollout,
    problem: problems[rollout.promptIndex]!,
    verdict: verdicts[i]!,
  })));
  verdicts.forEach((verdict, i) => {
    const { promptIndex } = rollouts[i]!;
    answers[promptIndex]!.push(verdict.answer);
    if (isCorrect(verdict)) correct[promptIndex]!++;
  });
  const { samples } = sampling;
  const results = problems.map(({ id }, i) => ({
    id,
    correct: correct[i]!,
    samples,
    answers: answers[i]!,
  }));
  const passAt = PASS_AT.filter((k) => k <= samples).map((k) =>
    [String(k), mean(correct.map((c) => passAtK(samples, c, k)))] as const
  );
  const formed = verdicts.flatMap(({ well_formed }) =>
    well_formed === undefined ? [] : [well_formed]
  );
  return {
    problems: problems.length,
    asked: digestOf(problems),
    sampling: { ...samplingOf(sampling), greedy: sampling.temperature === 0 },
    accuracy: countAnswers(results).correct / (problems.length * samples),
    interval: intervalOf(results, sampling),
    pass_at: Object.fromEntries(passAt),
    ...(formed.length === 0 ? {} : { well_formed: mean(formed.map(Number)) }),
    results,
  };
}

function digestOf(problems: readonly Problem[]): string {
  const asked = problems.map(({ problem, answer }) => [problem, answer]);
  return createHash("sha256").update(JSON.stringify(asked)).digest("hex");
}
