/** Numbers of steps: rows of their tables `metrics`, and what they gave back. @module */
import type { Json, JsonObject, Store } from "../core/mod.ts";
import { parseStepName } from "./step_names.ts";
import type { RunStep } from "./steps.ts";

/** A row of a step's table, or (`result`) what the step gave back. */
export interface MetricRow {
  readonly run: string;
  readonly step: string;
  readonly kind: "point" | "result";
  readonly row: JsonObject;
}

/** Rows of the tables `metrics` of steps, in order; of a step that runs, so far. */
export async function* pointsOf(
  store: Store,
  run: string,
  steps: readonly RunStep[],
): AsyncGenerator<MetricRow> {
  for (const { step, key } of steps) {
    if (key === undefined) continue;
    for await (const row of store.tables.read(key, "metrics")) {
      yield { run, step, kind: "point", row };
    }
  }
}

/** What steps gave back, where that is anything. */
export function resultsOf(run: string, steps: readonly RunStep[]): MetricRow[] {
  return steps.flatMap(({ step, metrics }) =>
    Object.keys(metrics).length === 0 ? [] : [{ run, step, kind: "result", row: metrics }]
  );
}

/** A map of maps as one of paths, such as `pass_at.4`; texts of several lines are left out, which are no numbers. */
export function flatten(row: JsonObject, prefix = ""): Record<string, Exclude<Json, JsonObject>> {
  const flat: Record<string, Exclude<Json, JsonObject>> = {};
  for (const [name, value] of Object.entries(row)) {
    const path = prefix + name;
    if (typeof value === "object" && value !== null && !isList(value)) {
      Object.assign(flat, flatten(value, `${path}.`));
    } else if (typeof value !== "string" || !value.includes("\n")) flat[path] = value;
  }
  return flat;
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}

/** Columns that every row has. */
const OURS = ["run", "step", "kind"] as const;

/** Rows as a table: columns of all, in the order in which they come. */
export interface MetricTable {
  readonly columns: readonly string[];
  /** Those among them that tell which row it is. */
  readonly places: ReadonlySet<string>;
  readonly rows: readonly Readonly<Record<string, Json>>[];
}

/**
 * Rows as one table. Iterations and values of the steps' names are columns too, such as `meta` and `dataset`. A name that
 * would stand for two things gets a `row.` before the row's.
 */
export function tableOf(all: readonly MetricRow[]): MetricTable {
  const named = all.map((one) => ({ one, place: placeOf(one.step) }));
  const places = new Set(named.flatMap(({ place }) => Object.keys(place)));
  const taken = new Set<string>([...OURS, ...places]);
  const columns = new Set<string>(taken);
  const rows = named.map(({ one: { run, step, kind, row }, place }) => {
    const cells: Record<string, Json> = { run, step, kind, ...place };
    for (const [name, value] of Object.entries(flatten(row))) {
      const column = taken.has(name) ? `row.${name}` : name;
      columns.add(column);
      cells[column] = value;
    }
    return cells;
  });
  return { columns: [...columns], places: taken, rows };
}

/** Iterations by loop and values by axis; what is one of our columns is left to the step's name. */
function placeOf(step: string): Record<string, Json> {
  const { loops = {}, values = {} } = parseStepName(step) ?? {};
  const place = Object.entries({ ...loops, ...values });
  return Object.fromEntries(place.filter(([name]) => !OURS.some((one) => one === name)));
}
