/** Reads from a store what a report of runs needs. @module */
import { join } from "node:path";
import { DiagnosticError, ifThere, type JsonObject, type Store } from "../core/mod.ts";
import { readDocument, readEvents, type RunRecord } from "../records/mod.ts";
import { ROLLOUT_TABLES } from "../records/rollouts.ts";
import { parseStepName } from "../records/step_names.ts";
import { type RunStep, stepsOf } from "../records/steps.ts";
import { seenProblems } from "./seen.ts";
import type { Findings, RunView, StepView } from "./run_view.ts";

/** Kinds of artifacts that are looked into, which have a file of their name. */
const KINDS: readonly (keyof Findings)[] = [
  "evaluation",
  "rewards",
  "promotion",
  "proposals",
  "report",
];

/** Rows of a table that are looked at, and examples of a step that are kept. */
const MOST_ROWS = 20_000, EXAMPLES = 6;
/** Steps whose curves are read: of more, so many evenly spread. */
const MOST_CURVES = 4000;

/** A run with everything that its report shows. */
export async function gatherRun(store: Store, record: RunRecord): Promise<RunView> {
  const steps = stepsOf(readEvents(store, record.id), record.status === "running");
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
    views.push({ ...step, findings: findingsOf(store, step), curves, rollouts });
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

function findingsOf(store: Store, { outputs }: RunStep): Findings {
  const found: Record<string, unknown> = {};
  for (const digest of Object.values(outputs).flat()) {
    const directory = store.directoryOf(digest);
    const names = ifThere(() => [...Deno.readDirSync(directory)].map(({ name }) => name)) ?? [];
    for (const kind of KINDS) {
      if (found[kind] !== undefined || !names.includes(`${kind}.json`)) continue;
      const value = readJson(join(directory, `${kind}.json`));
      if (value !== undefined) found[kind] = value;
    }
  }
  return found;
}

function readJson(path: string): unknown {
  const text = ifThere(() => Deno.readTextFileSync(path));
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined; // damaged, or another's: a run would find out
  }
}

async function rowsOf(store: Store, key: string, table: string): Promise<JsonObject[]> {
  const rows: JsonObject[] = [];
  try {
    for await (const row of store.tables.read(key, table)) {
      rows.push(row);
      if (rows.length === MOST_ROWS) break;
    }
  } catch (error) {
    // A table is for people to look at: one that is damaged is one that ends there.
    if (!(error instanceof DiagnosticError)) throw error;
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
