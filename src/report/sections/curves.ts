/** Curves of what steps record as they train, and of the numbers of loops. @module */
import { counted } from "../../core/mod.ts";
import { numbersOf } from "../../records/series.ts";
import { aggregate, isNumber, thin } from "../aggregate.ts";
import type { Block, Line, LineChart, Section } from "../blocks.ts";
import { iterationOf, type RunView, stepsByName, type StepView } from "../run_view.ts";

/** Metrics that are looked at first, in this order. */
const FIRST = ["reward", "correct", "loss", "kl", "length", "entropy_mc", "grad_norm"];
/** Charts that are open of a step, all of them, and those of all steps: a page has room for so many. */
const OPEN = 4, MOST = 20, ALL = 60;

/** Learning curves by step; with bands over seeds, values of axes, and iterations. */
export function curvesSection(runs: readonly RunView[]): Section | undefined {
  const blocks: Block[] = [];
  let room = ALL;
  for (const [name, all] of stepsByName(runs)) {
    const steps = all.filter(({ curves }) => curves.length > 1);
    const metrics = [...new Set(steps.flatMap(({ curves }) => curves.flatMap(metricsOf)))];
    const charts = metrics.toSorted((a, b) => rank(a) - rank(b)).slice(0, Math.min(MOST, room))
      .map((metric) => curveOf(metric, name, steps)).filter((chart) => chart !== undefined);
    if (charts.length === 0) continue;
    room -= charts.length;
    const bands = steps.length > 1 ? `; bands span ${steps.length} runs of it` : "";
    blocks.push({ kind: "text", text: `${name}${bands}:` });
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

function curveOf(
  metric: string,
  name: string,
  steps: readonly StepView[],
): LineChart | undefined {
  const lines = linesOf(steps).map(({ name, steps }): Line => ({
    name,
    points: thin(aggregate(steps.flatMap(({ curves }) =>
      curves.flatMap((row, i) => {
        const y = row[metric];
        return isNumber(y) ? [{ x: isNumber(row.step) ? row.step : i, y }] : [];
      })
    ))),
  })).filter(({ points }) => points.length > 0);
  const values = lines.flatMap(({ points }) => points.map(({ y }) => y));
  if (values.every((y) => y === 0)) return undefined;
  return { kind: "lines", title: metric, x: `step of ${name}`, y: metric, lines };
}

/** A line for all; of a loop, one for its first iteration and one for its last. */
function linesOf(steps: readonly StepView[]): { name: string; steps: readonly StepView[] }[] {
  const iterations = steps.map(iterationOf).filter((one) => one !== undefined);
  const first = Math.min(...iterations), last = Math.max(...iterations);
  if (iterations.length === 0 || first === last) return [{ name: "mean", steps }];
  return [first, last].map((iteration) => ({
    name: `iteration ${iteration}`,
    steps: steps.filter((step) => iterationOf(step) === iteration),
  }));
}

/** Numbers that steps of loops give back, of steps that no other section shows. */
export function numbersSection(runs: readonly RunView[]): Section | undefined {
  const charts: LineChart[] = [];
  for (const [name, all] of stepsByName(runs)) {
    const steps = all.filter((step) =>
      iterationOf(step) !== undefined && Object.keys(step.findings).length === 0
    );
    const metrics = [...new Set(steps.flatMap(({ metrics }) => Object.keys(numbersOf(metrics))))];
    for (const metric of metrics) {
      const found = steps.flatMap((step) => {
        const y = numbersOf(step.metrics)[metric];
        return y === undefined ? [] : [{ x: iterationOf(step)!, y }];
      });
      const points = thin(aggregate(found));
      // What is the same all along is in the table of steps.
      if (points.length < 2 || new Set(found.map(({ y }) => y)).size < 2) continue;
      const title = `${name}: ${metric}`;
      charts.push({
        kind: "lines",
        title,
        x: "iteration",
        y: metric,
        lines: [{ name: "mean", points }],
      });
    }
  }
  if (charts.length === 0) return undefined;
  const blocks: Block[] = [{ kind: "charts", charts: charts.slice(0, OPEN) }];
  if (charts.length > OPEN) {
    const more = charts.slice(OPEN, MOST);
    blocks.push({ kind: "charts", charts: more, folded: counted(more.length, "more number") });
  }
  return { id: "numbers", title: "Numbers by iteration", blocks };
}
