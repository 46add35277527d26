/** The steps of a run: what runs now, and a table of all. @module */
import type { StepView } from "../views.ts";
import { addressOf, getExplain, keep } from "./api.ts";
import { debounced, fill, h, labelled, moveByArrows, setOptions, setText } from "./dom.ts";
import { bytes, number, seconds, value } from "./format.ts";
import { badge } from "./runs.ts";
import type { Model, Tab } from "./tab.ts";

/** A row of the table, and the row below it that tells more. */
interface Row {
  readonly main: HTMLTableRowElement;
  readonly more: HTMLTableRowElement;
  readonly button: HTMLButtonElement;
  shown: string;
}

/** Steps that have a card while they run; the table has all. */
const CARDS = 24;

/** See {@linkcode Tab}. */
export class StepsTab implements Tab {
  readonly element: HTMLElement;
  readonly #model: () => Model;
  readonly #now: HTMLElement = h("section", { class: "now", "aria-label": "Running now" });
  readonly #filter: HTMLInputElement;
  readonly #empty: HTMLElement = h("p", { class: "faint empty" });
  readonly #body: HTMLElement = h("tbody");
  readonly #rows = new Map<string, Row>();
  #open = "";

  /** @param model tells what is known */
  constructor(model: () => Model) {
    this.#model = model;
    this.#filter = h("input", {
      type: "search",
      placeholder: "Filter steps  ( / )",
      "aria-label": "Filter steps",
      oninput: debounced(() => this.update()),
    });
    moveByArrows(this.#body, "tr:not([hidden]) button.step");
    const columns = ["Step", "State", "Stage", "Took", "Numbers"];
    const head = h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, name)));
    const table = h("table", { class: "steps" }, h("thead", {}, head), this.#body);
    this.element = h(
      "div",
      {},
      this.#now,
      h("div", { class: "controls" }, this.#filter),
      h("div", { class: "scroll" }, table),
      this.#empty,
    );
  }

  show(query: URLSearchParams): void {
    this.#open = query.get("step") ?? "";
    this.update();
  }

  update(): void {
    const { steps, record } = this.#model();
    const wanted = this.#filter.value.toLowerCase();
    this.#drawNow(steps.filter(({ state }) => state === "running" || state === "waiting"));
    for (const step of steps) {
      const row = this.#rows.get(step.step) ?? this.#add(step);
      const text = `${step.step} ${step.stage} ${step.state}`.toLowerCase();
      row.main.hidden = !text.includes(wanted);
      this.#draw(step, row);
    }
    const left = (record?.steps ?? 0) - steps.length;
    const isLive = record?.status === "running";
    setText(
      this.#empty,
      left <= 0 ? "" : `${number(left)} more ${isLive ? "to come" : "not reached"}.`,
    );
  }

  key(key: string): boolean {
    if (key === "/") this.#filter.focus();
    return key === "/";
  }

  #drawNow(steps: readonly StepView[]): void {
    fill(
      this.#now,
      ...steps.slice(0, CARDS).map(({ step, state, attempt, progress, left }) =>
        h(
          "div",
          { class: "card" },
          h("div", { class: "line" }, h("b", {}, step), badge(state)),
          attempt !== undefined && h("p", { class: "faint" }, `attempt ${attempt}`),
          progress !== undefined && h("progress", {
            value: progress.done,
            max: progress.total,
            "aria-label": `Progress of ${step}`,
          }),
          progress !== undefined &&
            h(
              "p",
              { class: "numbers" },
              h("span", {}, `${number(progress.done)} of ${number(progress.total)}`),
              left !== undefined && left >= 1 && h("span", {}, `about ${seconds(left)} left`),
              ...Object.entries(progress.numbers).map(([name, count]) => pair(name, count)),
            ),
        )
      ),
      steps.length > CARDS && h("p", { class: "faint" }, moreOf(steps.slice(CARDS))),
    );
  }

  #add({ step }: StepView): Row {
    const button = h("button", {
      type: "button",
      class: "step",
      "aria-expanded": "false",
      onclick: () => {
        this.#open = this.#open === step ? "" : step;
        keep({ step: this.#open });
        this.update();
      },
    }, step);
    const row = { main: h("tr"), more: h("tr", { class: "more" }), button, shown: "" };
    row.more.hidden = true;
    this.#body.append(row.main, row.more);
    this.#rows.set(step, row);
    return row;
  }

  #draw(step: StepView, row: Row): void {
    const isOpen = this.#open === step.step && !row.main.hidden;
    const shown = JSON.stringify([step, isOpen]);
    if (row.shown === shown) return;
    row.shown = shown;
    row.button.setAttribute("aria-expanded", String(isOpen));
    const cells = [badge(step.state), step.stage ?? "", tookOf(step), numbersOf(step)];
    // What holds the button stays in place, and the focus with it.
    if (row.main.firstChild === null) row.main.append(h("th", { scope: "row" }, row.button));
    while (row.main.children.length > 1) row.main.lastChild!.remove();
    row.main.append(...cells.map((cell) => h("td", {}, cell)));
    row.more.hidden = !isOpen;
    if (isOpen) fill(row.more, h("td", { colspan: cells.length + 1 }, this.#detailsOf(step)));
  }

  #detailsOf(step: StepView): HTMLElement {
    const { run, runs } = this.#model();
    const { step: name, key, message, stack, metrics, tables, failures = [] } = step;
    const others = Object.entries(tables).filter(([table]) => table !== "metrics");
    const explain = h("div", { class: "explain" });
    if (key !== undefined) fill(explain, ...explainParts(run, name, runs));
    return h(
      "div",
      { class: "details" },
      ...failures.map((failure) => failureOf(`attempt ${failure.attempt}: `, failure)),
      message !== undefined && failureOf("", { message, stack }),
      h(
        "p",
        { class: "links" },
        tables["metrics"] !== undefined &&
          h("a", { href: addressOf(run, "curves", { group: step.name }) }, "Curves"),
        ...others.map(([table, size]) =>
          h(
            "a",
            { href: addressOf(run, "rollouts", { step: name, table }) },
            `${table} (${bytes(size)})`,
          )
        ),
        h("a", { href: addressOf(run, "log", { step: name }) }, "Log"),
      ),
      Object.keys(metrics).length > 0 && h("h3", {}, "Numbers"),
      h(
        "dl",
        { class: "facts" },
        ...Object.entries(metrics).map(([label, one]) =>
          h("div", {}, h("dt", {}, label), h("dd", {}, value(one)))
        ),
      ),
      explain,
    );
  }
}

