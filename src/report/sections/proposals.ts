/** What a teacher proposes over time. @module */
import { isNumber } from "../aggregate.ts";
import type { Block, LineChart, Section } from "../blocks.ts";
import { percent } from "../numbers.ts";
import { curvesOver, linesOf } from "../over_iterations.ts";
import type { RunView, StepView } from "../run_view.ts";
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
  const found = curvesOver(
    runs,
    ({ findings: { proposals = {} } }) =>
      Object.fromEntries(
        Object.keys(SHARES).flatMap((key) =>
          isNumber(proposals[key]) ? [[key, proposals[key]]] : []
        ),
      ),
  );
  const shares = Object.entries(SHARES).flatMap(([key, name]) => {
    const alike = found.filter(({ metric }) => metric === key);
    return alike.flatMap(({ step, series }) =>
      linesOf(alike.length === 1 ? name : `${name} (${step})`, series)
    );
  });
  const charts: LineChart[] = shares.length === 0 ? [] : [{
    ...{ kind: "lines", title: "Proposals", x: "iteration", y: "share", percent: true },
    lines: shares,
  }];
  const difficulty = difficultyOf(runs);
  if (difficulty !== undefined) charts.push(difficulty);
  const blocks: Block[] = charts.length === 0
    ? [sharesTable(proposing)]
    : [{ kind: "charts", charts }];
  const rejected = rejectedTable(proposing), words = wordsTable(proposing);
  if (rejected !== undefined) blocks.push(rejected);
  if (words !== undefined) blocks.push(words);
  return { id: "proposals", title: "What the teacher proposes", blocks };
}

/** The shares of proposals that were made outside of loops. */
function sharesTable(proposing: readonly StepView[]): Block {
  return {
    kind: "table",
    head: ["step", ...Object.values(SHARES)],
    rows: proposing.map(({ step, findings: { proposals = {} } }) => [
      step,
      ...Object.keys(SHARES).map((key) => isNumber(proposals[key]) ? percent(proposals[key]) : ""),
    ]),
  };
}

/** Share of proposals that students get right, before they train on them and after. */
function difficultyOf(runs: readonly RunView[]): LineChart | undefined {
  const found = curvesOver(runs, ({ parts, curves }) => {
    if (Object.keys(parts.values).length === 0) return {};
    const shares = curves.flatMap(({ correct }) => isNumber(correct) ? [correct] : []);
    return shares.length < 2 ? {} : { first: shares[0]!, last: shares.at(-1)! };
  });
  if (found.length === 0) return undefined;
  const linesAt = (metric: string, name: string) => {
    const alike = found.filter((one) => one.metric === metric);
    return alike.flatMap(({ step, series }) =>
      linesOf(alike.length === 1 ? name : `${name} (${step})`, series)
    );
  };
  return {
    kind: "lines",
    title: "How hard they are for students",
    x: "iteration",
    y: "share solved",
    percent: true,
    lines: [
      ...linesAt("last", "last step of training"),
      ...linesAt("first", "first step"),
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
