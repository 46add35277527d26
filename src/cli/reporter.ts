/** Faces of a run: what people and programs see of its events. @module */
import { fileURLToPath } from "node:url";
import { placeIn } from "./module_error.ts";
import type { Event, Json, Listener, Plan } from "../core/mod.ts";
import { eventText } from "./event_text.ts";
import { formatMetrics, formatSeconds } from "./format.ts";
import type { Durations } from "../records/mod.ts";
import type { Clock } from "./live/clock.ts";
import { LiveView } from "./live/live_view.ts";
import type { Terminal } from "./output.ts";

/** Takes the events of a run. What it has drawn is gone once it is disposed of. */
export interface Reporter extends Disposable {
  readonly listen: Listener;
}

/** Events as NDJSON. */
export function jsonReporter(terminal: Terminal): Reporter {
  return {
    listen: (event) => terminal.write(JSON.stringify(event) + "\n"),
    [Symbol.dispose]() {},
  };
}

/**
 * A line for each step that was made, and on a terminal a view of what runs below them.
 *
 * @param resume a command that goes on, as it is when the run ends
 */
export function textReporter(
  terminal: Terminal,
  plan: Plan<unknown>,
  durations: Durations,
  resume: () => string,
  options: TextOptions = {},
): Reporter {
  const view = new LiveView(terminal, durations, options.clock);
  view.begin(plan);
  return new TextReporter(view, plan, resume, options);
}

/** What a {@linkcode textReporter} also tells. */
export interface TextOptions {
  /** Where in the program a step failed. */
  readonly verbose?: boolean;
  /** The events of the run, which have it in any case, once they are written. */
  readonly log?: () => string | undefined;
  /** The machine's unless given. */
  readonly clock?: Clock;
}

/** Steps that a line lists. */
const MAX_LISTED = 6;

/** Where the stages that ship stand. */
const SHIPPED = new URL("../../stages/", import.meta.url).href;

class TextReporter implements Reporter {
  readonly #view: LiveView;
  readonly #resume: () => string;
  readonly #options: TextOptions;
  /** Modules of the steps' stages. */
  readonly #urls: ReadonlyMap<string, string>;
  readonly #reports: string[] = [];
  /** Steps that were not run, by the failed step because of which. */
  readonly #blocked = new Map<string, string[]>();

  constructor(
    view: LiveView,
    plan: Plan<unknown>,
    resume: () => string,
    options: TextOptions,
  ) {
    this.#urls = new Map(plan.steps.map(({ id, url }) => [id, url]));
    this.#view = view;
    this.#resume = resume;
    this.#options = options;
  }

  readonly listen = (event: Event): void => this.#view.take(event, () => this.#tell(event));

  [Symbol.dispose](): void {
    this.#view[Symbol.dispose]();
  }

  #tell(event: Event): void {
    switch (event.kind) {
      case "step-started":
      case "step-progress":
        return; // the view shows it
      case "step-finished":
        return this.#finished(event);
      case "step-failed":
        return this.#failed(event);
      case "step-blocked":
        this.#blocked.set(event.failed, [...this.#blocked.get(event.failed) ?? [], event.step]);
        return;
      case "run-finished":
        return this.#summary(event);
      case "warning":
        return this.#view.tell(eventText(event)!, this.#view.paint.yellow);
      default: {
        const text = eventText(event);
        if (text !== undefined) this.#view.tell(text);
      }
    }
  }

  #failed(event: Extract<Event, { kind: "step-failed" }>): void {
    this.#view.tell(eventText(event)!, this.#view.paint.red);
    const { step, stack, again } = event;
    if (!again && !this.#blocked.has(step)) this.#blocked.set(step, []);
    const { verbose } = this.#options, log = this.#options.log?.();
    if (stack === undefined) return;
    const place = this.#placeIn(step, stack);
    if (place !== undefined) this.#view.tell(`  at ${place}`);
    if (verbose === true) this.#view.tell(stack);
    else if (log !== undefined) this.#view.tell(`  where in the program is told in ${log}`);
  }

  /** Where in the module of a step's stage an error came up, where that is the user's. */
  #placeIn(id: string, stack: string): string | undefined {
    const url = this.#urls.get(id);
    if (url === undefined || !url.startsWith("file:") || url.startsWith(SHIPPED)) return undefined;
    return placeIn(stack, fileURLToPath(url));
  }

  #finished(event: Extract<Event, { kind: "step-finished" }>): void {
    const metrics: Record<string, Json> = {};
    for (const [name, value] of Object.entries(event.metrics)) {
      // A text of lines is no number to stand in a line: it is shown at the end.
      if (typeof value === "string" && value.includes("\n")) this.#reports.push(value);
      else metrics[name] = value;
    }
    if (event.cached) return;
    const left = this.#view.secondsLeft;
    const parts = [
      `[${this.#view.progress}]`,
      event.step,
      formatSeconds(event.seconds),
      formatMetrics(metrics),
      left === undefined ? "" : `(${formatSeconds(left)} left)`,
    ];
    this.#view.tell(parts.filter((part) => part !== "").join("  "));
  }

  #summary(event: Extract<Event, { kind: "run-finished" }>): void {
    for (const report of this.#reports) this.#view.tell(`\n${report}\n`);
    if (this.#blocked.size > 1 || (event.blocked ?? 0) > 0) this.#listFailures();
    const text = eventText(event)!, { bold, green, red } = this.#view.paint;
    switch (event.status) {
      case "done":
        return this.#view.tell(text, (done) => green(bold(done)));
      case "failed":
        this.#view.tell(`${text}; what is done is kept, go on with`, red);
        return this.#view.tell(`  ${this.#resume()}`);
      case "stopped":
        this.#view.tell(`${text}; go on with`, bold);
        return this.#view.tell(`  ${this.#resume()}`);
      default:
        event.status satisfies never;
    }
  }

  /** What failed, and what was not reached because of it. */
  #listFailures(): void {
    for (const [step, blocked] of this.#blocked) {
      const more = blocked.length - MAX_LISTED;
      const listed = blocked.slice(0, MAX_LISTED).join(", ") +
        (more > 0 ? ` and ${more} more` : "");
      this.#view.tell(`${step} failed${blocked.length === 0 ? "" : `; not reached: ${listed}`}`);
    }
  }
}
