/** What models wrote, to click into. @module */
import { counted, type JsonObject } from "../../core/mod.ts";
import type { Block, Example, Section } from "../blocks.ts";
import { clip } from "../clip.ts";
import { escapeHtml } from "../html.ts";
import { formatNumber } from "../../records/numbers.ts";
import { runName } from "../run_names.ts";
import type { RunView } from "../run_view.ts";

/** Characters of a text that are shown: the whole is in the table. */
const MOST = 4000;
/** Steps with examples, and characters of them in HTML: a page has room for so many. */
const STEPS = 24, ROOM = 1_000_000;

/** Completions of each step, from the best paid to the worst. */
export function examplesSection(runs: readonly RunView[]): Section | undefined {
  const seen = new Set<string>();
  const blocks = runs.flatMap((run) =>
    run.steps.flatMap(({ step, stage, key, rollouts }): Block[] => {
      // Steps that are one computation wrote the same.
      if (rollouts.length === 0 || seen.has(key!)) return [];
      seen.add(key!);
      const name = runs.length > 1 ? `${runName(run, runs)}: ${step}` : step;
      const title = `${name} (${stage}): ${
        counted(rollouts.length, "completion")
      } of those written`;
      return [{ kind: "examples", title, examples: rollouts.map(exampleOf) }];
    })
  ).slice(0, STEPS);
  let room = ROOM;
  const fitting = blocks.filter((block) => (room -= sizeOf(block)) > 0);
  return fitting.length === 0
    ? undefined
    : { id: "examples", title: "What was written", blocks: fitting };
}

function sizeOf(block: Block): number {
  return escapeHtml(JSON.stringify(block)).length;
}

function exampleOf(row: JsonObject): Example {
  const text = (value: unknown) =>
    value === null || value === undefined ? undefined : String(value);
  const number = (value: unknown) => typeof value === "number" ? formatNumber(value) : undefined;
  const completion = text(row.completion) ?? "";
  const facts = Object.entries({
    verdict: text(row.verdict),
    reason: text(row.reason),
    reward: number(row.reward),
    advantage: number(row.advantage),
    score: number(row.score),
    problem: text(row.problem_id),
    expected: text(row.expected),
    extracted: text(row.extracted),
    step: number(row.step),
    tokens: number(row.tokens),
    end: row.finished === false ? "cut off" : undefined,
  }).flatMap(([name, value]) => value === undefined ? [] : [[name, clip(value, 400)] as const]);
  const [verdict, reward] = [text(row.verdict) ?? "", number(row.reward)];
  const about = [verdict.replaceAll("_", " "), ...reward === undefined ? [] : [`reward ${reward}`]];
  const first = clip(completion.replaceAll(/\s+/g, " ").trim(), 90);
  return {
    title: `${about.filter((one) => one !== "").join(", ")}: ${first}`,
    facts,
    texts: [["prompt", clip(text(row.prompt) ?? "", MOST)], ["completion", clip(completion, MOST)]],
  };
}
