/** A run on a terminal, drawn while it runs. @module */
import colors from "picocolors";
import type { Event, Plan } from "../../core/mod.ts";
import type { Durations } from "../../records/mod.ts";
import { eventText } from "../event_text.ts";
import { formatSeconds } from "../format.ts";
import { OutputError, type Terminal } from "../output.ts";
import { safeText } from "../safe_text.ts";
import { CLOCK, type Clock } from "./clock.ts";
import { RunState } from "./run_state.ts";
import { Screen } from "./screen.ts";
import { runSecondsLeft } from "./time_left.ts";
import { byStage, type Paint, viewLines } from "./view.ts";

/** Milliseconds between lines about what runs on, where there is no terminal. */
const PLAIN_PROGRESS_EVERY = 30_000;

/** Milliseconds between two frames, at least; and at most, whether something happens or not. */
const FRAME = 100, TICK = 1000;

/**
 * The view of a run, or of one after the other, and what is told above it. Without a terminal, a line now and then, so that a
 * log shows that a long step is alive.
 */
export class LiveView implements Disposable {
  /** Colours, where they are wanted. */
  readonly paint: Paint;
  readonly #terminal: Terminal;
  readonly #durations: Durations;
  readonly #clock: Clock;
  readonly #screen: Screen;
  #state: RunState | undefined;
  #title: string | undefined;
  #lastDraw = 0;
  #timers: DisposableStack | undefined;

  constructor(terminal: Terminal, durations: Durations, clock: Clock = CLOCK) {
    this.#terminal = terminal;
    this.#durations = durations;
    this.#clock = clock;
    this.#screen = new Screen(terminal);
    this.paint = colors.createColors(terminal.hasColors);
  }

  /** Begins with a run. @param title what it is part of */
  begin(plan: Plan<unknown>, title?: string): void {
    this.end();
    this.#lastDraw = this.#clock.now();
    this.#state = new RunState(plan, this.#lastDraw);
    this.#title = title;
    if (!this.#terminal.isTerminal) return;
    const timers = new DisposableStack(), draw = () => this.#drawUnasked();
    timers.use(this.#clock.every(TICK, draw));
    timers.use(this.#terminal.onResize(draw));
    this.#timers = timers;
  }

  /** Takes an event of the run, and draws what is known then. @param tell writes what is told of the event */
  take(event: Event, tell: () => void = () => {}): void {
    const state = this.#state;
    state?.take(event, this.#clock.now());
    if (event.kind === "step-finished" && !event.cached) {
      this.#durations.add(event.stage, event.seconds);
    }
    if (event.kind === "run-finished") this.end();
    this.#plainProgress(event);
    tell();
    const now = this.#clock.now(), isDue = now - this.#lastDraw >= FRAME;
    if (event.kind === "step-started" || !this.#screen.isDrawn || isDue) this.#draw(now);
  }

  /** Writes a text that stays, with nothing in it that moves the cursor. @param paint marks it where there are colours */
  tell(text: string, paint: (text: string) => string = (text) => text): void {
    this.#screen.tell(paint(safeText(text)));
  }

  /** `3/12` of the steps. */
  get progress(): string {
    return this.#state === undefined ? "" : `${this.#state.ended}/${this.#state.steps.length}`;
  }

  /** Seconds that the run still takes, where that is known and something is left. */
  get secondsLeft(): number | undefined {
    const state = this.#state;
    if (state === undefined || state.ended >= state.steps.length) return undefined;
    return runSecondsLeft(state, this.#durations, this.#clock.now());
  }

  /** Removes what is drawn; nothing is drawn after it. */
  end(): void {
    this.#timers?.dispose();
    this.#timers = undefined;
    this.#screen.draw([]);
  }

  /** Where the output is lost, whoever takes events is told. */
  [Symbol.dispose](): void {
    this.#unlessLost(() => this.end());
  }

  #plainProgress(event: Event): void {
    const now = this.#clock.now();
    if (this.#terminal.isTerminal || now - this.#lastDraw < PLAIN_PROGRESS_EVERY) return;
    const isTold = event.kind === "step-started" || event.kind === "step-progress" ||
      event.kind === "step-finished" && event.cached;
    if (!isTold) return;
    this.#lastDraw = now;
    const running = this.#state?.running ?? [];
    // Of several steps that run, the one that told just now says nothing of the others.
    const text = running.length > 1
      ? `${running.length} steps run: ${byStage(running)}`
      : eventText(event)!;
    const isFar = running.length > 1 || event.kind === "step-progress";
    const left = isFar ? this.secondsLeft : undefined;
    const parts = [text, ...left === undefined ? [] : [`${formatSeconds(left)} left`]];
    this.tell(`[${this.progress}] ${parts.join(" · ")}`);
  }

  #drawUnasked(): void {
    this.#unlessLost(() => this.#draw(this.#clock.now()));
  }

  #draw(now: number): void {
    const state = this.#state;
    if (this.#timers === undefined || state === undefined) return;
    this.#lastDraw = now;
    const { columns, lines } = this.#screen, title = this.#title;
    const left = this.secondsLeft;
    this.#screen.draw(viewLines(state, { now, left, columns, lines, title }, this.paint));
  }

  /** Draws; an output that is lost ends the view, and the next event tells of it. */
  #unlessLost(draw: () => void): void {
    try {
      draw();
    } catch (error) {
      if (!(error instanceof OutputError)) throw error;
      this.#timers?.dispose();
      this.#timers = undefined;
    }
  }
}
