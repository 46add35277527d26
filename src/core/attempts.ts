/** Attempts at a step: again after a failure, where the pipeline says so, and ended when they take too long. @module */
import { type Allowance, pauseAfter } from "./allowance.ts";
import { DiagnosticError, type Location } from "./diagnostic.ts";
import type { RunOptions } from "./run_options.ts";
import { InputDamage } from "./execute.ts";
import { diskTrouble } from "./os_error.ts";
import { wait } from "./pause.ts";
import { told } from "./told.ts";

/** A step that is tried. */
export interface Tried {
  readonly id: string;
  readonly allowance: Allowance;
  /** Where it stands in the file. */
  readonly location: Location;
}

/**
 * Tries a step until it succeeds, or there are no more attempts.
 *
 * @param options `signal` ends the run, and with it the attempts
 * @param count takes the number of each attempt before it, counted from 1
 * @param work an attempt, which ends soon after its signal
 */
export async function attempt<T>(
  { id, allowance, location }: Tried,
  { signal: stop, listen, wait: rest = wait }: Pick<
    RunOptions<unknown>,
    "signal" | "listen" | "wait"
  >,
  count: (attempt: number) => void,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (let attempt = 1;; attempt++) {
    count(attempt);
    using limit = new TimeLimit(stop, allowance.limit?.seconds);
    try {
      const made = await work(limit.signal);
      if (limit.seconds > (allowance.limit?.seconds ?? Infinity)) {
        const { seconds } = limit, took = seconds.toFixed(seconds < 10 ? 2 : 0);
        const message = `${id} took ${took} s, more than its time limit of ` +
          `${allowance.limit!.text}: its stage went on to its end, and its result is kept`;
        listen({ kind: "warning", message });
      }
      return made;
    } catch (error) {
      if (stop.aborted || error instanceof InputDamage) throw error;
      const failure = limit.isOver ? tooLong(allowance, location) : error;
      if (attempt > allowance.retries || isMistake(error)) throw failure;
      const pause = pauseAfter(attempt, allowance);
      listen({ kind: "step-failed", step: id, ...told(failure), attempt, again: true, pause });
      await rest(1000 * pause, stop);
      stop.throwIfAborted();
    }
  }
}

/** Whether an error is the user's to mend, and not another attempt's: what a disk lacks may be there then. */
export function isMistake(error: unknown): boolean {
  return error instanceof DiagnosticError && diskTrouble(error.cause) === undefined;
}

function tooLong({ limit }: Allowance, location: Location): DiagnosticError {
  const message = `it took longer than its time limit of ${limit!.text}`;
  return new DiagnosticError([{ message, hint: "give it more time, or less to do", location }]);
}

/** The signal of an attempt: that of the run, and a clock's. */
class TimeLimit implements Disposable {
  readonly signal: AbortSignal;
  readonly #started = performance.now();
  readonly #clock = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stop: AbortSignal, seconds: number | undefined) {
    this.signal = seconds === undefined ? stop : AbortSignal.any([stop, this.#clock.signal]);
    if (seconds === undefined) return;
    const end = new DOMException("the step's time limit is over", "TimeoutError");
    this.#timer = setTimeout(() => this.#clock.abort(end), 1000 * seconds);
  }

  /** Whether the attempt was told to end. */
  get isOver(): boolean {
    return this.#clock.signal.aborted;
  }

  /** How long the attempt has taken. */
  get seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
