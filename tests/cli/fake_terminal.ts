/** A terminal, and time, as tests have them. @module */
import type { Clock } from "../../src/cli/live/clock.ts";
import type { Terminal } from "../../src/cli/output.ts";
import { rowsOf } from "../../src/cli/live/width.ts";
import { screenOf } from "./screen.ts";

/** What a terminal is. */
export type TerminalFacts =
  & Pick<Terminal, "isTerminal" | "columns">
  & Partial<Pick<Terminal, "rows" | "reflows" | "hasColors">>;

/** A terminal that keeps what is written to it. */
export interface FakeTerminal extends Terminal {
  readonly text: string;
  readonly writes: number;
  /** How many are told when its size changes. */
  readonly followers: number;
  /** Changes its size; where it reflows, what it shows is broken anew first. */
  resize(columns: number, rows: number): void;
  /** What it shows, lines that it has broken as one. */
  screen(): string;
}

/** Makes one. */
export function fakeTerminal(facts: TerminalFacts): FakeTerminal {
  let { columns, rows = 24 } = facts, text = "", writes = 0;
  const { isTerminal, hasColors = false, reflows = true } = facts;
  const followers = new Set<() => void>();
  /** Rows that the lines above the cursor take more than lines, since it was made narrower. */
  let shown = [""];
  const show = (written: string) => {
    // The cursor goes up by rows, which are lines where none is broken.
    const up = written.split("\x1b[1A").length - 1;
    let left = up;
    if (reflows) {
      for (let at = shown.length - 2, gone = 0; gone < up; at--) {
        const taken = rowsOf(shown[at]!, columns);
        gone += taken;
        left -= taken - 1;
        if (gone > up) throw new RangeError(`the cursor went up into a line: ${shown[at]}`);
      }
    }
    const moved = written.split("\x1b[1A").slice(up - left).join("\x1b[1A");
    shown = screenOf(shown.join("\n") + moved).split("\n");
  };
  return {
    isTerminal,
    hasColors,
    reflows,
    get columns() {
      return columns;
    },
    get rows() {
      return rows;
    },
    get text() {
      return text;
    },
    get writes() {
      return writes;
    },
    get followers() {
      return followers.size;
    },
    write(written) {
      text += written;
      writes++;
      if (isTerminal) show(written);
    },
    onResize(call) {
      followers.add(call);
      return { [Symbol.dispose]: () => void followers.delete(call) };
    },
    resize(toColumns, toRows) {
      [columns, rows] = [toColumns, toRows];
      for (const call of followers) call();
    },
    screen: () => shown.join("\n"),
  };
}

/** Time that passes when a test says so. */
export function ticking(): Clock & { pass(milliseconds: number): void; readonly timers: number } {
  let now = 0;
  const timers = new Set<{ readonly every: number; next: number; readonly call: () => void }>();
  return {
    now: () => now,
    every(every, call) {
      const timer = { every, next: now + every, call };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    pass(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const [first] = [...timers].toSorted((a, b) => a.next - b.next);
        if (first === undefined || first.next > end) break;
        now = first.next;
        first.next += first.every;
        first.call();
      }
      now = end;
    },
    get timers() {
      return timers.size;
    },
  };
}
