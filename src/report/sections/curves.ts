/** Curves of what steps record as they train, and of the numbers of loops. @module */
import { counted } from "../../core/mod.ts";
import { aggregate, isNumber, thin } from "../aggregate.ts";
import type { Block, Line, LineChart, Section } from "../blocks.ts";
import { curvesOver, endsOf, iterationsText, linesOf } from "../over_iterations.ts";
import { type RunView, stepsByName, type StepView } from "../run_view.ts";

/** Metrics that are looked at first, in this order. */
const FIRST = ["reward", "correct", "loss", "kl", "length", "entropy_mc", "grad_norm"];
/** Charts that are open of a step, all of them, and those of all steps: a page has room for so many. */
const OPEN = 4, MOST = 20, ALL = 60;

/** Learning curves by step; with bands over seeds, values of axes, and iterations. */
export function curvesSection(runs: readonly RunView[]): Section | undefined {
  const blocks: Block[] = [];
  let room = ALL;
  for (const [name, all] of stepsByName(runs)) {
    const steps = all.filter(({ curves }) => curves.length > 1), lines = groupsOf(runs, steps);
    const metrics = [...new Set(steps.flatMap(({ curves }) => curves.flatMap(metricsOf)))];
    const charts = metrics.toSorted((a, b) => rank(a) - rank(b)).slice(0, Math.min(MOST, room))
      .map((metric) => curveOf(metric, name, lines)).filter((chart) => chart !== undefined);
    if (charts.length === 0) continue;
    room -= charts.length;
    blocks.push({ kind: "text", text: `${name}${bandsText(runs, lines)}:` });
    blocks.push({ kind: "charts", charts: charts.slice(0, OPEN) });
    if (charts.length > OPEN) {
      const folded = `${counted(charts.length - OPEN, "more curve")} of ${name}`;
      blocks.push({ kind: "charts", charts: charts.slice(OPEN), folded });
    }
  }
  return blocks.length === 0 ? undefined : { id: "curves", title: "Learning curves", blocks };
}

function metricsOf(row: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(row).filter((key) => key !== "step" && isNumber(row[key]));
}

function rank(metric: string): number {
  const place = FIRST.indexOf(metric);
  return place < 0 ? FIRST.length : place;
}

/** What a line is drawn from: steps, by run. */
interface Group {
  readonly name: string;
  readonly runs: readonly (readonly StepView[])[];
}

/** A line for all; of a loop, one for its first iteration and one for its last. */
function groupsOf(runs: readonly RunView[], steps: readonly StepView[]): Group[] {
  const ends = endsOf(steps.map(({ parts }) => parts.loops));
  return ends.map((loops) => ({
    name: ends.length === 1 ? "mean" : iterationsText(loops),
    runs: runs.map(({ steps: own }) =>
      own.filter((step) =>
        steps.includes(step) && JSON.stringify(step.parts.loops) === JSON.stringify(loops)
      )
    ).filter((own) => own.length > 0),
  }));
}

function bandsText(runs: readonly RunView[], groups: readonly Group[]): string {
  const [most, word] = runs.length > 1
    ? [Math.max(...groups.map(({ runs }) => runs.length)), "runs"]
    : [Math.max(...groups.map(({ runs }) => runs[0]!.length)), "steps that run side by side"];
  return most > 1 ? `; bands span ${most} ${word}` : "";
}

/** Of several runs, each counts as the mean of its steps, so that the band is that of seeds. */
function curveOf(metric: string, name: string, groups: readonly Group[]): LineChart | undefined {
  const lines = groups.map(({ name, runs }): Line => {
    const byRun = runs.map((steps) =>
      steps.flatMap(({ curves }) =>
        curves.flatMap((row, i) => {
          const y = row[metric];
          return isNumber(y) ? [{ x: isNumber(row.step) ? row.step : i, y }] : [];
        })
      )
    );
    const points = byRun.length === 1
      ? byRun[0]!
      : byRun.flatMap((own) => aggregate(own).map(({ x, y }) => ({ x, y })));
    return { name, points: thin(aggregate(points)) };
  }).filter(({ points }) => points.length > 0);
  const values = lines.flatMap(({ points }) => points.map(({ y }) => y));
  if (values.every((y) => y === 0)) return undefined;
  return { kind: "lines", title: metric, x: `step of ${name}`, y: metric, lines };
}

/** Numbers that steps of loops give back, of steps that no other section shows. */
export function numbersSection(runs: readonly RunView[]): Section | undefined {
  const found = curvesOver(
    runs,
    ({ findings, metrics }) => Object.keys(findings).length === 0 ? metrics : {},
  );
  const charts = found.flatMap(({ step, metric, series }): LineChart[] => {
    const lines = linesOf("mean", series);
    const values = series.flatMap(({ points }) => points.map(({ y }) => y));
    // What is the same all along is in the table of steps.
    if (lines.every(({ points }) => points.length < 2) || new Set(values).size < 2) return [];
    return [{ kind: "lines", title: `${step}: ${metric}`, x: "iteration", y: metric, lines }];
  });
  if (charts.length === 0) return undefined;
  const blocks: Block[] = [{ kind: "charts", charts: charts.slice(0, OPEN) }];
  if (charts.length > OPEN) {
    const more = charts.slice(OPEN, MOST);
    blocks.push({ kind: "charts", charts: more, folded: counted(more.length, "more number") });
  }
  return { id: "numbers", title: "Numbers by iteration", blocks };
}
