import type { Random } from "../random/random.ts";
import type { Problem } from "../graders/grader.ts";
import type { Task } from "../tasks/task.ts";
import type { Engine } from "./engine.ts";
import { gradeRollouts, isCorrect } from "./grading.ts";
import type { Policy } from "../policy/policy.ts";
import { drawRollouts } from "./rollouts.ts";
import { type Sampling, samplingOf } from "./sampling.ts";
import { mean, passAtK, wilsonInterval } from "./statistics.ts";

/** How often a policy solved a problem. */
export interface ProblemResult {
  readonly id: string;
  readonly correct: number;
  readonly samples: number;
  /** What was extracted from each sample; null where there was nothing. Of several evaluations, one after the other. */
  readonly answers: readonly (string | null)[];
}

/** How a policy does on a set of problems, and how that was measured. */
export interface Evaluation {
  readonly problems: number;
  readonly sampling: Sampling & { readonly greedy: boolean };
  /** Mean over problems of the share of right samples. */
  readonly accuracy: number;
  /** 95 % interval of the accuracy, samples taken as independent (Wilson). */
  readonly interval: readonly [number, number];
  /** Unbiased pass@k by k, for each k up to the number of samples. */
  readonly pass_at: Readonly<Record<string, number>>;
  readonly results: readonly ProblemResult[];
}

/**
 * The mean of evaluations of several policies, or of one at several times, on the same problems: counts of a problem are
 * added up, accuracy and pass@k averaged. The interval is that of all samples.
 *
 * @throws {RangeError} when problems or sampling differ
 */
export function averageEvaluations(evaluations: readonly Evaluation[]): Evaluation {
  const [first] = evaluations;
  if (first === undefined) throw new RangeError("Cannot average no evaluations");
  const what = ({ sampling, results }: Evaluation) =>
    JSON.stringify([sampling, results.map(({ id }) => id)]);
  if (evaluations.some((evaluation) => what(evaluation) !== what(first))) {
    throw new RangeError("Cannot average evaluations of other problems, or sampled otherwise");
  }
  const results = first.results.map(({ id }, i) => ({
    id,
    correct: evaluations.reduce((sum, { results }) => sum + results[i]!.correct, 0),
    samples: evaluations.reduce((sum, { results }) => sum + results[i]!.samples, 0),
    answers: evaluations.flatMap(({ results }) => results[i]!.answers),
  }));
  const total = (of: (result: ProblemResult) => number) =>
    results.reduce((sum, result) => sum + of(result), 0);
  const passAt = Object.keys(first.pass_at).map((k) =>
    [k, mean(evaluations.map(({ pass_at }) => pass_at[k]!))] as const
  );
  return {
    ...first,
    accuracy: mean(evaluations.map(({ accuracy }) => accuracy)),
    interval: wilsonInterval(total(({ correct }) => correct), total(({ samples }) => samples)),
    pass_at: Object.fromEntries(passAt),
    results,
  };
}

/** The k for which pass@k is reported, as in the paper's evaluation. */
const PASS_AT = [1, 4, 8, 16, 32] as const;

/** Samples solutions of every problem and grades them against the problems' answers. */
export async function evaluate(
  policy: Policy,
  engine: Engine,
  task: Task,
  problems: readonly Problem[],
  sampling: Sampling,
  random: Random,
): Promise<Evaluation> {
  if (problems.length === 0) throw new RangeError("Cannot evaluate on no problems");
  const prompts = problems.map((problem) => task.prompt(problem));
  const rollouts = await drawRollouts(policy, engine, prompts, sampling, random);
  const correct = problems.map(() => 0), answers = problems.map((): (string | null)[] => []);
  const verdicts = await gradeRollouts(task, problems, rollouts, engine);
  verdicts.forEach((verdict, i) => {
    const { prompt } = rollouts[i]!;
    answers[prompt]!.push(verdict.answer);
    if (isCorrect(verdict)) correct[prompt]!++;
  });
  const { samples } = sampling;
  const total = correct.reduce((a, b) => a + b, 0);
  const passAt = PASS_AT.filter((k) => k <= samples).map((k) =>
    [String(k), mean(correct.map((c) => passAtK(samples, c, k)))] as const
  );
  return {
    problems: problems.length,
    sampling: { ...samplingOf(sampling), greedy: sampling.temperature === 0 },
    accuracy: total / (problems.length * samples),
    interval: wilsonInterval(total, problems.length * samples),
    pass_at: Object.fromEntries(passAt),
    results: problems.map(({ id }, i) => ({
      id,
      correct: correct[i]!,
      samples,
      answers: answers[i]!,
    })),
  };
}
