import { readSteps } from "../records/run_steps.ts";
import { stringify } from "csv-stringify/sync";
import { counted, type Json, Store, withReason } from "../core/mod.ts";
import { type MetricRow, pointsOf, resultsOf, tableOf } from "../records/metric_rows.ts";
import { findRun } from "../records/mod.ts";
import { chooseSteps, parseStepName } from "../records/step_names.ts";
import { formatValue } from "./format.ts";
import { print } from "./output.ts";
import { formatTable } from "./table.ts";

/** Rows of curves that are shown of a step unless it is said how many: the last ones. */
const SHOWN = 10;

/** Tells the numbers of steps: the rows of their tables `metrics`, and what they gave back. */
export async function metrics(
  wanted: readonly string[],
  options: {
    readonly store: string;
    readonly run: string;
    readonly csv?: string;
    readonly json?: true;
    readonly count?: number;
  },
): Promise<number> {
  const store = new Store(options.store), record = findRun(store, options.run), { id } = record;
  const all = readSteps(store, record, false);
  const chosen = new Set(chooseSteps(all.map(({ step }) => step), wanted, id));
  const steps = all.filter(({ step }) => chosen.has(step));
  const isText = options.json !== true && options.csv === undefined;
  const last = options.count ?? (isText ? SHOWN : Infinity);
  const results = resultsOf(id, steps), points: MetricRow[] = [];
  let left = 0;
  for (const step of steps) {
    const rows = await Array.fromAsync(pointsOf(store, id, [step]));
    left += Math.max(0, rows.length - last);
    points.push(...rows.slice(-last));
  }
  if (options.csv !== undefined) {
    const text = csvOf([...results, ...points]), file = options.csv;
    withReason(`cannot write ${file}`, () => Deno.writeTextFileSync(file, text));
    if (options.json !== true) {
      print(`${counted(results.length + points.length, "row")} written to ${file}`);
    }
  }
  if (options.json === true) {
    for (const row of [...results, ...points]) print(JSON.stringify(row));
  }
  if (!isText) return 0;
  const parts = [results, points].flatMap((rows) => [...groups(rows)].map(textOf));
  print(parts.length === 0 ? `${id}: no numbers` : parts.join("\n\n"));
  if (left > 0) print(`${counted(left, "earlier row")}; -n shows more, --csv and --json have all`);
  return 0;
}

function csvOf(all: readonly MetricRow[]): string {
  const { columns, rows } = tableOf(all);
  const cell = (value: Json | undefined) =>
    typeof value === "object" && value !== null ? JSON.stringify(value) : value ?? "";
  return stringify([columns, ...rows.map((row) => columns.map((column) => cell(row[column])))], {
    cast: { boolean: String },
  });
}

/** Rows of steps that differ in iterations and values alone: they have the same columns. */
function groups(rows: readonly MetricRow[]): Iterable<MetricRow[]> {
  return Map.groupBy(rows, ({ step }) => parseStepName(step)?.name ?? step).values();
}

/** A table without the run, which is the same all along, and without iterations and values, which the steps' names have. */
function textOf(all: readonly MetricRow[]): string {
  const { columns, places, rows } = tableOf(all);
  const shown = columns.filter((name) => name === "step" || !places.has(name));
  const cells = rows.map((row) =>
    shown.map((column) => row[column] === undefined ? "" : formatValue(row[column]))
  );
  return formatTable(shown, cells).join("\n");
}
