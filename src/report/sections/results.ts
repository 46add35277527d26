/** How policies did: what a run ends with. @module */
import { counted } from "../../core/mod.ts";
import { differenceOf, type Evaluation, gainOver } from "../../rl/evaluation.ts";
import { mean } from "../../rl/statistics.ts";
import { aggregate, thin } from "../aggregate.ts";
import type { Block, IntervalChart, LineChart, Section } from "../blocks.ts";
import { overRuns, percent, points, signed } from "../numbers.ts";
import { finalEvaluations, type NamedEvaluation, type RunView } from "../run_view.ts";

/** Evaluations of one name, of each run that has it. */
interface Found {
  readonly name: string;
  readonly all: readonly {
    readonly run: RunView;
    readonly evaluation: NamedEvaluation;
    readonly base: NamedEvaluation;
  }[];
}

/** Evaluations by name, each beside the first of its run that it can be compared with. */
function byName(runs: readonly RunView[]): Found[] {
  const all = runs.flatMap((run) => {
    const evaluations = finalEvaluations(run);
    return evaluations.map((evaluation) => ({
      run,
      evaluation,
      base: evaluations.find((one) => differenceOf(one, evaluation) === undefined)!,
    }));
  });
  return [...Map.groupBy(all, ({ evaluation }) => evaluation.name)]
    .map(([name, all]) => ({ name, all }));
}

/** What came out, a sentence for each policy. */
export function answersOf(runs: readonly RunView[]): string[] {
  return byName(runs).slice(0, 12).map(({ name, all }) => {
    const { evaluation: first, base } = all[0]!;
    const share = overRuns(all.map(({ evaluation }) => evaluation.accuracy), percent);
    const of = `${name} solves ${share} of ${counted(first.problems, "problem")}`;
    const several = all.length > 1 ? ` (mean ± deviation over ${all.length} runs)` : "";
    if (base === first) return `${of}${several}.`;
    if (all.length > 1) {
      const gains = all.map(({ evaluation, base }) => evaluation.accuracy - base.accuracy);
      return `${of}${several}: ${points(mean(gains))} over ${base.name}.`;
    }
    const gain = gainOver(base, first);
    if (gain === undefined) return `${of}.`;
    const [low, high] = gain.interval, isSure = low > 0 || high < 0;
    if (low === 0 && high === 0) return `${of}, as many of each as ${base.name}.`;
    return `${of}: ${points(gain.mean)} over ${base.name} (95 % interval ${signed(low)} to ${
      signed(high)
    })${isSure ? "" : ", which may be chance"}.`;
  });
}

/** Tables and intervals of evaluations. */
export function resultsSection(runs: readonly RunView[]): Section | undefined {
  const found = byName(runs);
  const series = seriesChart(runs);
  if (found.length === 0 && series === undefined) return undefined;
  const sets = Map.groupBy(found, ({ all }) => all[0]!.base.name);
  const blocks = [...sets.values()].flatMap((alike): Block[] => {
    const { problems, sampling } = alike[0]!.all[0]!.evaluation;
    const { samples, temperature, greedy } = sampling;
    const how = greedy ? "greedily" : `at temperature ${temperature}`;
    return [
      {
        kind: "text",
        text: `On ${counted(problems, "problem")}, ${counted(samples, "completion")} each, ${how}.${
          seenText(alike[0]!)
        }`,
      },
      { kind: "charts", charts: [chartOf(alike)] },
      tableOf(alike),
    ];
  });
  if (series !== undefined) blocks.push({ kind: "charts", charts: [series] });
  return { id: "results", title: "Results", blocks };
}

/** Series of evaluations that a report was given, in turn. */
function seriesChart(runs: readonly RunView[]): LineChart | undefined {
  const all = runs.flatMap(({ steps }) => steps)
    .flatMap(({ findings }) => findings.report?.series ?? []);
  if (all.length === 0) return undefined;
  const lines = [...Map.groupBy(all, ({ name }) => name)].map(([name, alike]) => ({
    name,
    points: thin(
      aggregate(
        alike.flatMap(({ evaluations }) => evaluations.map(({ accuracy: y }, x) => ({ x, y }))),
      ),
    ),
  }));
  return { kind: "lines", title: "Series", x: "in turn", y: "share solved", percent: true, lines };
}

/** Whether the problems, of each run its own, were held out: told only where it is known. */
function seenText({ all }: Found): string {
  const counts = all.flatMap(({ run, evaluation }) => run.seen?.[evaluation.asked ?? ""] ?? []);
  if (counts.length < all.length) return "";
  const most = Math.max(...counts), when = all.length === 1 ? "in this run" : "in its run";
  if (most === 0) return ` They are held out: no policy was trained on any of them ${when}.`;
  const isAll = all.every(({ evaluation }, i) => counts[i] === evaluation.problems);
  const some = all.length === 1 ? most : `up to ${most}`;
  return ` They are not held out: policies were trained on ${
    isAll ? "all" : some
  } of them ${when}.`;
}

function chartOf(found: readonly Found[]): IntervalChart {
  return {
    kind: "intervals",
    title: "Solved on the first try",
    x: found.some(({ all }) => all.length > 1)
      ? "share of right samples: mean, least, most of the runs"
      : "share of right samples, with its 95 % interval",
    percent: true,
    rows: found.slice(0, 40).map(({ name, all }) => {
      const values = all.map(({ evaluation }) => evaluation.accuracy);
      const [low, high] = values.length === 1
        ? all[0]!.evaluation.interval
        : [Math.min(...values), Math.max(...values)];
      return { name, value: mean(values), low, high };
    }),
  };
}

function tableOf(found: readonly Found[]): Block {
  const passes = [...new Set(found.flatMap(({ all }) => Object.keys(all[0]!.evaluation.pass_at)))];
  const most = passes.at(-1), base = found[0]!.all[0]!.base;
  const share = (evaluation: Evaluation) => evaluation.pass_at[most ?? ""];
  const severalRuns = found.some(({ all }) => all.length > 1);
  const head = [
    "policy",
    "pass@1",
    severalRuns ? "runs" : "95 % interval",
    `gain over ${base.name}`,
  ];
  const rows = found.map(({ name, all }) => {
    const { evaluation, base } = all[0]!, isBase = base === evaluation;
    const gains = all.map(({ evaluation, base }) => evaluation.accuracy - base.accuracy);
    const gain = severalRuns ? undefined : gainOver(base, evaluation);
    const range = gain && ` (${gain.interval.map(signed).join(" to ")})`;
    const wide = all.flatMap(({ evaluation }) => share(evaluation) ?? []);
    return [
      name,
      overRuns(all.map(({ evaluation }) => evaluation.accuracy), percent),
      severalRuns ? String(all.length) : evaluation.interval.map(percent).join(" to "),
      isBase ? "" : `${points(mean(gains))}${range ?? ""}`,
      ...most === undefined || most === "1"
        ? []
        : [wide.length === 0 ? "" : overRuns(wide, percent)],
    ];
  });
  const columns = (cells: readonly string[]) =>
    rows.every((row) => row[3] === "") ? cells.toSpliced(3, 1) : cells;
  return {
    kind: "table",
    head: columns(most === undefined || most === "1" ? head : [...head, `pass@${most}`]),
    rows: rows.map(columns),
  };
}
