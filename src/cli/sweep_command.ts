import { stringify } from "csv-stringify/sync";
import { resolve } from "node:path";
import {
  type Action,
  DiagnosticError,
  digestJson,
  Document,
  type JsonObject,
  type Stamped,
  Store,
  withReason,
} from "../core/mod.ts";
import { Durations } from "../records/mod.ts";
import { axesOfMap, type Axis, type Member, membersOf, parseAxes } from "../records/sweep_axes.ts";
import {
  type MemberResult,
  type Spread,
  type SweepRow,
  sweepTable,
} from "../records/sweep_table.ts";
import { bootstrapInterval } from "../rl/bootstrap.ts";
import { deviation, mean } from "../rl/statistics.ts";
import { table } from "../stage/tables.ts";
import { useThreads } from "../runtime/environment.ts";
import { commandLine } from "./command_line.ts";
import { formatColumns, formatNumber, formatSeconds } from "./format.ts";
import { LiveView } from "./live/live_view.ts";
import { print, standardOutput } from "./output.ts";
import { openPipeline, trustOf } from "./project.ts";
import { runFile, stopOnInterrupt } from "./run_command.ts";

/** Options of the command. */
export interface SweepOptions {
  readonly store: string;
  readonly setFile?: string;
  readonly metric: readonly string[];
  readonly csv?: string;
  readonly markdown?: string;
  readonly trust?: true;
  readonly threads?: number;
  readonly json?: true;
}

/**
 * Runs a pipeline with every combination of values, and tells how its numbers are spread. Members take from the store what it
 * has; one that fails does not end the sweep, and the same command goes on where it was killed.
 *
 * @returns the exit code: 1 when a member failed, 130 when the sweep was stopped
 * @throws {DiagnosticError} when a member has mistakes: nothing has run then
 */
export async function sweep(
  file: string,
  given: readonly string[],
  options: SweepOptions,
): Promise<number> {
  if (options.threads !== undefined) useThreads(options.threads);
  const axes = axesOf(given, options), members = membersOf(axes);
  const fixed = axes.flatMap(({ path, values }) =>
    values.length === 1 ? [`${path}=${values[0]}`] : []
  );
  // Mistakes are told before anything runs.
  for (const { overrides } of members) {
    const { check } = await openPipeline(file, [...fixed, ...overrides], trustOf(options));
    await check();
  }
  const id = sweepId(file, axes), results: MemberResult[] = [], failed: Member[] = [];
  const warnings = new Set<string>(); // each is told once
  using stop = stopOnInterrupt();
  using view = new LiveView(standardOutput(), Durations.of(new Store(options.store)));
  if (options.json !== true) {
    print(`${id}: ${members.length} runs`);
    stop.tell((message) => view.tell(message, view.paint.yellow));
  }
  for (const [i, member] of members.entries()) {
    const { overrides } = member;
    const called = overrides.join(" ") || file;
    const title = `[${i + 1}/${members.length}] ${called}`;
    const listen = options.json === true ? tellEvent : (event: Stamped) => {
      view.take(event, () => tellMember(event, title, warnings, view));
    };
    const { status, actions } = await runFile(file, {
      overrides: [...fixed, ...overrides],
      sweep: { id, overrides },
      store: options.store,
      trust: options.trust ?? false,
      signal: stop.signal,
      listen,
    }, (plan) => {
      if (options.json !== true) {
        view.begin(plan, `${id} · run ${i + 1} of ${members.length} · ${called}`);
      }
    });
    if (status === "stopped") {
      if (options.json !== true) print(`stopped; go on with\n  ${commandLine(Deno.args)}`);
      return 130;
    }
    if (status === "done") results.push({ member, metrics: metricsOf(actions) });
    else failed.push(member);
  }
  const rows = sweepTable(results, { spread }, options.metric);
  checkWanted(options.metric, rows);
  tell(id, rows, failed, options);
  return failed.length > 0 ? 1 : 0;
}

function axesOf(given: readonly string[], { setFile }: SweepOptions): Axis[] {
  const ofFile = setFile === undefined ? [] : axesOfMap(
    Document.parse(
      setFile,
      withReason(`cannot read ${setFile}`, () => Deno.readTextFileSync(setFile)),
    )
      .value,
    setFile,
  );
  const axes = parseAxes(given), own = new Set(axes.map(({ path }) => path));
  return [...ofFile.filter(({ path }) => !own.has(path)), ...axes];
}

