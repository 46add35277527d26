import { stringify } from "csv-stringify/sync";
import { dirname, resolve } from "node:path";
import {
  type Action,
  closest,
  counted,
  DiagnosticError,
  digestJson,
  Document,
  ifThere,
  type JsonObject,
  type Stamped,
  Store,
  withReason,
} from "../core/mod.ts";
import { Durations } from "../records/mod.ts";
import { axesOfMap, type Axis, type Member, membersOf, parseAxes } from "../records/sweep_axes.ts";
import { noStep, PLAN_LISTS } from "../records/step_names.ts";
import {
  isNumberNamed,
  isNumberOf,
  type MemberResult,
  numberNames,
  type Spread,
  type SweepRow,
  sweepTable,
} from "../records/sweep_table.ts";
import { bootstrapInterval } from "../rl/bootstrap.ts";
import { deviation, mean } from "../rl/statistics.ts";
import { table } from "../stage/tables.ts";
import { useThreads } from "../runtime/environment.ts";
import { commandLine } from "./command_line.ts";
import { eventText } from "./event_text.ts";
import { type Executing, executingOf } from "./executing.ts";
import { formatColumns, formatNumber, formatSeconds } from "./format.ts";
import { LiveView } from "./live/live_view.ts";
import { Heard } from "./heard.ts";
import { print, standardOutput } from "./output.ts";
import { openPipeline, trustOf } from "./project.ts";
import { checkName, runFile, stopOnInterrupt } from "./run_command.ts";

/** Options of the command. */
export interface SweepOptions extends Executing {
  readonly store: string;
  readonly setFile?: string;
  readonly metric: readonly string[];
  readonly name?: string;
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
  checkName(options.name);
  const axes = axesOf(given, options), members = membersOf(axes);
  const fixed = axes.flatMap(({ path, values }) =>
    values.length === 1 ? [`${path}=${values[0]}`] : []
  );
  // Mistakes are told before anything runs.
  for (const path of [options.csv, options.markdown]) checkFile(path);
  const steps = new Set<string>();
  for (const { overrides } of members) {
    const { check, plan } = await openPipeline(file, [...fixed, ...overrides], trustOf(options));
    await check();
    for (const { id } of plan.steps) steps.add(id);
  }
  for (const metric of options.metric) checkStep(metric, [...steps], file);
  const id = sweepId(file, axes), results: MemberResult[] = [], failed: Member[] = [];
  const warnings = new Set<string>(); // each is told once
  using stop = stopOnInterrupt();
  const heard = new Heard(stop.abort);
  using view = new LiveView(standardOutput(), Durations.of(new Store(options.store)));
  if (options.json !== true) {
    print(`${id}: ${counted(members.length, "run")}`);
    stop.tell((message) => view.tell(message, view.paint.yellow));
  }
  for (const [i, member] of members.entries()) {
    const { overrides } = member;
    const called = overrides.join(" ") || file;
    const title = `[${i + 1}/${members.length}] ${called}`;
    const listen = (event: Stamped) =>
      heard.write(() =>
        options.json === true
          ? tellEvent(event)
          : view.take(event, () => tellMember(event, title, warnings, view))
      );
    const { status, actions } = await runFile(file, {
      overrides: [...fixed, ...overrides],
      sweep: { id, ...options.name === undefined ? {} : { name: options.name }, overrides },
      store: options.store,
      trust: options.trust ?? false,
      ...executingOf(options),
      signal: stop.signal,
      listen,
    }, (plan) => {
      if (options.json !== true) {
        view.begin(plan, `${id} · run ${i + 1} of ${members.length} · ${called}`);
      }
    });
    if (!heard.isHeard) return heard.complain("the sweep was stopped; what is done is kept");
    if (status === "stopped") {
      if (options.json !== true) print(`stopped; go on with\n  ${commandLine(Deno.args)}`);
      return 130;
    }
    if (status === "done") results.push({ member, metrics: metricsOf(actions) });
    else failed.push(member);
  }
  const rows = sweepTable(results, { spread }, options.metric);
  tell(id, file, rows, failed, options);
  if (results.length > 0) checkWanted(options.metric, rows, results);
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

/** What would be lost after hours is asked before. @throws {DiagnosticError} where no file of the name can be */
function checkFile(path: string | undefined): void {
  if (path === undefined) return;
  const isFolder = (path: string) => ifThere(() => Deno.statSync(path))?.isDirectory === true;
  if (isFolder(path)) {
    const message = `cannot write ${path}: it is a folder`;
    throw new DiagnosticError([{ message, hint: "name a file" }]);
  }
  if (isFolder(dirname(path))) return;
  const message = `cannot write ${path}: ${dirname(path)} is no folder`;
  throw new DiagnosticError([{ message, hint: "make the folder, or name another" }]);
}

/** @throws {DiagnosticError} when the step of `step.metric` is none of the pipeline's */
function checkStep(metric: string, steps: readonly string[], file: string): void {
  if (steps.some((step) => isNumberOf(metric, step))) return;
  // A metric may have points in its name, and steps too: the longest beginning that is near one is told.
  const step = metric.slice(0, Math.max(metric.lastIndexOf("."), 0));
  if (step === "") {
    const hint = `write step.metric, such as ${steps[0]}.accuracy`;
    throw new DiagnosticError([{ message: `--metric ${metric} names no step`, hint }]);
  }
  throw noStep(steps, step, file, PLAN_LISTS);
}

/** @throws {DiagnosticError} for a number that no member has */
function checkWanted(
  wanted: readonly string[],
  rows: readonly SweepRow[],
  results: readonly MemberResult[],
): void {
  const missing = wanted.find((one) => !rows.some(({ metric }) => isNumberNamed(one, metric)));
  if (missing === undefined) return;
  const names = numberNames(results);
  const near = closest(missing, names);
  const hint = near === undefined
    ? "write step.metric, as soar metrics lists them"
    : `did you mean ${near}?`;
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
      return view.tell(`  ${eventText(event)}`, view.paint.red);
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
  file: string,
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
  if (json === true) {
    const lost = failed.map(({ overrides }) => overrides);
    print(JSON.stringify({ kind: "sweep-finished", sweep: id, rows, failed: lost }));
  } else {
    if (rows.length > 0) print(`\n${formatColumns([COLUMNS, ...cells]).join("\n")}`);
    for (const { overrides } of failed) print(`failed: ${overrides.join(" ") || file}`);
  }
  if (markdown !== undefined) write(markdown, table(COLUMNS, cells).join("\n") + "\n");
  if (csv !== undefined) write(csv, csvOf(rows));
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
