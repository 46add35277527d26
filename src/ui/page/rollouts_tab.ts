/** What models wrote: a list that is filtered, and the row that is looked at. @module */
import type { RowBrief, StepView } from "../views.ts";
import { getRow, getRows, keep } from "./api.ts";
import { debounced, fill, h, labelled, setOptions, setText } from "./dom.ts";
import { count, number } from "./format.ts";
import { rolloutCard, verdictBadge } from "./rollout.ts";
import type { Model, Tab } from "./tab.ts";

/** Rows of a page. */
const PAGE = 50;

/** What rows are filtered and ordered by. */
interface Controls {
  readonly verdict: HTMLSelectElement;
  readonly min: HTMLInputElement;
  readonly max: HTMLInputElement;
  readonly from: HTMLInputElement;
  readonly to: HTMLInputElement;
  readonly text: HTMLInputElement;
  readonly sort: HTMLSelectElement;
}

const FIELDS = ["verdict", "min", "max", "from", "to", "text", "sort"] as const;

/** A table of a step. */
interface Table {
  readonly step: StepView;
  readonly key: string;
  readonly name: string;
  readonly size: number;
}

/** See {@linkcode Tab}. */
export class RolloutsTab implements Tab {
  readonly element: HTMLElement;
  readonly #model: () => Model;
  readonly #source: HTMLSelectElement = h("select");
  readonly #controls: Controls;
  readonly #status: HTMLElement = h("p", { class: "faint", role: "status" });
  readonly #list: HTMLElement;
  readonly #card: HTMLElement = h("div", { class: "card-pane" });
  readonly #pager: HTMLElement = h("p", { class: "pager" });
  readonly #fresh: HTMLButtonElement;
  #wanted = new URLSearchParams();
  #rows: readonly RowBrief[] = [];
  #offset = 0;
  #matched = 0;
  /** Place of the chosen row in the page. */
  #at = 0;
  /** The table that is shown, and its size when it was asked. */
  #shown = "";
  #size = 0;
  #listing = new AbortController();
  #opening = new AbortController();

