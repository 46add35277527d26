/** What steps, carried values and axes may be called. @module */
import { clip } from "./diagnostic.ts";
import type { Path } from "./document.ts";
import { NAME } from "./label.ts";
import type { Reader } from "./reader.ts";
import type { Scope } from "./scope.ts";

/** Checks names, telling what is wrong with them. */
export class Names {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** Checks the name of a step, or of what is carried. */
  check(name: string, what: string, path: Path): void {
    if (name === "prev") {
      const hint = "prev.name is what the iteration before yielded: use another name";
      this.#reader.tellKey(`prev is no name for ${what}`, path, hint);
    } else if (!NAME.test(name)) {
      const message = `${clip(name, 80)} is no name for ${what}`;
      this.#reader.tellKey(message, path, "use a-z, 0-9 and _");
    }
  }

  /** Whether no loop around has an axis of the same name: one would hide the other. */
  areNew(axes: Readonly<Record<string, unknown>>, scope: Scope, path: Path): boolean {
    const known = Object.keys(axes).filter((axis) => Object.hasOwn(scope.matrix, axis));
    for (const axis of known) {
      const message = `axis ${axis} is an axis of a loop around already`;
      this.#reader.tellKey(message, [...path, axis], "use another name");
    }
    return known.length === 0;
  }
}
