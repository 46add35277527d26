/** The list of runs. @module */
import type { RunRecord } from "../../records/mod.ts";
import { addressOf, placeOf } from "./api.ts";
import { fill, h, moveByArrows } from "./dom.ts";
import { moment, seconds } from "./format.ts";

/** How a run or a step stands, in a colour of its own, and in words. */
export function badge(state: string): HTMLElement {
  return h("span", { class: `badge ${state}` }, state);
}

/** Shows the runs of the store in an element. */
export class RunList {
  #runs: readonly RunRecord[] = [];
  #shown = "";
  readonly #list: HTMLElement;
  readonly #filter: HTMLInputElement;

  /** @param element takes the list */
  constructor(element: HTMLElement) {
    this.#list = h("ul", { class: "runs" });
    this.#filter = h("input", {
      type: "search",
      placeholder: "Filter runs",
      "aria-label": "Filter runs",
      oninput: () => this.#draw(),
    });
    moveByArrows(this.#list, "a");
    fill(element, this.#filter, this.#list);
  }

  /** What there is. */
  get runs(): readonly RunRecord[] {
    return this.#runs;
  }

  /** Takes the runs that there are now, and where the page is. */
  set(runs: readonly RunRecord[]): void {
    this.#runs = runs;
    this.#draw();
  }

  /** Draws it again, where it is not as it was: the focus stays. */
  #draw(): void {
    const { run: current } = placeOf(location.hash), wanted = this.#filter.value.toLowerCase();
    const textOf = ({ id, name = "", overrides, status, sweep }: RunRecord) =>
      [id, name, status, sweep?.id ?? "", ...overrides].join(" ").toLowerCase();
    const runs = this.#runs.filter((run) => textOf(run).includes(wanted));
    const shown = JSON.stringify([current, runs]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const focused = document.activeElement?.getAttribute("href");
    fill(this.#list, ...runs.map((run) => h("li", {}, linkOf(run, run.id === current))));
    if (runs.length === 0) {
      const text = this.#runs.length === 0
        ? "No runs yet: soar run PIPELINE makes one."
        : "No run matches.";
      fill(this.#list, h("li", { class: "faint" }, text));
    }
    for (const link of this.#list.querySelectorAll("a")) {
      if (focused !== null && link.getAttribute("href") === focused) link.focus();
    }
  }
}

function linkOf(run: RunRecord, isCurrent: boolean): HTMLElement {
  const { id, name, status, started, overrides, sweep } = run, own = sweep?.overrides ?? [];
  // What a sweep varies comes first: the rest is the same in all of its runs.
  const told = [...own, ...overrides.filter((one) => !own.includes(one))];
  const took = run.seconds === undefined ? "" : ` · ${seconds(run.seconds)}`;
  return h(
    "a",
    { href: addressOf(id, ""), "aria-current": isCurrent ? "page" : undefined },
    h("span", { class: "line" }, h("b", {}, name ?? id), badge(status)),
    name !== undefined && h("span", { class: "faint" }, id),
    h("span", { class: "faint" }, moment(started) + took),
    sweep !== undefined && h("span", { class: "faint" }, sweep.id),
    told.length > 0 && h("code", { class: "cut" }, told.join(" ")),
  );
}