/** Why the key of a step is what it is, with another run to compare with. */
function explainParts(run: string, step: string, runs: Model["runs"]): HTMLElement[] {
  const select = h("select"), text = h("pre", { class: "key" }, "…");
  const others = runs.filter(({ id }) => id !== run).map(({ id, name }) =>
    [id, name === undefined ? id : `${name} (${id})`] as const
  );
  setOptions(select, [["", "the run before that has it"], ...others]);
  const load = async () => {
    try {
      const { key, parts, before } = await getExplain(run, step, select.value || undefined);
      const lines = before?.lines;
      const difference = before === undefined
        ? "No other run has this step."
        : before.key === key
        ? `The key is the same in ${before.run}.`
        : lines === undefined
        ? `The key in ${before.run} is ${
          before.key.slice(0, 12)
        }; what it was made of is not known.`
        : `Since ${before.run}:\n${lines.map((line) => `  ${line}`).join("\n")}`;
      const made = parts === undefined
        ? "What it is made of is kept with its result."
        : JSON.stringify(parts, null, 2);
      setText(text, `key ${key}\n\n${difference}\n\n${made}`);
    } catch (error) {
      setText(text, error instanceof Error ? error.message : String(error));
    }
  };
  select.addEventListener("change", load);
  load();
  return [h("h3", {}, "Why this key"), labelled("Compare with", select), text];
}

/** Steps that have no card, by stage. */
function moreOf(steps: readonly StepView[]): string {
  const stages = [...Map.groupBy(steps, ({ stage = "" }) => stage)];
  return `and ${steps.length} more: ${
    stages.map(([stage, some]) => `${some.length} ${stage}`).join(", ")
  }`;
}

function failureOf(
  before: string,
  { message, stack }: { readonly message: string; readonly stack?: string | undefined },
): HTMLElement {
  const text = before + message + (stack ? `\n${stack}` : "");
  return h("pre", { class: "failure", tabindex: 0 }, text);
}

function tookOf({ seconds: took, started, state }: StepView): string {
  if (took !== undefined) return seconds(took);
  if (state !== "running" || started === undefined) return "";
  return seconds(Math.max(0, (Date.now() - Date.parse(started)) / 1000));
}

/** The first few numbers that a step gave, or tells so far. */
function numbersOf({ metrics, progress, state, message, failures }: StepView): HTMLElement {
  if (state === "failed") return h("span", { class: "cut failure" }, message ?? "");
  const failed = state === "waiting" ? failures?.at(-1)?.message : undefined;
  if (failed !== undefined) return h("span", { class: "cut failure" }, `tried again: ${failed}`);
  const numbers = state === "running" ? progress?.numbers ?? {} : metrics;
  const told = Object.entries(numbers)
    .flatMap(([name, one]) => typeof one === "number" ? [pair(name, one)] : []);
  return h("span", { class: "numbers" }, ...told.slice(0, 4));
}

function pair(name: string, count: number): HTMLElement {
  return h("span", {}, `${name} `, h("b", {}, number(count)));
}
