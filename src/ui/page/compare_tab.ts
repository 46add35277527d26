/** Two runs side by side. @module */
import type { Json } from "../../core/mod.ts";
import type { Comparison, MetricDifference, ValueDifference } from "../../records/compare.ts";
import { addressOf, getDiff, keep } from "./api.ts";
import { fill, h, labelled, setOptions, setText } from "./dom.ts";
import { count, number, value } from "./format.ts";
import type { Model, Tab } from "./tab.ts";

/** See {@linkcode Tab}. */
export class CompareTab implements Tab {
  readonly element: HTMLElement;
  readonly #model: () => Model;
  readonly #other: HTMLSelectElement = h("select");
  readonly #all: HTMLInputElement;
  readonly #body: HTMLElement = h("div", { "aria-live": "polite" });
  #wanted: string | null = null;
  #shown = "";
  #loading = 0;

  /** @param model tells what is known */
  constructor(model: () => Model) {
    this.#model = model;
    const choose = () => {
      keep({ with: this.#other.value });
      this.update();
    };
    this.#other.addEventListener("change", choose);
    this.#all = h("input", { type: "checkbox", onchange: () => this.update() });
    this.element = h(
      "div",
      {},
      h(
        "div",
        { class: "controls" },
        labelled("Compare with", this.#other),
        labelled("also what is equal", this.#all),
      ),
      this.#body,
    );
  }

  show(query: URLSearchParams): void {
    this.#wanted = query.get("with");
    this.update();
  }

  update(): void {
    const { run, record, runs, steps } = this.#model();
    if (record === undefined) return; // what it is compared with depends on it
    const others = runs.filter(({ id }) => id !== run);
    // The run of the same pipeline before this one is what most people mean.
    const alike = others.filter(({ pipeline }) => pipeline === record.pipeline);
    const first = alike.find(({ started }) => started < record.started) ?? alike[0] ??
      others[0];
    setOptions(
      this.#other,
      others.map(({ id, name, status }) => [
        id,
        `${name === undefined ? id : `${name} (${id})`} · ${status}`,
      ]),
      this.#wanted ?? (this.#other.value || (first?.id ?? "")),
    );
    if (this.#other.value === this.#wanted) this.#wanted = null;
    const other = this.#other.value;
    if (other === "") {
      setText(this.#body, "There is no other run to compare with.");
      return;
    }
    const status = runs.find(({ id }) => id === other)?.status;
    const done = steps.filter(({ state }) => state !== "running").length;
    const shown = JSON.stringify([other, status, done, this.#all.checked]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#load(run, other);
  }

  async #load(run: string, other: string): Promise<void> {
    const loading = ++this.#loading;
    try {
      const { document, facts, steps, metrics } = await getDiff(other, run);
      if (loading !== this.#loading) return;
      const conditions = facts.filter(({ path }) =>
        path !== "seed" && !path.startsWith("overrides")
      );
      const rows = this.#all.checked
        ? metrics
        : metrics.filter(({ before, after }) => before?.mean !== after?.mean);
      fill(
        this.#body,
        h(
          "p",
          { class: "links" },
          h("a", { href: addressOf(run, "curves", { with: other }) }, "Curves of both"),
          h("a", { href: addressOf(other, "") }, `Go to ${other}`),
        ),
        h("h2", {}, "What was asked"),
        linesOf(document, `The pipelines of ${other} and ${run} are the same.`),
        h("h2", {}, "Where it ran"),
        linesOf(conditions, "With the same versions, on the same kind of machine."),
        h("h2", {}, "What came out"),
        h("p", { class: "faint" }, keysText(steps)),
        rows.length === 0
          ? h("p", { class: "faint" }, "No number of a step differs.")
          : tableOf(rows, other, run),
      );
    } catch (error) {
      setText(this.#body, error instanceof Error ? error.message : String(error));
    }
  }
}

function keysText({ same, differing, onlyBefore, onlyAfter }: Comparison["steps"]): string {
  const parts = [
    `${count(same, "step")} with the same key, and so the same result`,
    `${number(differing.length)} with another key`,
    `${number(onlyBefore.length + onlyAfter.length)} in one run alone`,
  ];
  return `${parts.join("; ")}.`;
}

function linesOf(differences: readonly ValueDifference[], none: string): HTMLElement {
  if (differences.length === 0) return h("p", { class: "faint" }, none);
  const text = (values: readonly Json[]) =>
    values.length === 0 ? "(none)" : values.map(value).join(", ");
  const lines = differences.map(({ path, before, after }) =>
    h("li", {}, h("code", {}, `${path}: ${text(before)} → ${text(after)}`))
  );
  return h("ul", { class: "lines" }, ...lines);
}

function tableOf(metrics: readonly MetricDifference[], other: string, run: string): HTMLElement {
  const columns = ["Step", "Number", other, run, "Difference"];
  const head = h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)));
  const cell = (text: string) => h("td", { class: "number" }, text);
  const rows = metrics.map(({ step, metric, before, after, difference }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, step),
      h("td", {}, metric),
      cell(before === undefined ? "–" : number(before.mean)),
      cell(after === undefined ? "–" : number(after.mean)),
      cell(difference === undefined ? "" : `${difference > 0 ? "+" : ""}${number(difference)}`),
    )
  );
  return h(
    "div",
    { class: "scroll" },
    h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows)),
  );
}
