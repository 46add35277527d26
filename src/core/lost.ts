import type { Ends } from "./ends.ts";
import type { EndingLoop, PlannedStep } from "./planned.ts";
import { readyStep } from "./ready.ts";

/** Steps that will have no result in this run: they failed, or need one that did. */
export class Lost {
  readonly #causes = new Map<string, string>();
  readonly #ends: Ends;

  /** @param ends of the run */
  constructor(ends: Ends) {
    this.#ends = ends;
  }

  /** Takes a step. @param cause the one that failed; itself, or one that it needs */
  add(step: string, cause: string = step): void {
    this.#causes.set(step, cause);
  }

  /** The failed step because of which a step cannot run; undefined while it may. */
  causeFor<S>(step: PlannedStep<S>): string | undefined {
    if (this.#causes.size === 0) return undefined;
    for (const guard of step.when) {
      if (this.#ends.reaches([guard]) === "unknown") {
        const cause = this.#causeOf(guard.loop);
        if (cause !== undefined) return cause;
      }
    }
    const ready = readyStep(step, this.#ends);
    for (const { sources } of Object.values(ready?.inputs ?? {})) {
      for (const source of sources) {
        const cause = this.#causes.get(source.step);
        if (cause !== undefined) return cause;
      }
    }
    if (ready !== undefined) return undefined;
    for (const { sources } of Object.values(step.inputs)) {
      const loop = this.#ends.waitsFor(sources);
      const cause = loop && this.#causeOf(loop);
      if (cause !== undefined) return cause;
    }
    return undefined;
  }

  /** The failed step because of which nobody will know when a loop ends. */
  #causeOf(loop: EndingLoop): string | undefined {
    const end = this.#ends.of(loop);
    return end.kind === "known" ? undefined : this.#causes.get(loop.deciders[end.reached]!);
  }
}
