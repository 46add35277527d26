/** A chart of curves. @module */
import uPlot from "uplot";
import { fill, h } from "./dom.ts";
import { number } from "./format.ts";

/** A curve. */
export interface Curve {
  readonly label: string;
  /** Place in the palette. */
  readonly colour: number;
  readonly isDashed: boolean;
  readonly xs: readonly number[];
  readonly ys: readonly (number | null)[];
}

/** How many colours there are; see style.css. */
export const COLOURS = 8;

const HEIGHT = 190;
/** Values that have room above a chart. */
const TOLD = 6;
/** Steps are counted: there is nothing between two. */
const WHOLE = Array.from({ length: 10 }, (_, i) => [1, 2, 5].map((n) => n * 10 ** i)).flat();
/** Charts of one key show the same place. */
const SYNC = "soar";

/** A colour of the palette, or another that the style names. */
export function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Draws curves over one axis. */
export class Plot {
  readonly element: HTMLElement;
  readonly #box: HTMLElement = h("div", { class: "plot" });
  readonly #readout: HTMLElement = h("span", { class: "readout" });
  readonly #title: string;
  readonly #resize: ResizeObserver;
  #plot: uPlot | undefined;
  #curves: readonly Curve[] = [];
  #shape = "";

  /** @param title what is drawn */
  constructor(title: string) {
    this.#title = title;
    const caption = h("figcaption", {}, h("b", {}, title), this.#readout);
    this.element = h("figure", {}, caption, this.#box);
    this.#resize = new ResizeObserver(() => {
      const width = this.#box.clientWidth;
      if (width > 0) this.#plot?.setSize({ width, height: HEIGHT });
    });
    this.#resize.observe(this.#box);
  }

  /** Draws these curves in place of those before. */
  set(curves: readonly Curve[]): void {
    this.#curves = curves;
    const shape = JSON.stringify(curves.map(({ label, colour, isDashed }) => [
      label,
      colour,
      isDashed,
    ]));
    const tables = curves.map(({ xs, ys }): uPlot.AlignedData => [[...xs], [...ys]]);
    const data: uPlot.AlignedData = tables.length === 0 ? [[]] : uPlot.join(tables);
    if (shape === this.#shape && this.#plot !== undefined) this.#plot.setData(data);
    else this.#build(data);
    this.#shape = shape;
    this.#tell(null);
  }

  /** Draws it again, in the colours of now. */
  redraw(): void {
    this.#shape = "";
    this.set(this.#curves);
  }

  /** Lets go of what it holds. */
  close(): void {
    this.#resize.disconnect();
    this.#plot?.destroy();
  }

  #build(data: uPlot.AlignedData): void {
    this.#plot?.destroy();
    const ink = colourOf("faint"), grid = { stroke: colourOf("grid"), width: 1 };
    const axis = { stroke: ink, grid, ticks: grid, font: "11px system-ui, sans-serif" };
    const values = (_plot: uPlot, splits: number[]) => splits.map((split) => number(split));
    this.#plot = new uPlot(
      {
        width: Math.max(this.#box.clientWidth, 200),
        height: HEIGHT,
        legend: { show: false },
        cursor: { sync: { key: SYNC }, y: false, drag: { x: true, y: false } },
        scales: {
          x: { time: false, range: (_plot, low, high) => spanOf(low, high, false) },
          y: { range: (_plot, low, high) => spanOf(low, high, true) },
        },
        axes: [{ ...axis, size: 28, values, incrs: WHOLE }, { ...axis, size: 56, values }],
        series: [
          {},
          ...this.#curves.map(({ label, colour, isDashed }) => ({
            label,
            stroke: colourOf(`curve-${colour % COLOURS}`),
            width: 1.75,
            spanGaps: true,
            ...isDashed ? { dash: [6, 4] } : {},
          })),
        ],
        hooks: { setCursor: [(plot) => this.#tell(plot.cursor.idx ?? null)] },
      },
      data,
      (plot, start) => {
        fill(this.#box, plot.root);
        start();
      },
    );
  }

  /** Says the values at a place, or the last. */
  #tell(at: number | null): void {
    const lasts = this.#curves.map(({ ys }) => ys.findLast((y) => y !== null));
    const data = this.#plot?.data;
    const [values, where] = at === null || data === undefined
      ? [lasts, "last"] as const
      : [this.#curves.map((_, i) => data[i + 1]?.[at]), `at ${number(data[0][at] ?? 0)}`] as const;
    const known = values.flatMap((one, i) =>
      typeof one === "number" ? [h("span", {}, chip(this.#curves[i]!), number(one))] : []
    );
    fill(this.#readout, known.length > 0 && where, ...known.slice(0, TOLD));
    this.#box.setAttribute("role", "img");
    this.#box.setAttribute(
      "aria-label",
      `${this.#title}: ` +
        this.#curves.map(({ label }, i) => `${label} ends at ${lasts[i]}`).join(", "),
    );
  }
}

/** What an axis shows. Values that all agree are in the middle. @param airy whether there is room around */
function spanOf(low: number | null, high: number | null, airy: boolean): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, 1];
  if (low < high) return airy ? uPlot.rangeNum(low, high, 0.1, true) : [low, high];
  const room = airy && low !== 0 ? Math.abs(low) / 10 : 1;
  return [low - room, low + room];
}

/** A line in the colour of a curve. */
export function chip({ colour, isDashed }: Pick<Curve, "colour" | "isDashed">): HTMLElement {
  return h("i", { class: `chip curve-${colour % COLOURS}${isDashed ? " dashed" : ""}` });
}
