/** Faces of a run: what people and programs see of its events. @module */
import { fileURLToPath } from "node:url";
import { placeIn } from "./module_error.ts";
import type { Event, Json, Listener, Plan } from "../core/mod.ts";
import colors from "picocolors";
import { eventText } from "./event_text.ts";
import { formatMetrics, formatSeconds } from "./format.ts";
import type { Durations } from "../records/mod.ts";
import { RunState, secondsLeft } from "./live/run_state.ts";
import { Screen } from "./live/screen.ts";
import { viewLines } from "./live/view.ts";
import type { Terminal } from "./output.ts";
import { safeText } from "./safe_text.ts";

/** Events as NDJSON. */
export function jsonReporter(terminal: Terminal): Listener {
  return (event) => terminal.write(JSON.stringify(event) + "\n");
}

/** A line for each step that was made, and on a terminal a view of what runs below them. */
export function textReporter(
  terminal: Terminal,
  plan: Plan<unknown>,
  durations: Durations,
  resume: () => string,
  options: TextOptions = {},
): Listener {
  return new TextReporter(terminal, plan, durations, resume, options).listen;
}

/** What a {@linkcode textReporter} also tells. */
export interface TextOptions {
  /** Where in the program a step failed. */
  readonly verbose?: boolean;
  /** The events of the run, which have it in any case, once they are written. */
  readonly log?: () => string | undefined;
}

/** Milliseconds between lines about a step that runs on, where there is no terminal. */
const PLAIN_PROGRESS_EVERY = 30_000;

/** Milliseconds between two frames of the view. */
const FRAME = 100;

/** Steps that a line lists. */
const MAX_LISTED = 6;

/** Where the stages that ship stand. */
const SHIPPED = new URL("../../stages/", import.meta.url).href;

class TextReporter {
  readonly #terminal: Terminal;
  readonly #screen: Screen;
  readonly #durations: Durations;
  readonly #resume: () => string;
  readonly #options: TextOptions;
  /** Modules of the steps' stages. */
  readonly #urls: ReadonlyMap<string, string>;
  readonly #paint: ReturnType<typeof colors.createColors>;
  readonly #state: RunState;
  #lastDraw = performance.now();
  #isOver = false;
  #reports: string[] = [];
  /** Steps that were not run, by the failed step because of which. */
  readonly #blocked = new Map<string, string[]>();

  constructor(
    terminal: Terminal,
    plan: Plan<unknown>,
    durations: Durations,
    resume: () => string,
    options: TextOptions,
  ) {
    this.#options = options;
    this.#urls = new Map(plan.steps.map(({ id, url }) => [id, url]));
    this.#terminal = terminal;
    this.#screen = new Screen(terminal);
    this.#durations = durations;
    this.#resume = resume;
    this.#paint = colors.createColors(terminal.isTerminal && colors.isColorSupported);
    this.#state = new RunState(plan, performance.now());
  }

  readonly listen = (event: Event): void => {
    this.#state.take(event, performance.now());
    this.#tell(event);
    if (this.#terminal.isTerminal) this.#draw(event.kind === "step-started");
  };

  #tell(event: Event): void {
    switch (event.kind) {
      case "step-started":
        return this.#plainProgress(event.step);
      case "step-progress":
        return this.#plainProgress(this.#progressText(event));
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
        return this.#line(eventText(event)!, this.#paint.yellow);
      default: {
        const text = eventText(event);
        if (text !== undefined) this.#line(text);
      }
    }
  }

  #failed(event: Extract<Event, { kind: "step-failed" }>): void {
    this.#line(eventText(event)!, this.#paint.red);
    const { step, stack, again } = event;
    if (!again && !this.#blocked.has(step)) this.#blocked.set(step, []);
    const { verbose } = this.#options, log = this.#options.log?.();
    if (stack === undefined) return;
    const place = this.#placeIn(step, stack);
    if (place !== undefined) this.#line(`  at ${place}`);
    if (verbose === true) this.#line(stack);
    else if (log !== undefined) this.#line(`  where in the program is told in ${log}`);
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
    if (event.cached) return this.#plainProgress(`${event.step} is cached`);
    this.#durations.add(event.stage, event.seconds);
    const { ended, steps } = this.#state;
    const parts = [
      `[${ended}/${steps.length}]`,
      event.step,
      formatSeconds(event.seconds),
      formatMetrics(metrics),
    ];
    const left = this.#secondsLeft();
    if (left !== undefined && ended < steps.length) parts.push(`(${formatSeconds(left)} left)`);
    this.#line(parts.filter((part) => part !== "").join("  "));
  }

  #summary(event: Extract<Event, { kind: "run-finished" }>): void {
    this.#isOver = true;
    for (const report of this.#reports) this.#line(`\n${report}\n`);
    if (this.#blocked.size > 1 || (event.blocked ?? 0) > 0) this.#listFailures();
    const text = eventText(event)!, { bold, red } = this.#paint;
    switch (event.status) {
      case "done":
        return this.#line(text, bold);
      case "failed":
        this.#line(`${text}; what is done is kept, go on with`, red);
        return this.#line(`  ${this.#resume()}`);
      case "stopped":
        this.#line(`${text}; go on with`, bold);
        return this.#line(`  ${this.#resume()}`);
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
      this.#line(`${step} failed${blocked.length === 0 ? "" : `; not reached: ${listed}`}`);
    }
  }

  #progressText(event: Extract<Event, { kind: "step-progress" }>): string {
    const left = this.#secondsLeft();
    return [eventText(event)!, ...left === undefined ? [] : [`${formatSeconds(left)} left`]]
      .join(" · ");
  }

  /** Seconds that the run still takes: what runs by how far it is, the rest by what its stages took before. */
  #secondsLeft(): number | undefined {
    const { running, steps, waiting } = this.#state, now = performance.now();
    let seconds = 0;
    const unknown: string[] = [];
    for (const one of running) {
      const left = secondsLeft(one, now);
      if (left !== undefined) seconds += left;
      else unknown.push(steps.find(({ id }) => id === one.step)?.stage ?? "");
    }
    const others = this.#durations.estimate([...unknown, ...waiting]);
    return others === undefined ? undefined : seconds + others;
  }

  /** Without a terminal a line now and then, so that a log shows that a long step is alive. */
  #plainProgress(text: string): void {
    const time = performance.now();
    if (this.#terminal.isTerminal || time - this.#lastDraw < PLAIN_PROGRESS_EVERY) return;
    this.#lastDraw = time;
    this.#line(`[${this.#state.ended}/${this.#state.steps.length}] ${text}`);
  }

  /** Draws the view, ten times a second at most unless it must be seen. */
  #draw(now: boolean): void {
    if (this.#isOver) return this.#screen.draw([]);
    const time = performance.now();
    if (!now && this.#screen.isDrawn && time - this.#lastDraw < FRAME) return;
    this.#lastDraw = time;
    const left = this.#secondsLeft(), { columns } = this.#screen;
    this.#screen.draw(viewLines(this.#state, time, left, columns, this.#paint));
  }

  /** @param paint marks it on a terminal with colours */
  #line(text: string, paint: (text: string) => string = (text) => text): void {
    this.#screen.tell(paint(safeText(text)));
  }
}
