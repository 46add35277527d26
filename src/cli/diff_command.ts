import { brief, type Json, Store } from "../core/mod.ts";
import {
  compareRuns,
  type Comparison,
  type MetricDifference,
  seeRun,
  type Spread,
  type ValueDifference,
} from "../records/compare.ts";
import { findRuns } from "../records/find_runs.ts";
import { formatNumber } from "./format.ts";
import { print } from "./output.ts";
import { safeText } from "./safe_text.ts";
import { formatTable } from "./table.ts";

/** Lines of a part that are shown unless it is said how many. */
const SHOWN = 20;

/** Tells what is different between two runs, or two groups of them. */
export function diff(
  before: string,
  after: string,
  options: { readonly store: string; readonly json?: true; readonly count?: number },
): number {
  const store = new Store(options.store);
  const [was, is] = [before, after].map((wanted) =>
    findRuns(store, wanted).map((record) => seeRun(store, record))
  );
  const found = compareRuns(store, was!, is!);
  print(
    options.json === true
      ? JSON.stringify(found, null, 2)
      : textOf(found, options.count ?? SHOWN).map(safeText).join("\n"),
  );
  return 0;
}

function textOf(found: Comparison, most: number): string[] {
  const { before, after, facts, document, undocumented, steps, metrics } = found;
  const { same, differing, onlyBefore, onlyAfter } = steps;
  const [first, ...rest] = differing;
  const changed = metrics.filter(isChanged);
  const named = [["before", onlyBefore], ["after", onlyAfter]] as const;
  const heads = ["step", "number", side(before), side(after), "difference"];
  return [
    `${before.join(", ")} → ${after.join(", ")}`,
    ...part("runs", valueLines(facts), most),
    ...part("configuration", valueLines(document), most),
    ...undocumented.length === 0
      ? []
      : ["", `the configuration of ${undocumented.join(", ")} is not kept`],
    "",
    `steps: ${same} the same, ${differing.length} differ` +
    named.map(([when, ids]) => ids.length > 0 ? `, ${ids.length} only ${when}` : "").join(""),
    ...first === undefined ? [] : [
      `  the first that differs is ${first.step}:`,
      ...capped(partLines(first.parts).map((line) => `    ${line}`), most),
    ],
    ...capped(rest.map(({ step, parts }) => `  ${step}: ${reasonOf(parts)}`), most),
    ...named.flatMap(([when, ids]) => capped(ids.map((id) => `  ${id}: only ${when}`), most)),
    ...changed.length === 0 ? [] : [
      "",
      ...capped(formatTable(heads, changed.map(metricCells)), most + 1),
    ],
  ];
}

function side(runs: readonly string[]): string {
  return runs.length === 1 ? runs[0]! : `${runs.length} runs`;
}

function part(title: string, lines: readonly string[], most: number): string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...capped(lines, most)];
}

function capped(lines: readonly string[], most: number): string[] {
  const left = lines.length - most;
  return left <= 1 ? [...lines] : [...lines.slice(0, most), `  and ${left} more: -n shows them`];
}

function valueLines(differences: readonly ValueDifference[]): string[] {
  const all = (values: readonly Json[]) =>
    values.length === 0 ? "(none)" : values.map(brief).join(", ");
  return differences.map(({ path, before, after }) => `  ${path}: ${all(before)} → ${all(after)}`);
}

function partLines(parts: Comparison["steps"]["differing"][number]["parts"]): string[] {
  if (parts.length === 0) return ["what its key was made of is gone"];
  return parts.map(({ path, before, after }) =>
    `${path.join(".")}: ${brief(before)} → ${brief(after)}`
  );
}

/** Of what differs, what says most: inputs follow from steps before. */
function reasonOf(parts: Comparison["steps"]["differing"][number]["parts"]): string {
  const own = parts.filter(({ path }) => path[0] !== "inputs");
  if (own.length > 0 || parts.length === 0) {
    const [line, ...more] = partLines(own);
    return more.length === 0 ? line! : `${line} (and ${more.length} more)`;
  }
  return `inputs ${[...new Set(parts.map(({ path }) => path[1]))].join(", ")}`;
}

/** Numbers of steps that one side alone has are told by JSON. */
function isChanged({ before, after, difference }: MetricDifference): boolean {
  if (before === undefined || after === undefined) return false;
  return difference !== 0 || (before.deviation ?? 0) !== (after.deviation ?? 0);
}

function metricCells({ step, metric, before, after, difference }: MetricDifference): string[] {
  const signed = difference === undefined
    ? ""
    : `${difference > 0 ? "+" : ""}${formatNumber(difference)}`;
  return [step, metric, spreadText(before), spreadText(after), signed];
}

function spreadText(spread: Spread | undefined): string {
  if (spread === undefined) return "";
  const { mean, deviation } = spread;
  return deviation === undefined
    ? formatNumber(mean)
    : `${formatNumber(mean)} ± ${formatNumber(deviation)}`;
}
