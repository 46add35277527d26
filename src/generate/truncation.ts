/**
 * What is left out of a distribution before a token is drawn. Each rule keeps the tokens from some score on, so that
 * tokens of equal probability are kept or left out together, whatever their order; the score is found by bisection with
 * comparisons and sums along a row, which are the same on any number of threads and on any device. (Sorting a vocabulary
 * is no faster, and not what every device can do.)
 *
 * @module
 */
import type { Graph, Value } from "../onnx/mod.ts";
import { type Tensor, tensor } from "../runtime/mod.ts";

/** What is left out, in this order; each of what the others leave, as in transformers. */
export interface Truncation {
  /** How many most probable tokens are kept, with those as probable as the last (Fan et al. 2018, arXiv 1805.04833). */
  readonly topK?: number | undefined;
  /** Most probable tokens that have at least this mass together are kept (Holtzman et al. 2020, arXiv 1904.09751). */
  readonly topP?: number | undefined;
  /** Tokens of at least this share of the largest probability are kept (Nguyen et al. 2024, arXiv 2407.01082). */
  readonly minP?: number | undefined;
}

/** How a token is chosen: the best, or one drawn after these rules. */
export type Choice = "greedy" | readonly Rule[];

/** Name of a rule, and of its number in a graph. */
export type Rule = "top_k" | "top_p" | "min_p";

/** A score so far below the best has no probability in float32. */
const DEPTH = 104;
/** Halvings of that: scores nearer than 2⁻²⁵ are equal. */
const HALVINGS = 32;

/** The rules with their numbers, as graphs take them. @throws {RangeError} when a number cannot be */
export function rulesOf(
  { topK, topP, minP }: Truncation = {},
): { readonly rules: readonly Rule[]; readonly numbers: Readonly<Record<string, number>> } {
  const check = (name: string, value: number | undefined, fits: boolean) => {
    if (value === undefined || fits) return;
    throw new RangeError(`Cannot draw with ${name} ${value}`);
  };
  check("topK", topK, Number.isSafeInteger(topK) && topK! >= 1);
  check("topP", topP, topP! > 0 && topP! <= 1);
  check("minP", minP, minP! >= 0 && minP! <= 1);
  const given: readonly (readonly [Rule, number | undefined])[] = [
    ["top_k", topK],
    ["top_p", topP === 1 ? undefined : topP],
    ["min_p", minP === 0 ? undefined : minP],
  ];
  const numbers = Object.fromEntries(
    given.flatMap(([rule, value]) => value === undefined ? [] : [[rule, value]]),
  );
  return { rules: Object.keys(numbers) as Rule[], numbers };
}

/** Scalars of {@linkcode rulesOf}; the caller releases them. */
export function ruleTensors(numbers: Readonly<Record<string, number>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(numbers).map(([rule, value]) => [rule, tensor("float32", [], [value])]),
  );
}

/**
 * Probabilities [B, V] with 0 for what the rules leave out; the others stay as they are. Declares an input [] for each.
 *
 * @param scores [B, V], which the probabilities are the softmax of
 */
export function truncated(
  graph: Graph,
  scores: Value,
  probabilities: Value,
  rules: readonly Rule[],
): Value {
  const { op } = graph, axis = graph.ints([1]);
  if (rules.length === 0) return probabilities;
  const below = op.Sub(scores, op.ReduceMax(scores, axis)); // at most 0
  const number = (rule: Rule) => graph.input(rule, "float32", []);
  const none = graph.constant("float32", [1, 1], [0]), one = graph.constant("float32", [1, 1], [1]);
  let kept = probabilities;
  const keepFrom = (score: Value) => kept = op.Where(op.LessOrEqual(score, below), kept, none);
  if (rules.includes("top_k")) {
    const count = (score: Value) =>
      op.ReduceSum(op.Where(op.LessOrEqual(score, below), one, none), axis);
    keepFrom(lastScore(graph, count, number("top_k")));
  }
  if (rules.includes("top_p")) {
    const before = kept;
    const mass = (score: Value) =>
      op.ReduceSum(op.Where(op.LessOrEqual(score, below), before, none), axis);
    const wanted = op.Mul(op.ReduceSum(before, axis), number("top_p"));
    keepFrom(lastScore(graph, mass, wanted));
  }
  if (rules.includes("min_p")) {
    const least = op.Mul(op.ReduceMax(probabilities, axis), number("min_p"));
    kept = op.Where(op.LessOrEqual(least, probabilities), kept, none);
  }
  return kept;
}

/**
 * The largest score, [B, 1], from which on there is as much as wanted; the lowest that counts where there never is.
 *
 * @param amount what there is from a score [B, 1] on, [B, 1]: less where the score is larger
 */
function lastScore(graph: Graph, amount: (score: Value) => Value, wanted: Value): Value {
  const { op } = graph;
  let low: Value = graph.constant("float32", [1, 1], [-DEPTH]);
  let high: Value = graph.constant("float32", [1, 1], [0]);
  for (let i = 0; i < HALVINGS; i++) {
    const middle = op.Mul(op.Add(low, high), 0.5);
    const enough = op.LessOrEqual(wanted, amount(middle));
    [low, high] = [op.Where(enough, middle, low), op.Where(enough, high, middle)];
  }
  return low;
}
