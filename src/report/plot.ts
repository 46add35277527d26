/** Charts as SVG, by Observable Plot: in a browser on its document, elsewhere on one that holds nothing. @module */
import * as Plot from "@observablehq/plot";
import type { Chart, IntervalChart, Line, LineChart, Point } from "./blocks.ts";
import { describeChart } from "./describe.ts";
import { styleOf } from "./line_styles.ts";
import { formatNumber } from "../records/numbers.ts";

/** Width that charts are drawn for; a page makes them as wide as it has room. */
const WIDTH = 460;

/** What charts are drawn on: a browser's document, or what does as one. */
export type Canvas = NonNullable<Plot.PlotOptions["document"]>;

/** A chart as the text of an SVG, with what it shows in words. */
export function drawChart(chart: Chart, document: Canvas): string {
  const options = chart.kind === "lines" ? linesOf(chart) : intervalsOf(chart);
  const svg = Plot.plot({
    document,
    width: WIDTH,
    className: "chart",
    ariaLabel: chart.title,
    ariaDescription: describeChart(chart),
    style: { fontSize: "13px" },
    marginTop: 24,
    marginBottom: 40,
    ...options,
  });
  svg.setAttribute("role", "img");
  return svg.outerHTML;
}

function linesOf({ lines, x, y, percent, events }: LineChart): Plot.PlotOptions {
  const all = lines.flatMap(({ points }) => points), xs = all.map(({ x }) => x);
  const steps = new Set(xs), isWhole = xs.every(Number.isInteger);
  const ticks = isWhole && steps.size <= 8 ? [...steps].toSorted((a, b) => a - b) : 6;
  return {
    height: 250,
    marginLeft: 56,
    x: {
      label: clipped(x, 60),
      labelAnchor: "center",
      labelArrow: "none",
      ticks,
      ...isWhole ? { tickFormat: "d" } : {},
      ...steps.size === 1 ? { domain: [xs[0]! - 1, xs[0]! + 1] } : {},
    },
    y: {
      label: clipped(y, 60),
      labelArrow: "none",
      grid: true,
      nice: true,
      ticks: 5,
      ...percent === true
        ? shareScale(all.map(({ y, high = y }) => high))
        : { tickFormat: formatNumber, ...flatDomain(all) },
    },
    marks: [
      ...events === undefined ? [] : eventMarks(events.at),
      // Dots lie below lines.
      ...lines.flatMap((line, i) => line.dots === true ? lineMarks(line, i) : []),
      ...lines.flatMap((line, i) => line.dots === true ? [] : lineMarks(line, i)),
    ],
  };
}

function eventMarks(at: readonly number[]): Plot.Markish[] {
  const marks: Plot.Markish[] = [
    Plot.ruleX(at, { strokeOpacity: 0.45, strokeDasharray: "1 3" }),
  ];
  if (at.length > 60) return marks;
  return [
    ...marks,
    Plot.text(at, { x: (value: number) => value, text: () => "▲", frameAnchor: "top", dy: -14 }),
  ];
}

function lineMarks({ points, dots }: Line, place: number): Plot.Markish[] {
  const { colour, dash, symbol } = styleOf(place), data = [...points];
  if (dots === true) {
    return [Plot.dot(data, { x: "x", y: "y", r: 3, stroke: colour, strokeOpacity: 0.7 })];
  }
  const bands = data.filter(({ low, high }) => low !== undefined && high !== undefined);
  return [
    ...bands.length === 0 ? [] : [
      Plot.areaY(bands, { x: "x", y1: "low", y2: "high", fill: colour, fillOpacity: 0.16 }),
    ],
    Plot.lineY(data, {
      x: "x",
      y: "y",
      stroke: colour,
      strokeWidth: 2,
      ...dash === "none" ? {} : { strokeDasharray: dash },
    }),
    ...data.length > 24 ? [] : [
      Plot.dot(data, { x: "x", y: "y", r: 3, symbol, stroke: colour, fill: colour }),
    ],
  ];
}

function intervalsOf({ rows, x, percent }: IntervalChart): Plot.PlotOptions {
  const data = rows.map((row) => ({ ...row, name: clipped(row.name, 22) }));
  const most = rows.reduce((top, { value, high = value }) => Math.max(top, high), 0.01);
  const longest = Math.max(...data.map(({ name }) => name.length));
  const shown = (value: number) => percent === true ? `${(100 * value).toFixed(1)} %` : `${value}`;
  return {
    height: 64 + 34 * rows.length,
    marginLeft: 16 + 8.5 * longest,
    marginRight: 24,
    x: {
      label: x,
      labelAnchor: "center",
      labelArrow: "none",
      grid: true,
      ticks: 5,
      ...percent === true ? {} : { tickFormat: formatNumber },
      ...percent === true ? shareScale(rows.map(({ value, high = value }) => high)) : {},
    },
    y: { label: null, domain: data.map(({ name }) => name), padding: 0.4, tickSize: 0 },
    marks: [
      Plot.ruleY(data.filter(({ low }) => low !== undefined), {
        x1: "low",
        x2: "high",
        y: "name",
        stroke: "var(--line-0)",
        strokeWidth: 3,
        strokeOpacity: 0.5,
      }),
      Plot.dot(data, { x: "value", y: "name", r: 5, fill: "var(--line-0)" }),
      // Beside names, to the right of where it would run into them.
      ...[false, true].map((isLow) =>
        Plot.text(data.filter(({ value }) => value < most / 10 === isLow), {
          x: "value",
          y: "name",
          text: ({ value }: { readonly value: number }) => shown(value),
          textAnchor: isLow ? "start" : "middle",
          dx: isLow ? -5 : 0,
          dy: -13,
          fontWeight: 600,
        })
      ),
    ],
  };
}

function clipped(name: string, most: number): string {
  return name.length <= most ? name : `${name.slice(0, most - 1)}…`;
}

/** In percent, from nothing to the most there is, with some room. */
function shareScale(shares: readonly number[]): Plot.ScaleOptions {
  const most = 100 * shares.reduce((a, b) => Math.max(a, b), 0);
  return {
    percent: true,
    domain: [0, Math.min(100, Math.max(1, 1.1 * most))],
    tickFormat: (value: number) => `${value} %`,
  };
}

/** Where all values are one, which a scale has no room for: from nothing to some more. */
function flatDomain(points: readonly Point[]): { readonly domain?: [number, number] } {
  const values = points.flatMap(({ y, low = y, high = y }) => [low, y, high]), [first] = values;
  if (first === undefined || values.some((value) => value !== first)) return {};
  return { domain: first === 0 ? [0, 1] : [Math.min(0, 1.25 * first), Math.max(0, 1.25 * first)] };
}
