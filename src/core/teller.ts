import type { Given } from "./diagnostic.ts";
import type { Mistakes } from "./mistakes.ts";
import { WRONG } from "./scope.ts";

/** Where a reference stands, found only when there is a mistake to tell. */
export type Place = () => Given;

/** Tells what is wrong with references. */
export class Teller {
  readonly #mistakes: Mistakes;

  constructor(mistakes: Mistakes) {
    this.#mistakes = mistakes;
  }

  /** Tells a mistake. @returns what a reference with one stands for */
  tell(message: string, place: Place, hint: string): typeof WRONG {
    if (!this.#mistakes.full) this.#mistakes.tell(message, place(), hint);
    return WRONG;
  }
}
