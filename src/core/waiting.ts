import TinyQueue from "tinyqueue";
import { plus, type Resources, shortOf } from "./resources.ts";

/** A step that waits for what it takes. */
export interface Waiting {
  /** The least goes first. */
  readonly rank: number;
  readonly takes: Resources;
}

/** Steps that wait for resources: of those that there is enough for, the first goes first. */
export class WaitingLine<W extends Waiting> {
  /** A queue for all that take the same. */
  readonly #queues = new Map<string, TinyQueue<W>>();
  #free: Resources;
  #size = 0;

  /** @param capacity all that there is */
  constructor(capacity: Resources) {
    this.#free = capacity;
  }

  /** What nobody has. */
  get free(): Resources {
    return this.#free;
  }

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** Lets one wait. */
  add(one: W): void {
    const kind = JSON.stringify(Object.entries(one.takes).toSorted());
    let queue = this.#queues.get(kind);
    if (queue === undefined) {
      this.#queues.set(kind, queue = new TinyQueue<W>([], (a, b) => a.rank - b.rank));
    }
    queue.push(one);
    this.#size++;
  }

  /** The first that there is enough for, which no longer waits. */
  next(): W | undefined {
    let first: TinyQueue<W> | undefined;
    for (const queue of this.#queues.values()) {
      const one = queue.peek();
      if (one === undefined || shortOf(one.takes, this.#free) !== undefined) continue;
      if (first === undefined || one.rank < first.peek()!.rank) first = queue;
    }
    if (first === undefined) return undefined;
    this.#size--;
    return first.pop();
  }

  /** Takes what one is granted. */
  take(granted: Resources): void {
    this.#free = plus(this.#free, granted, -1);
  }

  /** Gives it back. */
  give(granted: Resources): void {
    this.#free = plus(this.#free, granted);
  }
}
