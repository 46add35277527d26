/** Lists that go together by their order: whether the items of one were made from those of the other in turn. @module */
import { isChoice, possibleOutputs } from "./choice.ts";
import type { Mistakes } from "./mistakes.ts";
import type { OutputRef, PlannedStep } from "./planned.ts";

/**
 * Tells of lists whose items stand in another order than what they were made from: the stage would take one for another
 * without a word. Where an item comes from several, or from none, nothing is known, and nothing told.
 */
export function checkLineage<S>(steps: readonly PlannedStep<S>[], mistakes: Mistakes): void {
  const places = new Map(steps.map(({ id }, i) => [id, i]));
  for (const step of steps) {
    for (const [port, followed] of Object.entries(step.stage.follows ?? {})) {
      const sources = step.inputs[port]?.sources ?? [], origins = step.inputs[followed]?.sources;
      // What comes out of a loop that may end early has no order of its own to tell.
      if (origins === undefined || origins.length === 0 || origins.some(isChoice)) continue;
      const lineage = new Lineage(steps, places, possibleOutputs(origins));
      let last = 0, at = 0;
      for (const [i, source] of sources.entries()) {
        const found = lineage.originOf(possibleOutputs([source]));
        if (found === undefined) continue;
        if (found < last) {
          mistakes.tell(
            `${port}[${i}] of ${step.name} was made from ${followed}[${found}], and stands behind ` +
              `${port}[${at}], which was made from ${followed}[${last}]`,
            step.location,
            `in a matrix, write the axis that picks from ${followed} first`,
          );
          break;
        }
        [last, at] = [found, i];
      }
    }
  }
}

/** From which item of a list outputs were made. */
class Lineage<S> {
  readonly #steps: readonly PlannedStep<S>[];
  readonly #places: ReadonlyMap<string, number>;
  /** Places in the list, by output; of a list that one step gives, by that step's port. */
  readonly #origins: ReadonlyMap<string, number>;
  readonly #whole: string | undefined;
  /** No step before this one was made from any. */
  readonly #first: number;

  constructor(
    steps: readonly PlannedStep<S>[],
    places: ReadonlyMap<string, number>,
    origins: readonly OutputRef[],
  ) {
    this.#steps = steps;
    this.#places = places;
    const [only] = origins;
    if (origins.length === 1 && only!.index === undefined) this.#whole = nameOf(only!);
    this.#origins = new Map(origins.map((origin, i) => [nameOf(origin, origin.index), i]));
    this.#first = Math.min(...origins.map(({ step }) => places.get(step)!));
  }

  /** @returns nothing where there is not exactly one */
  originOf(outputs: readonly OutputRef[]): number | undefined {
    const found = new Set<number>(), seen = new Set<string>(), pending = [...outputs];
    for (let ref = pending.pop(); ref !== undefined; ref = pending.pop()) {
      const origin = this.#placeOf(ref);
      if (origin !== undefined) found.add(origin);
      else if (!seen.has(ref.step) && this.#places.get(ref.step)! > this.#first) {
        seen.add(ref.step);
        const { inputs } = this.#steps[this.#places.get(ref.step)!]!;
        pending.push(...Object.values(inputs).flatMap(({ sources }) => possibleOutputs(sources)));
      }
    }
    return found.size === 1 ? [...found][0] : undefined;
  }

  #placeOf(ref: OutputRef): number | undefined {
    return nameOf(ref) === this.#whole ? ref.index : this.#origins.get(nameOf(ref, ref.index));
  }
}

function nameOf({ step, port }: OutputRef, index?: number): string {
  return `${step}.${port}${index === undefined ? "" : `[${index}]`}`;
}
