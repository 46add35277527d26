/** What a teacher proposes over time. @module */
import type { JsonObject } from "../../core/mod.ts";
import { aggregate, isNumber, thin } from "../aggregate.ts";
import type { Block, Line, LineChart, Section } from "../blocks.ts";
import { percent } from "../numbers.ts";
import { iterationOf, type RunView, type StepView } from "../run_view.ts";
import { frequentWords } from "../words.ts";

/** Shares that a `proposals` artifact has, as they are called. */
const SHARES = {
  well_formed: "accepted",
  correct: "answer is right",
  distinct: "distinct",
} as const;

/** Acceptance, diversity, difficulty and topics by iteration. */
export function proposalsSection(runs: readonly RunView[]): Section | undefined {
  const proposing = runs.flatMap(({ steps }) => steps)
    .filter(({ findings }) => findings.proposals !== undefined);
  if (proposing.length === 0) return undefined;
  const over = (values: (proposals: JsonObject) => unknown) =>
    thin(aggregate(proposing.flatMap((step) => {
      const y = values(step.findings.proposals!);
      return isNumber(y) ? [{ x: iterationOf(step) ?? 0, y }] : [];
    })));
  const shares = Object.entries(SHARES).flatMap(([key, name]): Line[] => {
    const points = over((proposals) => proposals[key]);
    return points.length === 0 ? [] : [{ name, points }];
  });
  const charts: LineChart[] = [{
    ...{ kind: "lines", title: "Proposals", x: "iteration", y: "share", percent: true },
    lines: shares,
  }];
  const difficulty = difficultyOf(runs);
  if (difficulty !== undefined) charts.push(difficulty);
  const blocks: Block[] = [{ kind: "charts", charts }];
  const rejected = rejectedTable(proposing), words = wordsTable(proposing);
  if (rejected !== undefined) blocks.push(rejected);
  if (words !== undefined) blocks.push(words);
  return { id: "proposals", title: "What the teacher proposes", blocks };
}

/** Share of proposals that students get right, before they train on them and after. */
function difficultyOf(runs: readonly RunView[]): LineChart | undefined {
  const first: { x: number; y: number }[] = [], last: typeof first = [];
  for (const step of runs.flatMap(({ steps }) => steps)) {
    const x = iterationOf(step);
    if (x === undefined || Object.keys(step.parts.values).length === 0) continue;
    const shares = step.curves.flatMap(({ correct }) => isNumber(correct) ? [correct] : []);
    if (shares.length < 2) continue;
    first.push({ x, y: shares[0]! });
    last.push({ x, y: shares.at(-1)! });
  }
  if (first.length === 0) return undefined;
  return {
    kind: "lines",
    title: "How hard they are for students",
    x: "iteration",
    y: "share solved",
    percent: true,
    lines: [
      { name: "last step of training", points: thin(aggregate(last)) },
      { name: "first step", points: thin(aggregate(first)) },
    ],
  };
}

function rejectedTable(proposing: readonly StepView[]): Block | undefined {
  const reasons = new Map<string, number>();
  let drawn = 0;
  for (const { findings: { proposals } } of proposing) {
    drawn += Number(proposals!.drawn ?? 0);
    for (const [reason, count] of Object.entries(proposals!.rejected ?? {})) {
      reasons.set(reason, (reasons.get(reason) ?? 0) + Number(count));
    }
  }
  if (reasons.size === 0) return undefined;
  const rows = [...reasons].toSorted(([, a], [, b]) => b - a).slice(0, 30)
    .map(([reason, count]) => [reason, String(count), drawn > 0 ? percent(count / drawn) : ""]);
  return { kind: "table", head: ["rejected because", "completions", "of all"], rows };
}

/** Which words proposals have, early and late: what they are about. */
function wordsTable(proposing: readonly StepView[]): Block | undefined {
  const texts = proposing.map(({ rollouts }) =>
    rollouts.filter(({ verdict }) => verdict === "accepted")
      .map(({ extracted, completion }) => String(extracted ?? completion))
  ).filter((some) => some.length > 0);
  const rows = [["first", texts[0]], ["last", texts.length > 1 ? texts.at(-1) : []]] as const;
  const told = rows.map(([when, some]) => [when, frequentWords(some ?? []).join(", ")] as const)
    .filter(([, words]) => words !== "");
  if (told.length === 0) return undefined;
  return { kind: "table", head: ["iteration", "frequent words of proposals"], rows: told };
}
