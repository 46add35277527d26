import type { Action } from "./action.ts";
import type { Store } from "./store.ts";

/** Results of a run by step id. Those that are in use are in memory; the others are read from the store when asked for. */
export class Results implements ReadonlyMap<string, Action> {
  readonly #store: Store;
  readonly #steps: readonly { readonly id: string }[];
  readonly #keys = new Map<string, string>();
  readonly #used = new Map<string, Action>();

  /** @param steps of the run: results are in their order, whichever came first */
  constructor(store: Store, steps: readonly { readonly id: string }[]) {
    this.#store = store;
    this.#steps = steps;
  }

  get size(): number {
    return this.#keys.size;
  }

  /** Takes a result. */
  set(step: string, action: Action): void {
    this.#keys.set(step, action.key);
    this.#used.set(step, action);
  }

  /** Lets a result be read from the store from now on. */
  release(step: string): void {
    this.#used.delete(step);
  }

  has(step: string): boolean {
    return this.#keys.has(step);
  }

  get(step: string): Action | undefined {
    const key = this.#keys.get(step);
    return this.#used.get(step) ?? (key === undefined ? undefined : this.#store.readAction(key));
  }

  *keys(): MapIterator<string> {
    for (const { id } of this.#steps) if (this.#keys.has(id)) yield id;
  }

  *values(): MapIterator<Action> {
    for (const [, action] of this) yield action;
  }

  *entries(): MapIterator<[string, Action]> {
    for (const step of this.keys()) {
      const action = this.get(step);
      if (action !== undefined) yield [step, action];
    }
  }

  [Symbol.iterator](): MapIterator<[string, Action]> {
    return this.entries();
  }

  forEach(take: (action: Action, step: string, all: ReadonlyMap<string, Action>) => void): void {
    for (const [step, action] of this) take(action, step, this);
  }
}