/** The same for the same command, so that what goes on is the same sweep. */
function sweepId(file: string, axes: readonly Axis[]): string {
  return `sweep-${digestJson([resolve(file), axes]).slice(0, 4)}`;
}

function metricsOf(actions: ReadonlyMap<string, Action>): Record<string, JsonObject> {
  return Object.fromEntries([...actions].map(([step, { metrics }]) => [step, metrics]));
}

/** Mean, deviation and interval, as far as there are enough values. */
export function spread(values: readonly number[]): Spread {
  const of = { mean: mean(values), n: values.length };
  return values.length < 2
    ? of
    : { ...of, sd: deviation(values), interval: bootstrapInterval(values) };
}

function checkWanted(wanted: readonly string[], rows: readonly SweepRow[]): void {
  const missing = wanted.find((metric) => rows.every((row) => row.metric !== metric));
  if (missing === undefined) return;
  const hint = "write step.metric, as soar metrics lists them";
  throw new DiagnosticError([{ message: `no member has a number ${missing}`, hint }]);
}

function tellEvent(event: Stamped): void {
  print(JSON.stringify(event));
}

function tellMember(
  event: Stamped,
  title: string,
  warnings: Set<string>,
  view: LiveView,
): void {
  switch (event.kind) {
    case "run-started":
      return view.tell(`${title}  ${event.run}`);
    case "step-failed":
      return view.tell(`  ${event.step} failed: ${event.message}`, view.paint.red);
    case "warning":
      if (warnings.has(event.message)) return;
      warnings.add(event.message);
      return view.tell(`  warning: ${event.message}`, view.paint.yellow);
    case "run-finished":
      return view.tell(
        `  ${event.status}: ${event.ran} run, ${event.cached} cached, ${
          formatSeconds(event.seconds)
        }`,
      );
  }
}

const COLUMNS = [
  "group",
  "metric",
  "mean",
  "SD",
  "n",
  "95 % interval",
  "difference",
  "95 %, paired",
];

function tell(
  id: string,
  rows: readonly SweepRow[],
  failed: readonly Member[],
  { json, csv, markdown }: SweepOptions,
): void {
  const cells = rows.map((row) => {
    const { group, metric, spread: { mean, sd, n, interval }, difference } = row;
    return [
      labelOf(group),
      metric,
      formatNumber(mean),
      sd === undefined ? "" : formatNumber(sd),
      String(n),
      rangeOf(interval),
      difference === undefined ? "" : formatNumber(difference.mean),
      rangeOf(difference?.interval),
    ];
  });
  const write = (path: string, text: string) =>
    withReason(`cannot write ${path}`, () => Deno.writeTextFileSync(path, text));
  if (markdown !== undefined) write(markdown, table(COLUMNS, cells).join("\n") + "\n");
  if (csv !== undefined) write(csv, csvOf(rows));
  if (json === true) {
    const lost = failed.map(({ overrides }) => overrides);
    return print(JSON.stringify({ kind: "sweep-finished", sweep: id, rows, failed: lost }));
  }
  if (rows.length > 0) print(`\n${formatColumns([COLUMNS, ...cells]).join("\n")}`);
  for (const { overrides } of failed) print(`failed: ${overrides.join(" ")}`);
}

function csvOf(rows: readonly SweepRow[]): string {
  const paths = Object.keys(rows[0]?.group ?? {});
  return stringify([
    [...paths, "metric", "mean", "sd", "n", "low", "high", "difference", "difference_low"]
      .concat("difference_high", "pairs"),
    ...rows.map(({ group, metric, spread: { mean, sd, n, interval }, difference }) => [
      ...paths.map((path) => group[path]),
      ...[metric, mean, sd, n, interval?.[0], interval?.[1]],
      ...[difference?.mean, difference?.interval?.[0], difference?.interval?.[1], difference?.n],
    ]),
  ]);
}

function labelOf(group: Readonly<Record<string, string>>): string {
  return Object.entries(group).map(([path, value]) => `${path}=${value}`).join(" ");
}

function rangeOf(interval: readonly [number, number] | undefined): string {
  return interval === undefined ? "" : interval.map(formatNumber).join(" to ");
}
