/** Curves of steps: their tables `metrics`, and what they gave back over iterations. @module */
import type { JsonObject } from "../../core/mod.ts";
import type { StepView } from "../views.ts";
import { getPoints, getRun, keep } from "./api.ts";
import { fill, h, labelled, setOptions, setText } from "./dom.ts";
import { chip, COLOURS, type Curve, Plot } from "./plot.ts";
import type { Model, Tab } from "./tab.ts";

/** Metrics that are looked at first. */
const FIRST = ["reward", "correct", "accuracy", "loss"];
/** More curves than this are there to be chosen. */
const SHOWN = COLOURS;
/** Stands for the chart of what steps gave back, by iteration. */
const RESULTS = "results of steps";

/** A step whose curves can be drawn, or steps of a name. */
interface Line {
  readonly id: string;
  readonly label: string;
  readonly colour: number;
  readonly isDashed: boolean;
  /** How many lines of its run come after it. */
  readonly fromEnd: number;
  /** Reads what is drawn. */
  readonly rows: () => Promise<readonly JsonObject[]>;
}

/** A line with what is drawn. */
interface Drawn extends Line {
  readonly points: readonly JsonObject[];
}

/** See {@linkcode Tab}. */
export class CurvesTab implements Tab {
  readonly element: HTMLElement;
  readonly #model: () => Model;
  readonly #group: HTMLSelectElement = h("select");
  readonly #with: HTMLSelectElement = h("select");
  readonly #legend: HTMLElement = h("fieldset", { class: "legend" });
  readonly #charts: HTMLElement = h("div", { class: "charts" });
  readonly #empty: HTMLElement = h("p", { class: "faint empty" });
  readonly #plots = new Map<string, Plot>();
  readonly #rows = new Map<string, { size: number; rows: JsonObject[] }>();
  readonly #chosen = new Map<string, boolean>();
  readonly #scheme = matchMedia("(prefers-color-scheme: dark)");
  readonly #redraw = () => this.#plots.forEach((plot) => plot.redraw());
  #wanted = new URLSearchParams();
  #other: { readonly run: string; readonly steps: readonly StepView[] } = { run: "", steps: [] };
  #drawing = false;
  #again = false;

