/** What a person wants to know of a teacher's proposals at a glance. @module */
import type { Prompt } from "../text/prompt.ts";
import { byReason, type Proposals, type ProposedProblem } from "./proposals.ts";
import { mean } from "./statistics.ts";

/** Numbers of a round of proposals. None of them filters anything. */
export interface ProposalCounts {
  /** Completions. */
  readonly drawn: number;
  /** Share of them that pose a problem. */
  readonly well_formed: number;
  /** Share of the problems whose answer is right, where the task can judge. */
  readonly correct?: number;
  /** Share of the problems that are left when repeated ones count once (case and blanks aside). */
  readonly distinct: number;
  /** Problems that repeat {@linkcode LEAKED_WORDS} words of the prompt, or all of a shorter one. */
  readonly leaks: number;
  /** Problems in which their own answer stands. */
  readonly answer_in_problem: number;
  /** Completions that pose none, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
}

/** So many words in a row are no coincidence. */
const LEAKED_WORDS = 8;

/** @param prompt what the teacher was asked */
export function countProposals(
  { datasets, rejected }: Proposals,
  prompt: Prompt,
): ProposalCounts {
  const all = datasets.flat(), drawn = all.length + rejected.length;
  const judged = all.flatMap(({ judgement }) => judgement === undefined ? [] : [judgement]);
  const isLeak = leakDetector(prompt);
  return {
    drawn,
    well_formed: all.length / drawn,
    ...judged.length === 0 ? {} : { correct: mean(judged.map(({ right }) => Number(right))) },
    distinct: new Set(all.map(({ problem }) => wordsOf(problem).join(" "))).size / all.length,
    leaks: all.filter(({ problem }) => isLeak(problem)).length,
    answer_in_problem: all.filter(givesAway).length,
    rejected: Object.fromEntries(
      [...byReason(rejected)].map(([kind, { length }]) => [kind, length]),
    ),
  };
}

function wordsOf(text: string): string[] {
  return text.normalize("NFKC").toLowerCase().split(/\s+/).filter((word) => word !== "");
}

function leakDetector({ text, system = "" }: Prompt): (problem: string) => boolean {
  const parts = [text, system].map(wordsOf).filter(({ length }) => length > 1);
  const runs = new Set(parts.flatMap((words) => runsOf(words, LEAKED_WORDS)));
  const lengths = new Set([...runs].map((run) => run.split(" ").length));
  return (problem) => {
    const words = wordsOf(problem);
    return [...lengths].some((length) =>
      words.length >= length && runsOf(words, length).some((run) => runs.has(run))
    );
  };
}

/** Every so many words in a row; all of them where there are fewer. */
function runsOf(words: readonly string[], length: number): string[] {
  const last = Math.max(0, words.length - length);
  return Array.from({ length: last + 1 }, (_, i) => words.slice(i, i + length).join(" "));
}

/** Whether the answer stands in the problem as a word or number of its own. */
function givesAway({ problem, answer }: ProposedProblem): boolean {
  const [text, word] = [problem, answer].map((part) => wordsOf(part).join(" "));
  if (word === "") return false;
  const alone = `(?<![\\p{L}\\p{N}])${RegExp.escape(word!)}(?![\\p{L}\\p{N}])`;
  return new RegExp(alone, "u").test(text!);
}
