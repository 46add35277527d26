/** What a run told, line by line. @module */
import type { LogLine } from "../views.ts";
import { getLog, keep } from "./api.ts";
import { debounced, fill, h, labelled, setOptions, setText } from "./dom.ts";
import { clock, count } from "./format.ts";
import type { Model, Tab } from "./tab.ts";

/** Lines that are shown at most. */
const MOST = 2000;

/** See {@linkcode Tab}. */
export class LogTab implements Tab {
  readonly element: HTMLElement;
  readonly #model: () => Model;
  readonly #text: HTMLInputElement;
  readonly #step: HTMLSelectElement = h("select");
  readonly #status: HTMLElement = h("p", { class: "faint", role: "status" });
  readonly #lines: HTMLElement;
  #matched = 0;
  /** How many lines of the log were looked at; undefined while it is read. */
  #known: number | undefined;
  #loading = 0;
  #wanted: string | null = null;

  /** @param model tells what is known */
  constructor(model: () => Model) {
    this.#model = model;
    const filter = () => {
      keep({ text: this.#text.value, step: this.#step.value });
      this.#load();
    };
    this.#text = h("input", {
      type: "search",
      placeholder: "Find a text  ( / )",
      oninput: debounced(filter),
    });
    this.#step.addEventListener("change", filter);
    this.#lines = h("ol", { class: "log", role: "log", tabindex: 0, "aria-label": "Log" });
    this.element = h(
      "div",
      {},
      h(
        "div",
        { class: "controls" },
        labelled("Text", this.#text),
        labelled("Step", this.#step),
      ),
      this.#status,
      this.#lines,
    );
  }

  show(query: URLSearchParams): void {
    this.#text.value = query.get("text") ?? "";
    this.#wanted = query.get("step");
    this.#offer();
    this.#load();
  }

  update(log: readonly LogLine[]): void {
    this.#offer();
    if (this.#known === undefined) return; // being read
    const news = log.filter(({ at }) => at >= this.#known!);
    if (news.length > 0 && news[0]!.at === this.#known) {
      this.#known += news.length;
      this.#add(news.filter((line) => this.#isWanted(line)));
    }
    // What came while there was no connection, or before there was one.
    if (this.#known < this.#model().lines) this.#load();
  }

  key(key: string): boolean {
    if (key === "/") this.#text.focus();
    return key === "/";
  }

  #offer(): void {
    const steps = this.#model().steps.map(({ step }) => [step, step] as const);
    const wanted = this.#wanted ?? this.#step.value;
    setOptions(this.#step, [["", "all"], ...steps], wanted);
    if (this.#step.value === this.#wanted) this.#wanted = null;
  }

  #isWanted({ step, text }: LogLine): boolean {
    const wanted = this.#step.value;
    return (wanted === "" || wanted === step) &&
      `${step} ${text}`.toLowerCase().includes(this.#text.value.toLowerCase());
  }

  #add(lines: readonly LogLine[]): void {
    const list = this.#lines;
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    list.append(...lines.map(lineOf));
    while (list.children.length > MOST) list.firstChild!.remove();
    this.#tell(this.#matched + lines.length);
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }

  async #load(): Promise<void> {
    const loading = ++this.#loading;
    this.#known = undefined;
    const step = this.#wanted ?? this.#step.value;
    try {
      const view = await getLog(this.#model().run, { text: this.#text.value, step });
      if (loading !== this.#loading) return;
      fill(this.#lines, ...view.lines.map(lineOf));
      this.#tell(view.matched);
      this.#known = view.total;
      this.#lines.scrollTop = this.#lines.scrollHeight;
    } catch (error) {
      setText(this.#status, error instanceof Error ? error.message : String(error));
    }
  }

  #tell(matched: number): void {
    this.#matched = matched;
    const shown = this.#lines.children.length;
    setText(this.#status, count(matched, "line") + (shown < matched ? `, the last ${shown}` : ""));
  }
}

function lineOf({ time, kind, step, text }: LogLine): HTMLElement {
  return h(
    "li",
    { class: kind },
    h("time", { datetime: time, class: "faint" }, clock(time)),
    h("span", { class: "of" }, step),
    h("span", { class: "text" }, text),
  );
}
