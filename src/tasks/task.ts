/** What a task is: where problems come from, how they are asked, and how completions are graded. @module */
import type { Infer, ObjectSchema, Used } from "../../schemas/infer.ts";
import type { Grader, Problem } from "../graders/grader.ts";
import type { Random } from "../random/random.ts";
import type { Prompt } from "../text/prompt.ts";

/** A problem without an id, such as a proposer writes. */
export interface Draft {
  /** The question. */
  readonly problem: string;
  /** The answer that it claims to have. */
  readonly answer: string;
}

/** A text to learn: the model reads the prompt and learns the completion. */
export interface Text {
  /** What is given. */
  readonly prompt: string;
  /** What is learnt. */
  readonly completion: string;
}

/** Makes problems with right answers by rule. */
export interface Generator {
  /** A problem of this depth, such as a number of operations. */
  draw(random: Random, depth: number): Draft;
}

/** Why a completion poses no problem. */
export interface Rejected {
  /** The reason: a few words that are the same for all of a kind, and a detail after a colon. */
  readonly rejected: string;
}

/** How a policy is asked for problems, and what is taken for one. */
export interface Proposer {
  /** What it is asked. */
  readonly prompt: Prompt;
  /** The problem that a completion poses, or why it poses none: a few words, and a detail after a colon. */
  parse(completion: string): Draft | Rejected | Promise<Draft | Rejected>;
}

/** What is known of a problem that was posed. It is never shown to a policy. */
export interface Judgement {
  /** Whether it has an answer. */
  readonly well_posed: boolean;
  /** Whether the answer that it claims to have is that one. */
  readonly right: boolean;
  /** What kind of mistake there is, in a word or two. */
  readonly error?: string;
}

/** Texts that make a base model. */
export interface Corpus {
  /** Every character that they use. */
  readonly alphabet: string;
  /** The shape of a text's mixture is the task's own. */
  draw(random: Random): Text;
}

/** A task at work: all but prompt and grader may be missing, and the stages that need them say so. */
export interface Task {
  /** What a student is given. */
  prompt(problem: Problem): Prompt;
  /** Grades a completion, and may tell what is wrong with a right answer. */
  readonly grade: Grader;
  /** Makes problems by rule. */
  readonly generator?: Generator;
  /** How problems are asked for. */
  readonly proposer?: Proposer;
  /** Judges a problem with the answer that it claims to have. */
  judge?(draft: Draft): Judgement | Promise<Judgement>;
  /** Texts to pretrain on. */
  readonly corpus?: Corpus;
}

/** What a task can ask for when it is made. */
export interface TaskParts {
  /** The grader that a setting with `component: "grader"` names. */
  grader(used: Used): Promise<Grader>;
}

/** A task as its file declares it. */
export interface TaskDefinition<C extends ObjectSchema = ObjectSchema> {
  /** What it is. */
  readonly kind: "task";
  /** Same as the file name, where it ships. */
  readonly name: string;
  /** What it is about, in a sentence. */
  readonly summary: string;
  /** Schema of its settings. */
  readonly config: C;
  /** Makes the task that its settings describe. */
  // deno-lint-ignore no-explicit-any -- a method of any task must be callable; see defineTask
  create(settings: ObjectSchema extends C ? any : Infer<C>, parts: TaskParts): Task | Promise<Task>;
}

/**
 * Declares a task; the type of its settings follows from the literal.
 *
 * @example
 * ```ts
 * const sums = defineTask({
 *   name: "sums",
 *   summary: "Sums of two numbers.",
 *   config: {
 *     type: "object",
 *     properties: { most: { type: "integer", minimum: 1, default: 99 } },
 *     additionalProperties: false,
 *   },
 *   create: ({ most }) => ({
 *     prompt: ({ problem }) => ({ text: `${problem} = ` }),
 *     grade({ answer }, completion) {
 *       const given = /^\s*(\d+)/.exec(completion)?.[1] ?? null;
 *       if (given === null) return { outcome: "no_answer", answer: null };
 *       return { outcome: given === answer ? "correct" : "wrong", answer: given };
 *     },
 *     generator: {
 *       draw(random) {
 *         const [a, b] = [random.int(most), random.int(most)];
 *         return { problem: `${a} + ${b}`, answer: String(a + b) };
 *       },
 *     },
 *   }),
 * });
 * ```
 */
export function defineTask<const C extends ObjectSchema>(
  definition: Omit<TaskDefinition<C>, "kind">,
): TaskDefinition<C> {
  return { kind: "task", ...definition };
}
