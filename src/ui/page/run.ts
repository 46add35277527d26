/** A run: its head, and tabs over it. @module */
import type { RunRecord } from "../../records/mod.ts";
import type { LogLine, RunChange, RunView, StepView } from "../views.ts";
import { addressOf, liveOf, type Place } from "./api.ts";
import { CompareTab } from "./compare_tab.ts";
import { CurvesTab } from "./curves_tab.ts";
import { fill, h } from "./dom.ts";
import { count, moment, seconds } from "./format.ts";
import { LogTab } from "./log_tab.ts";
import { RolloutsTab } from "./rollouts_tab.ts";
import { badge } from "./runs.ts";
import { StepsTab } from "./steps_tab.ts";
import type { Model, Tab } from "./tab.ts";

const TABS = {
  steps: ["Steps", (model: () => Model) => new StepsTab(model)],
  curves: ["Curves", (model: () => Model) => new CurvesTab(model)],
  rollouts: ["Rollouts", (model: () => Model) => new RolloutsTab(model)],
  log: ["Log", (model: () => Model) => new LogTab(model)],
  compare: ["Compare", (model: () => Model) => new CompareTab(model)],
} as const satisfies Record<string, readonly [string, (model: () => Model) => Tab]>;

/** Overrides that are shown at once. */
const CHIPS = 4;

type TabName = keyof typeof TABS;

const isTab = (name: string): name is TabName => Object.hasOwn(TABS, name);

/** A run of the store, followed while it goes on. */
export class RunPage {
  readonly run: string;
  readonly element: HTMLElement;
  readonly #runs: () => readonly RunRecord[];
  readonly #facts: HTMLElement = h("div");
  readonly #head: HTMLElement = h("section", { class: "head", "aria-label": "Run" }, this.#facts);
  readonly #panel: HTMLElement = h("div", { class: "panel", role: "tabpanel", id: "panel" });
  readonly #links: ReadonlyMap<TabName, HTMLElement>;
  #source: EventSource | undefined;
  #hasEnded = false;
  readonly #attend = (): void => this.#follow();
  readonly #steps = new Map<string, StepView>();
  /** Made once: what is open stays open. */
  #chips: HTMLElement | undefined;
  #record: RunRecord | undefined;
  #tab: Tab | undefined;
  #name: TabName | undefined;
  #frame = 0;
  #log: LogLine[] = [];
  #lines = 0;

