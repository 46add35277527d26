/** How fast a service is asked. @module */

/** A timer's longest time: one beyond goes off at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Waits, at most as long as a timer can. @throws what the signal says when it is aborted */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => reject(signal.reason);
  const timer = setTimeout(resolve, Math.min(milliseconds, LONGEST_TIMER_MS));
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  });
}

/** Limits how many requests are under way, and how many begin in a minute. */
export class Pace {
  readonly #atOnce: number;
  /** Milliseconds from one to the next. */
  readonly #interval: number;
  #running = 0;
  #next = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param perMinute no limit unless given */
  constructor(atOnce: number, perMinute?: number) {
    this.#atOnce = atOnce;
    this.#interval = perMinute === undefined ? 0 : 60_000 / perMinute;
  }

  /** Lets nothing begin for so long. */
  pause(milliseconds: number): void {
    this.#next = Math.max(this.#next, performance.now() + milliseconds);
  }

  /** Does something as soon as it may begin. @throws what the signal says when it is aborted before */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      await this.#turn(signal);
      return await work();
    } finally {
      // Whoever waits longest takes the place.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (let now = performance.now(); now < this.#next; now = performance.now()) {
      await sleep(this.#next - now, signal);
    }
    this.#next = performance.now() + this.#interval;
  }
}
