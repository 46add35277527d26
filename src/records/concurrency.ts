/** How many steps run at a time, and how long what is left takes then. @module */

/** Counts what runs, moment by moment. */
export class Concurrency {
  #running = 0;
  /** Milliseconds that steps ran, added up; and those in which any did. */
  #busy = 0;
  #time = 0;
  #since = 0;

  /** That of steps that ran from a moment to another, in milliseconds. */
  static of(spans: readonly (readonly [number, number])[]): Concurrency {
    const counted = new Concurrency();
    const moments = spans.flatMap(([from, to]) => [[from, 1], [Math.max(from, to), -1]] as const)
      .toSorted(([a, by], [b, other]) => a - b || by - other);
    for (const [now, by] of moments) counted.change(by, now);
    return counted;
  }

  /** Takes that a step begins, or ends. @param now milliseconds */
  change(by: 1 | -1, now: number): void {
    this.#pass(now);
    this.#running += by;
  }

  /** How many ran at a time on average, in the time in which any did; 1 where none has. @param now milliseconds */
  mean(now: number): number {
    this.#pass(now);
    return this.#time > 0 ? Math.max(1, this.#busy / this.#time) : Math.max(1, this.#running);
  }

  #pass(now: number): void {
    const passed = Math.max(0, now - this.#since);
    this.#since = Math.max(now, this.#since);
    if (this.#running <= 0) return;
    this.#busy += this.#running * passed;
    this.#time += passed;
  }
}

/**
 * Seconds until all is done.
 *
 * @param running seconds that each step still takes that runs
 * @param others seconds that the others take, added up
 * @param mean how many of these run at a time
 */
export function secondsSideBySide(
  running: readonly number[],
  others: number,
  mean: number,
): number {
  const sum = running.reduce((a, b) => a + b, 0);
  const free = sum / Math.max(1, running.length);
  return Math.max(0, ...running, free + others / mean);
}