  /** @param model tells what is known */
  constructor(model: () => Model) {
    this.#model = model;
    const choose = () => {
      keep({ group: this.#group.value, with: this.#with.value });
      this.update();
    };
    this.#group.addEventListener("change", choose);
    this.#with.addEventListener("change", choose);
    this.#scheme.addEventListener("change", this.#redraw);
    this.element = h(
      "div",
      {},
      h(
        "div",
        { class: "controls" },
        labelled("Curves of", this.#group),
        labelled("Compare with", this.#with),
      ),
      this.#legend,
      this.#charts,
      this.#empty,
    );
  }

  show(query: URLSearchParams): void {
    this.#wanted = query;
    this.update();
  }

  update(): void {
    this.#again = true;
    if (!this.#drawing) this.#drawAll();
  }

  close(): void {
    this.#scheme.removeEventListener("change", this.#redraw);
    for (const plot of this.#plots.values()) plot.close();
  }

  /** Draws until nothing has come meanwhile. */
  async #drawAll(): Promise<void> {
    this.#drawing = true;
    while (this.#again) {
      this.#again = false;
      try {
        await this.#draw();
      } catch (error) {
        setText(this.#empty, error instanceof Error ? error.message : String(error));
      }
    }
    this.#drawing = false;
  }

  async #draw(): Promise<void> {
    const { run, steps, runs } = this.#model();
    const groups = groupsOf(steps);
    const others = runs.filter(({ id }) => id !== run)
      .map(({ id, name }) => [id, name === undefined ? id : `${name} (${id})`] as const);
    this.#choose("group", this.#group, groups);
    this.#choose("with", this.#with, [["", "no other run"], ...others]);
    const group = this.#group.value, other = this.#with.value;
    if (this.#other.run !== other) {
      const told = other === "" ? [] : (await getRun(other)).steps;
      this.#other = { run: other, steps: told };
    }
    const own = this.#linesOf(steps, group, "", new Map());
    const colours = new Map(own.map(({ id, colour }) => [id, colour]));
    const lines = [...own, ...this.#linesOf(this.#other.steps, group, other, colours)];
    this.#drawLegend(lines);
    // A run may have a thousand: what is not shown is not read.
    const shown = lines.filter((line) => this.#isShown(line));
    const rows = await Promise.all(shown.map((line) => line.rows()));
    this.#drawCharts(shown.map((line, i) => ({ ...line, points: rows[i]! })));
    setText(
      this.#empty,
      groups.length === 0 ? "No step of this run has recorded metrics so far." : "",
    );
  }

  /** Offers what there is; what the address says is chosen as soon as it is there. */
  #choose(
    name: string,
    select: HTMLSelectElement,
    options: readonly (readonly [string, string])[],
  ): void {
    const wanted = this.#wanted.get(name) ?? undefined;
    const isThere = options.some(([value]) => value === wanted);
    setOptions(select, options, isThere ? wanted : select.value);
    if (isThere) this.#wanted.delete(name);
  }

  /** What there is to draw of a run. @param other its id, where it is not the one that is looked at */
  #linesOf(
    steps: readonly StepView[],
    group: string,
    other: string,
    colours: ReadonlyMap<string, number>,
  ): Line[] {
    const found = group === RESULTS
      ? [...new Set(steps.map(({ name }) => name))].flatMap((name) => {
        const rows = resultRows(steps, name);
        return rows.length > 1 ? [{ id: name, rows: () => Promise.resolve(rows) }] : [];
      })
      : steps.flatMap(({ step, name, key, tables: { metrics } }) =>
        name !== group || key === undefined || metrics === undefined
          ? []
          : [{ id: step, rows: () => this.#load(key, metrics) }]
      );
    return found.map(({ id, rows }, i) => ({
      id,
      label: other === "" ? id : `${id} · ${other}`,
      colour: colours.get(id) ?? i,
      isDashed: other !== "",
      fromEnd: found.length - 1 - i,
      rows,
    }));
  }

  /** The rows of a table: those that are known are not asked again. */
  async #load(key: string, size: number): Promise<readonly JsonObject[]> {
    const known = this.#rows.get(key);
    if (known?.size === size) return known.rows;
    const before = known !== undefined && known.size < size ? known.rows : [];
    const { rows } = await getPoints(key, "metrics", before.length);
    const all = [...before, ...rows];
    this.#rows.set(key, { size, rows: all });
    return all;
  }

  #isShown({ label, fromEnd }: Line): boolean {
    return this.#chosen.get(label) ?? fromEnd < SHOWN;
  }

  #drawLegend(lines: readonly Line[]): void {
    const boxes = lines.map((line) => {
      const { label } = line;
      const box = h("input", {
        type: "checkbox",
        onchange: () => {
          this.#chosen.set(label, box.checked);
          this.update();
        },
      });
      box.checked = this.#isShown(line);
      return h("label", {}, box, chip(line), label);
    });
    const labels = [...this.#legend.querySelectorAll("label")];
    const isSame = labels.map(({ textContent }) => textContent).join("\n") ===
      lines.map(({ label }) => label).join("\n");
    if (!isSame) {
      fill(this.#legend, h("legend", { class: "hidden" }, "Steps that are shown"), ...boxes);
      this.#legend.scrollTop = this.#legend.scrollHeight; // those that are shown are the last
    }
    this.#legend.hidden = lines.length === 0;
  }

  #drawCharts(lines: readonly Drawn[]): void {
    const names = [...new Set(lines.flatMap(({ points }) => points.flatMap(numericNames)))];
    const rank = (name: string) => (FIRST.indexOf(name) + FIRST.length + 1) % (FIRST.length + 1);
    const sorted = names.map((name, i) => ({ name, i }))
      .toSorted((a, b) => rank(a.name) - rank(b.name) || a.i - b.i);
    for (const [name, plot] of this.#plots) {
      if (names.includes(name)) continue;
      plot.close();
      plot.element.remove();
      this.#plots.delete(name);
    }
    sorted.forEach(({ name }, i) => {
      const plot = this.#plots.get(name) ?? new Plot(name);
      this.#plots.set(name, plot);
      const there = this.#charts.children[i] ?? null;
      if (there !== plot.element) this.#charts.insertBefore(plot.element, there);
      plot.set(lines.flatMap((line) => curveOf(line, name) ?? []));
    });
  }
}

/** What can be drawn: steps of one name, and what repeated ones gave back. */
function groupsOf(steps: readonly StepView[]): (readonly [string, string])[] {
  const counts = new Map<string, number>();
  for (const { name, tables } of steps) {
    if ("metrics" in tables) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const groups = [...counts].map(([name, count]) =>
    [name, count === 1 ? name : `${name} (${count})`] as const
  );
  const isRepeated = steps.some(({ iterations }) => iterations.some((one) => one > 0));
  return isRepeated ? [...groups, [RESULTS, "what steps gave, by iteration"]] : groups;
}

/** What the steps of a name gave back, by iteration, which are counted through in loops of loops: the mean of several. */
function resultRows(steps: readonly StepView[], name: string): JsonObject[] {
  const ended = steps.filter((step) =>
    step.name === name && step.iterations.length > 0 && Object.keys(step.metrics).length > 0
  );
  const rounds = [...Map.groupBy(ended, ({ iterations }) => iterations.join(".")).values()];
  rounds.sort(([a], [b]) => compareIterations(a!.iterations, b!.iterations));
  return rounds.map((group, i) => {
    const { iterations } = group[0]!;
    const rows = group.map(({ metrics }) => metrics);
    const names = [...new Set(rows.flatMap(numericNames))];
    const means = names.map((one) => {
      const values = rows.flatMap((row) => typeof row[one] === "number" ? [row[one]] : []);
      return [one, values.reduce((sum, value) => sum + value, 0) / values.length] as const;
    });
    return { ...Object.fromEntries(means), step: iterations.length === 1 ? iterations[0]! : i };
  });
}

function compareIterations(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((one, i) => one !== b[i]);
  return at < 0 ? 0 : a[at]! - (b[at] ?? -1);
}

function numericNames(row: JsonObject): string[] {
  return Object.entries(row).flatMap(([name, value]) =>
    typeof value === "number" && name !== "step" ? [name] : []
  );
}

/** A metric of a step; undefined where it has none of it. */
function curveOf(
  { label, colour, isDashed, points: rows }: Drawn,
  name: string,
): Curve | undefined {
  const points = rows.flatMap((row, i): [number, number | null][] => {
    const { step, [name]: y } = row;
    if (!Object.hasOwn(row, name)) return [];
    return [[typeof step === "number" ? step : i, typeof y === "number" ? y : null]];
  });
  if (points.length === 0) return undefined;
  points.sort(([a], [b]) => a - b);
  return { label, colour, isDashed, xs: points.map(([x]) => x), ys: points.map(([, y]) => y) };
}
