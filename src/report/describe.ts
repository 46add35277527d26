/** Charts in words and as tables, for those who do not see them. @module */
import type { Chart, Line } from "./blocks.ts";
import { formatNumber } from "../records/numbers.ts";
import { percent as inPercent } from "./numbers.ts";

/** Rows of a chart's table. */
const ROWS = 60;

/** What a chart shows, in a few sentences. */
export function describeChart(chart: Chart): string {
  const write = chart.percent === true ? inPercent : formatNumber;
  if (chart.kind === "intervals") {
    const rows = chart.rows.map(({ name, value, low, high }) =>
      `${name} ${write(value)}${
        low === undefined || high === undefined ? "" : `, from ${write(low)} to ${write(high)}`
      }`
    );
    return `${chart.x}: ${rows.join("; ")}.`;
  }
  const lines = chart.lines.map((line) => describeLine(line, write)).join(" ");
  const { events } = chart;
  const happened = events === undefined ? "" : ` ${events.name} at ${events.at.join(", ")}.`;
  return `${chart.y} over ${chart.x}. ${lines}${happened}`;
}

function describeLine({ name, points, dots }: Line, write: (value: number) => string): string {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return `${name}: nothing.`;
  const highest = points.reduce((most, point) => point.y > most.y ? point : most);
  if (dots === true) return `${name}: ${points.length} points up to ${write(highest.y)}.`;
  if (points.length === 1) return `${name}: ${write(first.y)} at ${formatNumber(first.x)}.`;
  return `${name}: from ${write(first.y)} at ${formatNumber(first.x)} to ${write(last.y)} at ${
    formatNumber(last.x)
  }, highest ${write(highest.y)} at ${formatNumber(highest.x)}.`;
}

/** The numbers of a chart; of many, some that are evenly spread. */
export function tableOfChart(chart: Chart): { head: string[]; rows: string[][] } {
  const write = chart.percent === true ? inPercent : formatNumber;
  const range = (low?: number, high?: number) =>
    low === undefined || high === undefined ? "" : ` (${write(low)} to ${write(high)})`;
  if (chart.kind === "intervals") {
    return {
      head: ["", chart.title],
      rows: chart.rows.map(({ name, value, low, high }) => [name, write(value) + range(low, high)]),
    };
  }
  const lines = chart.lines.filter(({ dots }) => dots !== true);
  const at = lines.map(({ points }) => new Map(points.map((point) => [point.x, point])));
  const xs = [...new Set(at.flatMap((points) => [...points.keys()]))].toSorted((a, b) => a - b);
  const every = Math.ceil(xs.length / ROWS);
  return {
    head: [chart.x, ...lines.map(({ name }) => name)],
    rows: xs.filter((_, i) => i % every === 0 || i === xs.length - 1).map((x) => [
      formatNumber(x),
      ...at.map((points) => {
        const point = points.get(x);
        return point === undefined ? "" : write(point.y) + range(point.low, point.high);
      }),
    ]),
  };
}
