import { counted } from "./counted.ts";
import { possibleOutputs } from "./choice.ts";
import type { Source } from "./planned.ts";
import type { Meaning, Outputs } from "./scope.ts";
import type { Made } from "./stage.ts";
import type { Place, Teller } from "./teller.ts";

/** Tells of outputs that will be empty, and of items that will not be there, as far as stages know (`made`). */
export class Expected {
  readonly #teller: Teller;
  /** By step and port. */
  readonly #made = new Map<string, Readonly<Record<string, Made>>>();
  /** Of sources that were looked at: what they exceed. */
  readonly #exceeded = new WeakMap<readonly Source[], Made | null>();

  constructor(teller: Teller) {
    this.#teller = teller;
  }

  /** Tells how many items the outputs of a step will have. */
  add(step: string, made: Readonly<Record<string, Made>> | undefined): void {
    if (made !== undefined) this.#made.set(step, made);
  }

  /** Passes on what a reference means, where it will be there. */
  check(meaning: Outputs, text: string, place: Place): Meaning {
    const { sources } = meaning;
    let exceeded = this.#exceeded.get(sources);
    if (exceeded === undefined) this.#exceeded.set(sources, exceeded = this.#exceededBy(sources));
    if (exceeded === null) return meaning;
    const { items, hint } = exceeded;
    const message = items === 0
      ? `${text} will be empty`
      : `${text}: there will be ${counted(items, "item")}, counted from 0`;
    return this.#teller.tell(message, place, hint);
  }

  #exceededBy(sources: readonly Source[]): Made | null {
    for (const { step, port, index = 0 } of possibleOutputs(sources)) {
      const made = this.#made.get(step)?.[port];
      if (made !== undefined && index >= made.items) return made;
    }
    return null;
  }
}
