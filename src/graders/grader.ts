/** What a grader is, and what it makes of a completion. @module */
import type { Infer, Json, ObjectSchema } from "../../schemas/infer.ts";

/** A question with the answer it claims to have; ids are unique within a set. What else a data set has is kept. */
export interface Problem {
  /** Unique within a set. */
  readonly id: string;
  /** The question. */
  readonly problem: string;
  /** The answer that it claims to have. */
  readonly answer: string;
  /** What else the data set has of it. */
  readonly [field: string]: unknown;
}

/** How a completion ended up: `no_answer` where none could be extracted, `timed_out` where grading took too long. */
export type Outcome = "correct" | "wrong" | "no_answer" | "timed_out";

/** What a grader makes of a completion. */
export interface Verdict {
  /** How it ended up. */
  readonly outcome: Outcome;
  /** What was extracted and compared; null where there was nothing. */
  readonly answer: string | null;
  /** Why, where the outcome alone does not say it. */
  readonly reason?: string;
  /** Whether the answer stands where it was asked for, such as in a box, where the grader tells. */
  readonly well_formed?: boolean;
  /** How much of it is right, from 0 to 1, such as the share of tests that a program passes, where the grader tells. */
  readonly score?: number;
}

/** Keeps what cannot be computed again, by the digest of what was asked. */
export interface Records {
  /** What was recorded; undefined when nothing was. */
  read(digest: string): Json | undefined;
  /** Records a value. */
  write(digest: string, value: Json): void;
}

/** What grading may need besides the completion. */
export interface GradingContext {
  /** Aborted when the run is stopped. */
  readonly signal?: AbortSignal;
  /** Whether a policy is only measured: a grader may look for the answer in more places then. */
  readonly measuring?: boolean;
  /** Where a grader that asks others keeps their replies: a rerun takes them from there. */
  readonly records?: Records;
}

/** Grades completions of one kind of problem. */
export interface Grader {
  (problem: Problem, completion: string, context: GradingContext): Verdict | Promise<Verdict>;
  /** What is wrong with the right answer of a problem, which no completion could equal; undefined where nothing is. */
  readonly check?: (answer: string) => string | undefined;
}

/** A grader as its file declares it. */
export interface GraderDefinition<C extends ObjectSchema = ObjectSchema> {
  /** What it is. */
  readonly kind: "grader";
  /** Same as the file name, where it ships. */
  readonly name: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** Schema of its settings. */
  readonly config: C;
  /** Makes the grader that its settings describe. */
  // deno-lint-ignore no-explicit-any -- a method of any grader must be callable; see defineGrader
  create(settings: ObjectSchema extends C ? any : Infer<C>): Grader | Promise<Grader>;
}

/**
 * Declares a grader; the type of its settings follows from the literal.
 *
 * @example
 * ```ts
 * const same = defineGrader({
 *   name: "same",
 *   summary: "The last line is the answer.",
 *   config: { type: "object", properties: {}, additionalProperties: false },
 *   create: () => ({ answer }, completion) => {
 *     const last = completion.trim().split("\n").at(-1)!;
 *     return { outcome: last === answer ? "correct" : "wrong", answer: last };
 *   },
 * });
 * ```
 */
export function defineGrader<const C extends ObjectSchema>(
  definition: Omit<GraderDefinition<C>, "kind">,
): GraderDefinition<C> {
  return { kind: "grader", ...definition };
}

/** The verdict on an answer that may not be there, compared with the right one. */
export function compareAnswer(
  answer: string | null | undefined,
  isRight: (answer: string) => boolean,
): Verdict {
  if (answer === null || answer === undefined) return { outcome: "no_answer", answer: null };
  return { outcome: isRight(answer) ? "correct" : "wrong", answer };
}
