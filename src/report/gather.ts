/** Reads from a store what a report of runs needs. @module */
import { readSteps } from "../records/run_steps.ts";
import type { JsonObject, Store } from "../core/mod.ts";
import { readDocument, type RunRecord } from "../records/mod.ts";
import { readableRows } from "../records/readable_rows.ts";
import { ROLLOUT_TABLES } from "../records/rollouts.ts";
import { parseStepName } from "../records/step_names.ts";
import { findingsOf } from "./findings.ts";
import { seenProblems } from "./seen.ts";
import type { RunView, StepView } from "./run_view.ts";

/** Rows of a table that are looked at, and examples of a step that are kept. */
const MOST_ROWS = 20_000, EXAMPLES = 6;
/** Steps whose curves are read: of more, so many evenly spread. */
const MOST_CURVES = 4000;

/** A run with everything that its report shows. */
export async function gatherRun(store: Store, record: RunRecord): Promise<RunView> {
  const steps = readSteps(store, record);
  const parsed = steps.map((step) => ({
    ...step,
    parts: parseStepName(step.step) ?? { name: step.step, loops: {}, values: {} },
  }));
  const shown = stepsToShow(parsed), known = new Map<string, StepView["curves"]>();
  const every = Math.ceil(steps.length / MOST_CURVES), views: StepView[] = [];
  for (const [i, step] of parsed.entries()) {
    const { key } = step;
    let curves: readonly JsonObject[] = [];
    if (key !== undefined && i % every === 0) {
      curves = known.get(key) ?? await rowsOf(store, key, "metrics");
      known.set(key, curves);
    }
    const rollouts = key !== undefined && shown.has(step.step) ? await examplesOf(store, key) : [];
    views.push({
      ...step,
      findings: findingsOf(store, Object.values(step.outputs).flat()),
      curves,
      rollouts,
    });
  }
  const document = readDocument(store, record.id);
  const summary = (document as JsonObject | undefined)?.summary;
  const seen = seenProblems(store, views);
  return { record, ...typeof summary === "string" ? { summary } : {}, steps: views, seen };
}

/** The first and the last iteration of each step, of the first values of its axes: that is where to look at examples. */
function stepsToShow(steps: readonly Pick<StepView, "step" | "parts">[]): ReadonlySet<string> {
  const shown = new Set<string>();
  for (const alike of Map.groupBy(steps, ({ parts }) => parts.name).values()) {
    const last = alike.at(-1)!.parts.loops;
    const ofLast = alike.find(({ parts }) => JSON.stringify(parts.loops) === JSON.stringify(last));
    shown.add(alike[0]!.step).add(ofLast!.step);
  }
  return shown;
}

async function rowsOf(store: Store, key: string, table: string): Promise<JsonObject[]> {
  const rows: JsonObject[] = [];
  for await (const row of readableRows(store, key, table)) {
    rows.push(row);
    if (rows.length === MOST_ROWS) break;
  }
  return rows;
}

/** Some rows of what models wrote: the best and the worst paid, and some between. */
async function examplesOf(store: Store, key: string): Promise<JsonObject[]> {
  for (const table of ROLLOUT_TABLES) {
    const rows = await rowsOf(store, key, table);
    if (rows.length === 0) continue;
    const paid = rows.map((row, i) => ({ row, i, reward: Number(row.reward ?? row.score ?? 0) }))
      .toSorted((a, b) => b.reward - a.reward || a.i - b.i);
    const places = Array.from(
      { length: Math.min(EXAMPLES, paid.length) },
      (_, n) => Math.round(n * (paid.length - 1) / Math.max(1, EXAMPLES - 1)),
    );
    return [...new Set(places)].map((place) => paid[place]!.row);
  }
  return [];
}
