/** Faces of a run: what people and programs see of its events. @module */
import type { Event, Json, Listener, Plan } from "../core/mod.ts";
import { eventText } from "./event_text.ts";
import { formatMetrics, formatSeconds } from "./format.ts";
import type { Durations } from "../records/mod.ts";
import type { Terminal } from "./output.ts";

/** Events as NDJSON. */
export function jsonReporter(terminal: Terminal): Listener {
  return (event) => terminal.write(JSON.stringify(event) + "\n");
}

/** A line for each step, and on a terminal a last line that tells how far the current one is. */
export function textReporter(
  terminal: Terminal,
  plan: Plan<unknown>,
  durations: Durations,
  resume: string,
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

/** Steps that a line lists. */
const MAX_LISTED = 6;

class TextReporter {
  readonly #terminal: Terminal;
  readonly #durations: Durations;
  readonly #resume: string;
  readonly #options: TextOptions;
  #order: readonly { readonly id: string; readonly stage: string }[];
  #done = 0;
  #started = 0;
  #lastDraw = performance.now();
  #live = false;
  #reports: string[] = [];
  /** Steps that were not run, by the failed step because of which. */
  readonly #blocked = new Map<string, string[]>();

  constructor(
    terminal: Terminal,
    plan: Plan<unknown>,
    durations: Durations,
    resume: string,
    options: TextOptions,
  ) {
    this.#options = options;
    this.#terminal = terminal;
    this.#durations = durations;
    this.#resume = resume;
    this.#order = plan.steps.map(({ id, stage }) => ({ id, stage: stage.name }));
  }

  readonly listen = (event: Event): void => {
    switch (event.kind) {
      case "step-started":
        this.#started = performance.now();
        return this.#draw(`${event.step}`, true);
      case "step-progress":
        return this.#draw(this.#progressText(event), event.done === event.total);
      case "step-finished":
        return this.#finished(event);
      case "step-failed":
        return this.#failed(event);
      case "step-blocked":
        this.#blocked.set(event.failed, [...this.#blocked.get(event.failed) ?? [], event.step]);
        return;
      case "loop-ended":
        return this.#loopEnded(event);
      case "run-finished":
        return this.#summary(event);
      default: {
        const text = eventText(event);
        if (text !== undefined) this.#line(text);
      }
    }
  };

  #loopEnded(event: Extract<Event, { kind: "loop-ended" }>): void {
    const { loop, iterations, times } = event;
    const left = Array.from(
      { length: times - iterations },
      (_, i) => `${loop}[${iterations + i}].`,
    );
    const isLeft = (id: string) => left.some((prefix) => id.startsWith(prefix));
    this.#order = this.#order.filter(({ id }) => !isLeft(id));
    this.#line(eventText(event)!);
  }

  #failed(event: Extract<Event, { kind: "step-failed" }>): void {
    this.#line(eventText(event)!);
    const { step, stack, again } = event;
    if (!again && !this.#blocked.has(step)) this.#blocked.set(step, []);
    const { verbose } = this.#options, log = this.#options.log?.();
    if (stack === undefined) return;
    if (verbose === true) this.#line(stack);
    else if (log !== undefined) this.#line(`  where in the program is told in ${log}`);
  }

  #finished(event: Extract<Event, { kind: "step-finished" }>): void {
    this.#done++;
    const metrics: Record<string, Json> = {};
    for (const [name, value] of Object.entries(event.metrics)) {
      // A text of lines is no number to stand in a line: it is shown at the end.
      if (typeof value === "string" && value.includes("\n")) this.#reports.push(value);
      else metrics[name] = value;
    }
    if (event.cached) {
      return this.#draw(`${event.step} is cached`, false);
    }
    this.#durations.add(event.stage, event.seconds);
    const parts = [
      `[${this.#done}/${this.#order.length}]`,
      event.step,
      formatSeconds(event.seconds),
      formatMetrics(metrics),
    ];
    const left = this.#timeLeft();
    if (left !== undefined && this.#done < this.#order.length) parts.push(`(${left} left)`);
    this.#line(parts.filter((part) => part !== "").join("  "));
  }

  #summary(event: Extract<Event, { kind: "run-finished" }>): void {
    for (const report of this.#reports) this.#line(`\n${report}\n`);
    if (this.#blocked.size > 1 || (event.blocked ?? 0) > 0) this.#listFailures();
    const text = eventText(event)!;
    switch (event.status) {
      case "done":
        return this.#line(text);
      case "failed":
        return this.#line(`${text}; what is done is kept, go on with\n  ${this.#resume}`);
      case "stopped":
        return this.#line(`${text}; go on with\n  ${this.#resume}`);
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
    const seconds = (performance.now() - this.#started) / 1000;
    const parts = [eventText(event)!];
    const left = this.#timeLeft(
      event.done > 0 ? seconds * (event.total / event.done - 1) : undefined,
    );
    if (left !== undefined) parts.push(`${left} left`);
    return parts.join(" · ");
  }

  /** @param current seconds left of the step that is running, where its progress tells them */
  #timeLeft(current?: number): string | undefined {
    const from = this.#done + (current === undefined ? 0 : 1);
    const stages = this.#order.slice(from).map(({ stage }) => stage);
    const seconds = this.#durations.estimate(stages);
    return seconds === undefined ? undefined : formatSeconds(seconds + (current ?? 0));
  }

  /**
   * Redraws the live line, at most ten times a second unless it must be seen; without a terminal, writes a
   * line now and then, so that a log shows that a long step is alive.
   */
  #draw(text: string, now: boolean): void {
    const time = performance.now();
    if (!this.#terminal.isTerminal) {
      if (time - this.#lastDraw < PLAIN_PROGRESS_EVERY) return;
      this.#lastDraw = time;
      return this.#line(`[${this.#done}/${this.#order.length}] ${text}`);
    }
    if (!now && time - this.#lastDraw < 100) return;
    this.#lastDraw = time;
    const line = `[${this.#done}/${this.#order.length}] ${text}`.slice(
      0,
      this.#terminal.columns - 1,
    );
    this.#terminal.write(`\r\x1b[2K${line}`);
    this.#live = true;
  }

  #line(text: string): void {
    this.#terminal.write(`${this.#live ? "\r\x1b[2K" : ""}${text}\n`);
    this.#live = false;
  }
}
