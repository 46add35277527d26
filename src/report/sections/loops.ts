/** What happened from iteration to iteration: rewards, promotions, and policies on the way. @module */
import { aggregate, thin } from "../aggregate.ts";
import type { Block, Line, LineChart, Section } from "../blocks.ts";
import { formatNumber } from "../../records/numbers.ts";
import { iterationOf, type RunView, stepsByName, type StepView } from "../run_view.ts";

/** Rows of the table of iterations. */
const ROWS = 1000;

/** What a step found in each iteration, as points. */
function pointsOf(
  steps: readonly StepView[],
  values: (step: StepView) => readonly number[],
): { readonly x: number; readonly y: number }[] {
  return steps.flatMap((step) => {
    const x = iterationOf(step);
    return x === undefined ? [] : values(step).map((y) => ({ x, y }));
  });
}

/** Rewards with promotions, and evaluations on the way. */
export function loopsSection(runs: readonly RunView[]): Section | undefined {
  const names = [...stepsByName(runs)];
  const charts: LineChart[] = [];
  const windows = names.flatMap(([, steps]) =>
    pointsOf(steps, ({ findings: { promotion } }) => promotion ? [promotion.average] : [])
  );
  const promoted = new Set(
    names.flatMap(([, steps]) =>
      steps.flatMap((step) =>
        step.findings.promotion?.promoted === true ? [iterationOf(step)!] : []
      )
    ),
  );
  for (const [name, steps] of names) {
    const single = pointsOf(steps, ({ findings }) => findings.rewards?.rewards ?? []);
    if (single.length === 0) continue;
    const means = pointsOf(
      steps,
      ({ findings: { rewards } }) => rewards === undefined ? [] : [mean(rewards.rewards)],
    );
    const lines: Line[] = [
      { name: "mean", points: thin(aggregate(means)) },
      ...windows.length === 0
        ? []
        : [{ name: "over the window", points: thin(aggregate(windows)) }],
      ...single.length > 2000
        ? []
        : [{ name: "of a dataset", points: single, dots: true as const }],
    ];
    const at = [...promoted].toSorted((a, b) => a - b);
    charts.push({
      kind: "lines",
      title: `Reward of the teacher (${name})`,
      x: "iteration",
      y: "reward",
      lines,
      ...at.length === 0 || runs.length > 1 ? {} : { events: { name: "promotion", at } },
    });
  }
  const measured = names.flatMap(([name, steps]): Line[] => {
    const found = pointsOf(
      steps,
      ({ findings: { evaluation } }) => evaluation === undefined ? [] : [evaluation.accuracy],
    );
    return found.length === 0 ? [] : [{ name, points: thin(aggregate(found)) }];
  });
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
  const rows = runs.flatMap(({ record, steps }) => {
    const at = Map.groupBy(
      steps.filter(({ findings }) => findings.rewards ?? findings.promotion),
      iterationOf,
    );
    return [...at].flatMap(([iteration, found]) => {
      if (iteration === undefined) return [];
      const rewards = found.flatMap(({ findings }) => findings.rewards?.rewards ?? []);
      const promotion = found.flatMap(({ findings }) => findings.promotion ?? [])[0];
      return [[
        ...runs.length > 1 ? [record.id] : [],
        String(iteration),
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