  /** @param runs all of the store */
  constructor(run: string, runs: () => readonly RunRecord[]) {
    this.run = run;
    this.#runs = runs;
    const names = Object.keys(TABS).filter(isTab);
    this.#links = new Map(names.map((name) =>
      [
        name,
        h(
          "a",
          { role: "tab", id: `tab-${name}`, href: addressOf(run, name), "aria-controls": "panel" },
          TABS[name][0],
        ),
      ] as const
    ));
    const bar = h("div", { class: "tabs", role: "tablist", "aria-label": "Views of the run" });
    bar.append(...this.#links.values());
    bar.addEventListener("keydown", (event) => this.#moveTab(event));
    this.element = h("div", { class: "run" }, this.#head, bar, this.#panel);
    document.addEventListener("visibilitychange", this.#attend);
    this.#follow();
  }

  /** Shows what the address says. */
  show({ tab, query }: Place): void {
    const name = isTab(tab) ? tab : "steps";
    if (this.#name !== name) {
      this.#tab?.close?.();
      this.#name = name;
      const opened: Tab = TABS[name][1](() => this.#model);
      this.#tab = opened;
      fill(this.#panel, opened.element);
      this.#panel.setAttribute("aria-labelledby", `tab-${name}`);
      for (const [one, link] of this.#links) {
        link.setAttribute("aria-selected", String(one === name));
        link.tabIndex = one === name ? 0 : -1;
      }
    }
    this.#tab?.show(query);
  }

  /** Draws again: other runs may have come. */
  update(): void {
    this.#later();
  }

  /** Takes a key. @returns whether it means something here */
  key(key: string): boolean {
    return this.#tab?.key?.(key) ?? false;
  }

  /** Follows it no longer. */
  close(): void {
    document.removeEventListener("visibilitychange", this.#attend);
    this.#source?.close();
    cancelAnimationFrame(this.#frame);
    this.#tab?.close?.();
  }

  get #model(): Model {
    const steps = [...this.#steps.values()].sort((a, b) => a.place - b.place);
    const [record, lines] = [this.#record, this.#lines];
    return { run: this.run, record, steps, lines, runs: this.#runs() };
  }

  /** Listens while it is looked at: a browser has but six connections to a server, for all its tabs. */
  #follow(): void {
    this.#source?.close();
    this.#source = undefined;
    if (this.#hasEnded || document.visibilityState === "hidden") return;
    this.#source = new EventSource(liveOf(this.run));
    this.#listen(this.#source);
  }

  #listen(source: EventSource): void {
    source.addEventListener("state", ({ data }: MessageEvent<string>) => {
      const { record, steps, lines }: RunView = JSON.parse(data);
      this.#record = record;
      this.#lines = lines;
      this.#steps.clear();
      for (const step of steps) this.#steps.set(step.step, step);
      this.#later();
    });
    source.addEventListener("change", ({ data }: MessageEvent<string>) => {
      const { record, steps, log }: RunChange = JSON.parse(data);
      this.#record = record ?? this.#record;
      for (const step of steps) this.#steps.set(step.step, step);
      this.#log.push(...log);
      this.#lines += log.length;
      this.#later();
    });
    source.addEventListener("end", () => {
      this.#hasEnded = true;
      source.close();
    });
  }

  /** Draws with the next picture, however much has come by then. */
  #later(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      const log = this.#log;
      this.#log = [];
      if (this.#record === undefined) return;
      this.#drawHead(this.#record);
      this.#tab?.update(log);
    });
  }

  #drawHead(record: RunRecord): void {
    const { id, name, pipeline, status, started, device, steps, seed, overrides } = record;
    const done = [...this.#steps.values()].filter(({ state }) => state === "ran");
    const cached = [...this.#steps.values()].filter(({ state }) => state === "cached");
    const took = record.seconds ??
      (status === "running" ? (Date.now() - Date.parse(started)) / 1000 : undefined);
    const facts: readonly (readonly [string, string | undefined])[] = [
      ["pipeline", pipeline],
      ["started", moment(started)],
      ["took", took === undefined ? undefined : seconds(took)],
      ["steps", `${done.length} ran, ${cached.length} from the store, of ${count(steps, "step")}`],
      ["device", device === "" ? undefined : device],
      ["seed", String(seed)],
    ];
    fill(
      this.#facts,
      h(
        "h1",
        {},
        name ?? id,
        badge(status),
        name !== undefined && h("small", { class: "faint" }, id),
      ),
      h(
        "dl",
        { class: "facts" },
        ...facts.flatMap(([label, text]) =>
          text === undefined ? [] : [h("div", {}, h("dt", {}, label), h("dd", {}, text))]
        ),
      ),
    );
    if (this.#chips === undefined) this.#head.append(this.#chips = chipsOf(overrides));
  }

  #moveTab(event: KeyboardEvent): void {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    const links = [...this.#links.values()];
    const at = links.findIndex((link) => link === document.activeElement);
    const next = links[(at + by + links.length) % links.length]!;
    event.preventDefault();
    next.focus();
    next.click();
  }
}

/** Overrides: of many, the first, and the rest when they are asked for. */
function chipsOf(overrides: readonly string[]): HTMLElement {
  const chips = overrides.map((one) => h("code", {}, one));
  const rest = chips.splice(CHIPS);
  const more = h("details", {}, h("summary", {}, `${rest.length} more`), ...rest);
  return h("div", { class: "chips" }, ...chips, rest.length > 0 && more);
}
