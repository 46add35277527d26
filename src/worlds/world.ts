import type { Random } from "../random/random.ts";

/** A question with the answer it claims to have; ids are unique within a set. */
export interface Problem {
  readonly id: string;
  readonly problem: string;
  readonly answer: string;
}

/** A training text: the model reads the prompt and learns the completion. */
export interface Text {
  readonly prompt: string;
  readonly completion: string;
}

/** A teacher's text, taken apart. */
export interface Proposal {
  readonly problem: string;
  readonly answer: string;
}

/**
 * A procedural source of problems with a checker of its own.
 *
 * `Hardness` and `Mixture` are JSON-able settings of the world, checked by the schema of the stage that
 * takes them.
 */
export interface World {
  readonly name: string;
  /** Every character its texts use. */
  readonly alphabet: string;
  /** A problem with its right answer, of `depth` operations that are all hard. */
  hardProblem(random: Random, depth: number): Proposal;
  /** A text of the corpus that makes the base model. */
  text(random: Random, mixture: CorpusMixture): Text;
  /** The right answer, or undefined when the problem is not well-posed. */
  solve(problem: string): string | undefined;
  /** What the student is given. */
  studentPrompt(problem: string): string;
  /** What the teacher is given, always the same. */
  readonly teacherPrompt: string;
  /** The answer that a student's completion ends in, if it ends in one. */
  parseAnswer(completion: string): string | undefined;
  /** The problem that a teacher's completion poses, if it is well-formed. */
  parseProposal(completion: string): Proposal | undefined;
}

/** What the corpus of the base model is made of. */
export interface CorpusMixture {
  /** Share of texts that solve a problem; the others pose one. */
  readonly solver_share: number;
  /** Largest number of operations in a solved problem. */
  readonly solver_depth: number;
  /** Share of hard operations in solved problems. */
  readonly solver_hard_share: number;
  /** Probability that a hard operation is carried out rightly in a solution. */
  readonly solver_right: number;
  /** Largest number of operations in a posed problem. */
  readonly teacher_depth: number;
  /** Share of hard operations in posed problems. */
  readonly teacher_hard_share: number;
  /** Probability that a hard operation is undone rightly by the author of a problem. */
  readonly teacher_right: number;
}
