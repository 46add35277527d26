/** A completion against the right answer. @module */
import { compareAnswer, type Verdict } from "../grader.ts";
import type { Answer } from "./answer.ts";
import { areSame } from "./compare.ts";
import { extract } from "./extract.ts";
import { Unreadable } from "./node.ts";
import { readAnswer } from "./read_answer.ts";

/** How completions are graded. */
export interface Grading {
  /** Whether an answer may stand outside of a box. */
  readonly lenient: boolean;
  /** How far a decimal may be from what it stands for. */
  readonly tolerance: number;
}

/** Right answers that were read, the latest ones. */
const READ = new Map<string, readonly Answer[]>(), MOST_READ = 4_096;

/**
 * The right answer of a problem: in a box, a whole solution with one, between dollars, or bare.
 *
 * @throws {Unreadable} when it says nothing that can be compared
 */
export function readGold(gold: string): readonly Answer[] {
  const known = READ.get(gold);
  if (known !== undefined) return known;
  const boxed = extract(gold, false)?.text;
  const answer = boxed === undefined ? readBare(gold.trim()) : readAnswer(boxed);
  if (READ.size >= MOST_READ) READ.delete(READ.keys().next().value!);
  READ.set(gold, answer);
  return answer;
}

/** An answer, between dollars or not, or a solution that ends in one. */
function readBare(gold: string): readonly Answer[] {
  if (/^\$\$?[^$]+\$\$?$/.test(gold)) return readAnswer(gold);
  if (!/(?<!\\)\$/.test(gold) && gold.length < 200) {
    try {
      const answer = readAnswer(gold);
      if (!isSentence(gold, answer)) return answer;
    } catch (error) {
      if (!(error instanceof Unreadable) || !isSolution(gold)) throw error;
    }
    if (!isSolution(gold)) throw new Unreadable("it is a sentence");
  }
  const said = extract(gold, true)?.text;
  if (said === undefined) throw new Unreadable("it is a sentence");
  return readAnswer(said);
}

/** Whether a text leads to its answer. */
function isSolution(gold: string): boolean {
  return /\n|####|answer/i.test(gold) || gold.split(/\s+/).length > 12;
}

const ELSEWHERE =
  /\b(?:see|refer|shown|figure|diagram|proof|prove|above|below|attached|omitted|vary|various)\b/i;

/** Words that are not marked as text, and say where the answer is. */
function isSentence(gold: string, [answer]: readonly Answer[]): boolean {
  return answer?.kind === "text" && ELSEWHERE.test(gold) && !gold.includes("\\");
}

/** What is wrong with a right answer; undefined where nothing is. */
export function goldProblem(gold: string, tolerance: number): string | undefined {
  try {
    const answer = readGold(gold);
    return areSame(answer, answer, { tolerance }) ? undefined : "it is not equal to itself";
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return `it cannot be read: ${error.message}`;
  }
}

/** Grades a completion. */
export function gradeMath(gold: string, completion: string, how: Grading): Verdict {
  const found = extract(completion, how.lenient);
  if (found === undefined) return { outcome: "no_answer", answer: null, well_formed: false };
  const { boxed: well_formed } = found;
  let given: readonly Answer[];
  try {
    given = readAnswer(found.text);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const reason = `it cannot be read: ${error.message}`;
    return { outcome: "wrong", answer: found.text, reason, well_formed };
  }
  const isRight = () => areSame(goldOf(gold), given, how);
  return { ...compareAnswer(found.text, isRight), well_formed };
}

/** What cannot be read is no answer's equal. */
function goldOf(gold: string): readonly Answer[] {
  try {
    return readGold(gold);
  } catch (error) {
    if (error instanceof Unreadable) return [];
    throw error;
  }
}
