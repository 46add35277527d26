import { needsOf } from "./needs.ts";
import type { PlannedStep } from "./planned.ts";

/** Which steps of a plan wait for which. Steps are told by their place in the plan. */
export class Dependencies {
  readonly #needs: readonly (readonly number[])[];
  readonly #dependents: readonly number[][];
  /** Needs that have not been settled. */
  readonly #open: number[];
  /** Dependents that have not been settled. */
  readonly #users: number[];

  /** Needs that are no steps of the plan count as settled. */
  constructor(steps: readonly PlannedStep<never>[]) {
    const places = new Map(steps.map(({ id }, place) => [id, place]));
    this.#needs = steps.map((step) => [...needsOf(step)].flatMap((id) => places.get(id) ?? []));
    this.#dependents = steps.map(() => []);
    for (const [place, needs] of this.#needs.entries()) {
      for (const need of needs) this.#dependents[need]!.push(place);
    }
    this.#open = this.#needs.map((needs) => needs.length);
    this.#users = this.#dependents.map((dependents) => dependents.length);
  }

  /** The steps that wait for none. */
  get first(): number[] {
    return this.#open.flatMap((open, place) => open === 0 ? [place] : []);
  }

  /**
   * Takes that a step has come to its end, however it ended.
   *
   * @returns the steps that wait for none now, and those that no step waits for any more
   */
  settle(place: number): { readonly ready: number[]; readonly unused: number[] } {
    const ready = this.#dependents[place]!.filter((one) => --this.#open[one]! === 0);
    const unused = this.#needs[place]!.filter((one) => --this.#users[one]! === 0);
    if (this.#users[place] === 0) unused.push(place);
    return { ready, unused };
  }
}
