/** What a reward is: a function of a graded completion. @module */
import type { Infer, ObjectSchema } from "../../schemas/infer.ts";
import type { Problem, Verdict } from "../graders/grader.ts";

/** A graded completion. */
export interface Sample {
  /** What was asked. */
  readonly problem: Problem;
  /** What the policy wrote. */
  readonly completion: string;
  /** What the grader made of it. */
  readonly verdict: Verdict;
  /** Whether it ended by itself, rather than being cut off. */
  readonly finished: boolean;
  /** Its length in tokens, the end token included. */
  readonly tokens: number;
}

/** A reward as its file declares it. */
export interface RewardDefinition<C extends ObjectSchema = ObjectSchema> {
  /** What it is. */
  readonly kind: "reward";
  /** Same as the file name, where it ships. */
  readonly name: string;
  /** What it pays for, in a sentence. */
  readonly summary: string;
  /** Schema of its settings, beside its weight. */
  readonly config: C;
  /**
   * What a sample earns, before its weight; null where the reward does not apply, as in TRL.
   *
   * A sum of nulls alone leaves the sample out of its group.
   */
  score(
    sample: Sample,
    // deno-lint-ignore no-explicit-any -- a method of any reward must be callable; see defineReward
    settings: ObjectSchema extends C ? any : Infer<C>,
  ): number | null | Promise<number | null>;
}

/**
 * Declares a reward; the type of its settings follows from the literal.
 *
 * @example
 * ```ts
 * const short = defineReward({
 *   name: "short",
 *   summary: "1 for at most so many characters, else 0.",
 *   config: {
 *     type: "object",
 *     properties: { most: { type: "integer", minimum: 1, default: 200 } },
 *     additionalProperties: false,
 *   },
 *   score: ({ completion }, { most }) => completion.length <= most ? 1 : 0,
 * });
 * ```
 */
export function defineReward<const C extends ObjectSchema>(
  definition: Omit<RewardDefinition<C>, "kind">,
): RewardDefinition<C> {
  return { kind: "reward", ...definition };
}
