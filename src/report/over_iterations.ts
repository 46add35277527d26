/** Numbers of steps over the iterations of loops, as lines of charts. @module */
import type { Metrics } from "../core/mod.ts";
import { averageSeries, type Series, seriesOf } from "../records/series.ts";
import { aggregate, thin } from "./aggregate.ts";
import type { Line } from "./blocks.ts";
import type { RunView, StepView } from "./run_view.ts";

/** A number of the steps of a name, over the iterations of the loop around them. */
export interface Curve {
  /** Without iterations and values. */
  readonly step: string;
  readonly metric: string;
  /** Path of the loop. */
  readonly loop: string;
  /** Of each run. */
  readonly series: readonly Series[];
}

/**
 * The curves of runs. Of one, steps of a matrix are told apart, so that a band spans them; of several, each is the mean
 * of its own, so that a band spans the runs.
 *
 * @param metricsOf the numbers of a step
 */
export function curvesOver(
  runs: readonly RunView[],
  metricsOf: (step: StepView) => Metrics,
): Curve[] {
  const all = runs.flatMap(({ steps }) => {
    const series = seriesOf(steps.map((step) => ({ step: step.step, metrics: metricsOf(step) })));
    return runs.length === 1 ? series : averageSeries(series);
  });
  return [...Map.groupBy(all, ({ step, metric }) => JSON.stringify([step, metric])).values()]
    .map((series) => {
      const { step, metric, loop } = series[0]!;
      return { step, metric, loop, series };
    });
}

/** A curve as lines: one, or in a loop of loops those of its first iteration and of its last. */
export function linesOf(name: string, series: readonly Series[]): Line[] {
  const groups = Map.groupBy(series, ({ outer }) => JSON.stringify(outer));
  const ends = endsOf(groups.values().map((alike) => alike[0]!.outer));
  return ends.map((outer) => {
    const alike = groups.get(JSON.stringify(outer))!;
    return {
      name: ends.length === 1 ? name : `${name}, ${namesOf(outer)}`,
      points: thin(aggregate(alike.flatMap(({ points }) => points))),
    };
  });
}

/** The first and the last of some iterations; one where they are the same. */
export function endsOf(
  all: Iterable<StepView["parts"]["loops"]>,
): readonly StepView["parts"]["loops"][] {
  const sorted = [...all].toSorted((a, b) => {
    const [left, right] = [Object.values(a), Object.values(b)];
    const at = left.findIndex((one, i) => one !== right[i]);
    return at < 0 ? 0 : left[at]! - (right[at] ?? -1);
  });
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  return JSON.stringify(first) === JSON.stringify(last) ? [first] : [first, last];
}

/** Such as `iteration 3`, and `outer 1, inner 3` of loops in loops. */
export function iterationsText(loops: StepView["parts"]["loops"]): string {
  const [only, ...more] = Object.values(loops);
  return more.length === 0 ? `iteration ${only}` : namesOf(loops);
}

function namesOf(loops: StepView["parts"]["loops"]): string {
  return Object.entries(loops).map(([loop, at]) => `${loop.split(".").at(-1)} ${at}`).join(", ");
}
