/** Times that can be told from noise. @module */

/** What was measured. */
export interface Steady {
  /** The least, in seconds. */
  readonly best: number;
  /** How much longer the third best took, relative to the best. */
  readonly spread: number;
  readonly repeats: number;
}

/** Spread up to which times count as steady. */
const MOST_SPREAD = 0.05;

/**
 * Repeats work until its three best times lie within 5 % of each other; one before them warms up.
 *
 * @param most repeats, and seconds, after which it is given up
 */
export async function steady(
  work: () => Promise<unknown>,
  most: { readonly repeats: number; readonly seconds: number } = { repeats: 60, seconds: 20 },
): Promise<Steady> {
  await work();
  const times: number[] = [], began = performance.now();
  for (;;) {
    const started = performance.now();
    await work();
    times.push((performance.now() - started) / 1000);
    times.sort((a, b) => a - b);
    const [best, , third = Infinity] = times, spread = third / best! - 1;
    const isOver = times.length >= most.repeats ||
      performance.now() - began > 1000 * most.seconds;
    if (times.length >= 5 && (spread < MOST_SPREAD || isOver)) {
      return { best: best!, spread, repeats: times.length };
    }
  }
}

/** Nothing where times are steady, else by how much they are not. */
export function unsteady({ spread }: Steady): string {
  return spread < MOST_SPREAD ? "" : ` (± ${(100 * spread).toFixed(0)} %)`;
}
