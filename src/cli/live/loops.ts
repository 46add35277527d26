/** Where steps stand in loops, by their names: see `src/core/label.ts`. @module */
import { parseStepName } from "../../records/step_names.ts";

/** An iteration that a step is in. */
export interface Place {
  /** The loop, such as `meta` or `outer[2].inner@x=1`. */
  readonly loop: string;
  /** Its own name and values, such as `inner@x=1`. */
  readonly name: string;
  /** Counted from 0. */
  readonly index: number;
  /** The rest of the step's name, such as `students@dataset=1`. */
  readonly rest: string;
}

/** The iterations that a step is in, the outermost first; none outside of loops. */
export function placesOf(id: string): Place[] {
  let from = 0;
  return [...id.matchAll(/\[(\d+)\]\./g)].flatMap((match) => {
    const loop = id.slice(0, match.index), rest = id.slice(match.index + match[0].length);
    // Text of a value may look like an iteration: what stands before it is then no name.
    if (parseStepName(loop) === undefined) return [];
    const name = loop.slice(from);
    from = match.index + match[0].length;
    return [{ loop, name, index: Number(match[1]), rest }];
  });
}

/** How many iterations each loop has. */
export function timesOf(ids: Iterable<string>): Map<string, number> {
  const times = new Map<string, number>();
  for (const id of ids) {
    for (const { loop, index } of placesOf(id)) {
      times.set(loop, Math.max(index + 1, times.get(loop) ?? 0));
    }
  }
  return times;
}

/** Numbers by iteration of a loop. */
export interface Curve {
  readonly loop: string;
  /** In the order of the iterations. */
  readonly points: readonly number[];
  /** Iteration of the last point. */
  readonly last: number;
}

/** A number that steps in iterations give, in curves: one for each step of each loop. */
export class Curves {
  readonly #curves = new Map<string, Map<number, number>>();
  #latest: { readonly loop: string; readonly points: ReadonlyMap<number, number> } | undefined;

  /** Takes the number of a step; one that was made again stands in the place of the first. */
  add(step: string, value: number): void {
    const place = placesOf(step).at(-1);
    if (place === undefined) return;
    const { loop, index, rest } = place, key = `${loop}\n${rest}`;
    const points = this.#curves.get(key) ?? new Map<number, number>();
    this.#curves.set(key, points.set(index, value));
    this.#latest = { loop, points };
  }

  /** The one that has grown last. */
  get latest(): Curve | undefined {
    if (this.#latest === undefined) return undefined;
    const { loop, points } = this.#latest;
    const sorted = [...points].toSorted(([a], [b]) => a - b);
    return { loop, points: sorted.map(([, value]) => value), last: sorted.at(-1)![0] };
  }
}
