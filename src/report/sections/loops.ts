/** What happened from iteration to iteration: rewards, promotions, and policies on the way. @module */
import type { Metrics } from "../../core/mod.ts";
import type { Block, Line, LineChart, Section } from "../blocks.ts";
import { formatNumber } from "../../records/numbers.ts";
import { curvesOver, iterationsText, linesOf } from "../over_iterations.ts";
import { runName } from "../run_names.ts";
import { iterationOf, type RunView } from "../run_view.ts";

/** Rows of the table of iterations. */
const ROWS = 1000;

function pick(name: string, value: number | undefined): Metrics {
  return value === undefined ? {} : { [name]: value };
}

/** The iterations of a loop with a promotion; of several runs, or of a loop in a loop, they would be of no line. */
function promotionsIn(runs: readonly RunView[], loop: string): number[] {
  if (runs.length > 1) return [];
  const promoted = runs[0]!.steps.filter(({ findings }) => findings.promotion?.promoted === true)
    .map(({ parts }) => Object.entries(parts.loops))
    .flatMap(([only, ...inner]) => only?.[0] === loop && inner.length === 0 ? [only[1]] : []);
  return [...new Set(promoted)].toSorted((a, b) => a - b);
}

/** Rewards with promotions, and evaluations on the way. */
export function loopsSection(runs: readonly RunView[]): Section | undefined {
  const charts: LineChart[] = [];
  const windows = curvesOver(
    runs,
    ({ findings: { promotion } }) => pick("average", promotion?.average),
  );
  const means = curvesOver(
    runs,
    ({ findings: { rewards } }) => pick("mean", rewards && mean(rewards.rewards)),
  );
  for (const { step: name, loop, series } of means) {
    const single = runs.flatMap(({ steps }) => steps).filter(({ parts }) => parts.name === name)
      .flatMap((step) =>
        step.findings.rewards?.rewards.map((y) => ({ x: iterationOf(step)!, y })) ?? []
      );
    const lines: Line[] = [
      ...linesOf("mean", series),
      ...windows.filter((window) => window.loop === loop)
        .flatMap(({ series }) => linesOf("over the window", series)),
      ...single.length > 2000
        ? []
        : [{ name: "of a dataset", points: single, dots: true as const }],
    ];
    const at = promotionsIn(runs, loop);
    charts.push({
      kind: "lines",
      title: `Reward of the teacher (${name})`,
      x: "iteration",
      y: "reward",
      lines,
      ...at.length === 0 ? {} : { events: { name: "promotion", at } },
    });
  }
  const measured = curvesOver(
    runs,
    ({ findings: { evaluation } }) => pick("accuracy", evaluation?.accuracy),
  ).flatMap(({ step, series }) => linesOf(step, series));
  if (measured.length > 0) {
    const title = "Solved on the way";
    charts.push({
      ...{ kind: "lines", title, x: "iteration", y: "share solved", percent: true },
      lines: measured,
    });
  }
  if (charts.length === 0) return undefined;
  const blocks: Block[] = [{ kind: "charts", charts }];
  const table = iterationTable(runs);
  if (table !== undefined) blocks.push(table);
  return { id: "iterations", title: "From iteration to iteration", blocks };
}

function iterationTable(runs: readonly RunView[]): Block | undefined {
  const rows = runs.flatMap((run) => {
    const { steps } = run;
    const at = Map.groupBy(
      steps.filter(({ findings }) => findings.rewards ?? findings.promotion),
      ({ parts }) => JSON.stringify(parts.loops),
    );
    return [...at.values()].flatMap((found) => {
      const { loops } = found[0]!.parts;
      if (Object.keys(loops).length === 0) return [];
      const rewards = found.flatMap(({ findings }) => findings.rewards?.rewards ?? []);
      const promotion = found.flatMap(({ findings }) => findings.promotion ?? [])[0];
      return [[
        ...runs.length > 1 ? [runName(run, runs)] : [],
        iterationsText(loops).replace(/^iteration /, ""),
        rewards.slice(0, 32).map(formatNumber).join("  "),
        promotion === undefined ? "" : formatNumber(promotion.average),
        promotion?.promoted === true ? "promoted" : "",
      ]];
    });
  });
  if (rows.length === 0) return undefined;
  const more = rows.length > ROWS ? `, the first ${ROWS} of ${rows.length}` : "";
  return {
    kind: "table",
    head: [
      ...runs.length > 1 ? ["run"] : [],
      ...["iteration", "reward of each dataset", "over the window", ""],
    ],
    rows: rows.slice(0, ROWS),
    folded: `Rewards and promotions as a table${more}`,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
