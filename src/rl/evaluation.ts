/** What is known of a policy on a set of problems. @module */
import { SAMPLING, type Sampling } from "./sampling.ts";
import { mean, pairedDifference, wilsonInterval } from "./statistics.ts";

/**
 * How many of some samples were right.
 *
 * @internal
 */
interface Counts {
  /** Right samples. */
  readonly correct: number;
  /** All of them. */
  readonly samples: number;
}

/** How often a policy solved a problem. */
export interface ProblemResult extends Counts {
  /** Of the problem. */
  readonly id: string;
  /** What was extracted from each sample; null where there was nothing. Of several evaluations, one after the other. */
  readonly answers: readonly (string | null)[];
}

/** How a policy does on a set of problems, and how that was measured. */
export interface Evaluation {
  /** How many. */
  readonly problems: number;
  /** Digest of the problems and their answers: ids of other sets may be the same. */
  readonly asked?: string;
  /** How completions were drawn. */
  readonly sampling: Sampling & { readonly greedy: boolean };
  /** Mean over problems of the share of right samples. */
  readonly accuracy: number;
  /** 95 % interval of the accuracy, samples taken as independent (Wilson), but for greedy ones, which are copies. */
  readonly interval: readonly [number, number];
  /** Unbiased pass@k by k, for each k up to the number of samples. */
  readonly pass_at: Readonly<Record<string, number>>;
  /** Share of answers that stand where they were asked for, such as in a box, where the grader tells. */
  readonly well_formed?: number;
  /** By problem. */
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
  const alike = (evaluation: Evaluation) =>
    haveSameProblems(first, evaluation) &&
    JSON.stringify(evaluation.sampling) === JSON.stringify(first.sampling);
  if (!evaluations.every(alike)) {
    throw new RangeError("Cannot average evaluations of other problems, or sampled otherwise");
  }
  const results = first.results.map(({ id }, i) => ({
    id,
    correct: evaluations.reduce((sum, { results }) => sum + results[i]!.correct, 0),
    samples: evaluations.reduce((sum, { results }) => sum + results[i]!.samples, 0),
    answers: evaluations.flatMap(({ results }) => results[i]!.answers),
  }));
  const passAt = Object.keys(first.pass_at).map((k) =>
    [k, mean(evaluations.map(({ pass_at }) => pass_at[k]!))] as const
  );
  const formed = evaluations.flatMap(({ well_formed }) => well_formed ?? []);
  return {
    ...first,
    ...(formed.length === 0 ? {} : { well_formed: mean(formed) }),
    accuracy: mean(evaluations.map(({ accuracy }) => accuracy)),
    interval: intervalOf(results, first.sampling),
    pass_at: Object.fromEntries(passAt),
    results,
  };
}

/** Whether two evaluations are of the same problems, in the same order. */
function haveSameProblems(a: Evaluation, b: Evaluation): boolean {
  return a.asked === b.asked && a.results.length === b.results.length &&
    a.results.every(({ id }, i) => id === b.results[i]!.id);
}

/** What keeps two evaluations from being compared; nothing where only the number of samples differs. */
export function differenceOf(a: Evaluation, b: Evaluation): string | undefined {
  if (!haveSameProblems(a, b)) return "of other problems";
  const of = ({ sampling }: Evaluation, key: keyof Sampling) => JSON.stringify(sampling[key]);
  const key = (Object.keys(SAMPLING) as (keyof Sampling)[])
    .find((key) => key !== "samples" && of(a, key) !== of(b, key));
  return key && `with ${key} ${of(a, key) ?? "unset"} and ${of(b, key) ?? "unset"}`;
}

/** What a policy gained on another, problem by problem; undefined where one problem says nothing of the spread. */
export function gainOver(
  before: Evaluation,
  after: Evaluation,
): { readonly mean: number; readonly interval: [number, number] } | undefined {
  if (before.results.length < 2) return undefined;
  const [from, to] = [before, after].map(({ results }) =>
    results.map(({ correct, samples }) => correct / samples)
  );
  return pairedDifference(from!, to!);
}

/** Share of samples that an answer could be extracted from, right or wrong. */
export function answeredShare({ results }: Evaluation): number {
  return mean(results.flatMap(({ answers }) => answers).map((answer) => Number(answer !== null)));
}

/** Right answers, and all of them. */
export function countAnswers(results: readonly Counts[]): Counts {
  const total = (of: (result: Counts) => number) =>
    results.reduce((sum, result) => sum + of(result), 0);
  return { correct: total(({ correct }) => correct), samples: total(({ samples }) => samples) };
}

/** 95 % interval of the accuracy; greedy samples of a problem are copies, and count once. */
export function intervalOf(
  results: readonly ProblemResult[],
  sampling: Sampling,
): [number, number] {
  const { correct, samples } = countAnswers(results);
  const copies = sampling.temperature === 0 ? sampling.samples : 1;
  return wilsonInterval(correct / copies, samples / copies);
}