  /** @param model tells what is known */
  constructor(model: () => Model) {
    this.#model = model;
    const bound = (step: string) => h("input", { type: "number", step, class: "bound" });
    this.#controls = {
      verdict: h("select"),
      min: bound("any"),
      max: bound("any"),
      from: bound("1"),
      to: bound("1"),
      text: h("input", { type: "search", placeholder: "Find a text  ( / )" }),
      sort: h("select"),
    };
    setOptions(this.#controls.sort, [
      ["", "as recorded"],
      ["-reward", "highest reward"],
      ["reward", "lowest reward"],
    ]);
    const filter = debounced(() => this.#filter());
    for (const control of Object.values(this.#controls)) control.addEventListener("input", filter);
    this.#source.addEventListener("change", () => {
      keep({ ...this.#chosen(), row: "" });
      this.#filter();
    });
    this.#fresh = h("button", {
      type: "button",
      onclick: () => this.#load(this.#offset, this.#at),
    });
    this.#fresh.hidden = true;
    this.#list = h("ul", {
      class: "rows",
      role: "listbox",
      tabindex: 0,
      "aria-label": "Rollouts",
      onkeydown: (event) => {
        const by = event instanceof KeyboardEvent &&
          { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
        if (!by) return;
        event.preventDefault();
        this.#move(by);
      },
    });
    const { verdict, min, max, from, to, text, sort } = this.#controls;
    this.element = h(
      "div",
      {},
      h(
        "div",
        { class: "controls filters" },
        labelled("Of", this.#source),
        labelled("Verdict", verdict),
        labelled("Reward from", min),
        labelled("to", max),
        labelled("Step from", from),
        labelled("to", to),
        labelled("Text", text),
        labelled("Order", sort),
      ),
      h("div", { class: "line" }, this.#status, this.#fresh),
      h(
        "div",
        { class: "browser" },
        h("div", { class: "list-pane" }, this.#list, this.#pager),
        this.#card,
      ),
    );
  }

  show(query: URLSearchParams): void {
    this.#wanted = new URLSearchParams(query);
    for (const name of FIELDS) {
      if (name !== "verdict") this.#controls[name].value = query.get(name) ?? "";
    }
    this.#shown = "";
    this.update();
  }

  update(): void {
    const tables = this.#tables;
    const step = this.#wanted.get("step"), name = this.#wanted.get("table");
    const wanted = tables.find((one) =>
      one.step.step === step && (name === null || one.name === name)
    );
    setOptions(
      this.#source,
      tables.map((one) => [idOf(one), `${one.step.step} · ${one.name}`] as const),
      wanted === undefined ? this.#source.value : idOf(wanted),
    );
    if (wanted !== undefined) this.#wanted.delete("step");
    const table = this.#table;
    if (table === undefined) {
      setText(this.#status, "No step of this run has recorded rollouts so far.");
      return;
    }
    if (this.#shown !== table.key + table.name) {
      const row = Number(this.#wanted.get("row") ?? 0);
      const offset = Number.isInteger(row) && row > 0 ? row : 0;
      this.#load(offset - offset % PAGE, offset % PAGE);
    } else if (table.size !== this.#size) {
      setText(this.#fresh, "Show rows that have come");
      this.#fresh.hidden = false;
    }
  }

  key(key: string): boolean {
    if (key === "j") this.#move(1);
    else if (key === "k") this.#move(-1);
    else if (key === "/") this.#controls.text.focus();
    else return false;
    return true;
  }

  close(): void {
    this.#listing.abort();
    this.#opening.abort();
  }

  get #tables(): Table[] {
    return this.#model().steps.flatMap((step) =>
      Object.entries(step.tables).flatMap(([name, size]) =>
        name === "metrics" || step.key === undefined ? [] : [{ step, key: step.key, name, size }]
      )
    );
  }

  get #table(): Table | undefined {
    return this.#tables.find((one) => idOf(one) === this.#source.value);
  }

  #chosen(): Record<string, string> {
    const table = this.#table;
    return { step: table?.step.step ?? "", table: table?.name ?? "" };
  }

  /** What is asked for, as it stands in the controls. */
  get #query(): Record<string, string> {
    return Object.fromEntries(FIELDS.map((name) => [name, this.#controls[name].value]));
  }

  #filter(): void {
    keep({ ...this.#query, row: "" });
    this.#load(0, 0);
  }

  /** Goes on to another row, on the next page where it has to. */
  #move(by: number): void {
    const place = Math.min(Math.max(this.#offset + this.#at + by, 0), this.#matched - 1);
    if (place < 0) return;
    const at = place % PAGE;
    if (place - at !== this.#offset) this.#load(place - at, at);
    else this.#choose(at);
  }

  async #load(offset: number, at: number): Promise<void> {
    const table = this.#table;
    if (table === undefined) return;
    this.#listing.abort();
    const { signal } = this.#listing = new AbortController();
    this.#shown = table.key + table.name;
    this.#size = table.size;
    this.#fresh.hidden = true;
    const wanted = this.#wanted.get("verdict");
    const query = { ...this.#query, ...wanted === null ? {} : { verdict: wanted } };
    try {
      const view = await getRows(table.key, table.name, { ...query, offset, limit: PAGE }, signal);
      this.#wanted.delete("verdict");
      this.#rows = view.rows;
      this.#offset = offset;
      this.#matched = view.matched;
      const verdicts = Object.entries(view.verdicts)
        .map(([verdict, many]) => [verdict, `${verdict} (${number(many)})`] as const);
      const { verdict } = this.#controls;
      setOptions(verdict, [["", "any"], ...verdicts], query.verdict ?? "");
      const left = view.leftOut > 0 ? `; ${count(view.leftOut, "row")} had no room` : "";
      setText(this.#status, `${number(view.matched)} of ${count(view.total, "row")}${left}`);
      this.#drawList();
      this.#choose(Math.min(at, view.rows.length - 1));
    } catch (error) {
      if (signal.aborted) return;
      setText(this.#status, error instanceof Error ? error.message : String(error));
    }
  }

  #drawList(): void {
    fill(
      this.#list,
      ...this.#rows.map((row, i) =>
        h(
          "li",
          {
            role: "option",
            id: `row-${i}`,
            onclick: () => {
              this.#choose(i);
              this.#list.focus();
            },
          },
          h(
            "span",
            { class: "line" },
            row.verdict !== undefined && verdictBadge(row.verdict),
            row.reward !== undefined && h("b", {}, number(row.reward)),
            row.step !== undefined && h("span", { class: "faint" }, `step ${row.step}`),
          ),
          h("span", { class: "cut" }, row.text.trim() === "" ? "(empty)" : row.text),
        )
      ),
    );
    const pages = Math.ceil(this.#matched / PAGE), page = this.#offset / PAGE;
    const turn = (text: string, to: number) =>
      h("button", {
        type: "button",
        disabled: to < 0 || to >= pages,
        onclick: () => this.#load(to * PAGE, 0),
      }, text);
    fill(this.#pager);
    if (pages < 2) return;
    const place = h("span", {}, `page ${number(page + 1)} of ${number(pages)}`);
    fill(this.#pager, turn("Previous", page - 1), place, turn("Next", page + 1));
  }

  /** Shows a row of the page. */
  async #choose(at: number): Promise<void> {
    this.#at = Math.max(at, 0);
    this.#opening.abort();
    const { signal } = this.#opening = new AbortController();
    const brief = this.#rows[at], table = this.#table;
    for (const [i, item] of [...this.#list.children].entries()) {
      item.setAttribute("aria-selected", String(i === at));
    }
    if (brief === undefined || table === undefined) {
      this.#list.removeAttribute("aria-activedescendant");
      fill(this.#card);
      return;
    }
    this.#list.setAttribute("aria-activedescendant", `row-${at}`);
    this.#list.children[at]?.scrollIntoView({ block: "nearest" });
    keep({ row: this.#offset + at });
    try {
      const row = await getRow(table.key, table.name, brief.row, signal);
      fill(this.#card, rolloutCard(row));
      this.#card.scrollTop = 0;
    } catch (error) {
      if (signal.aborted) return;
      fill(this.#card, h("p", { role: "alert" }, String(error)));
    }
  }
}

function idOf({ step, name }: Table): string {
  return JSON.stringify([step.step, name]);
}
