import type { Diagnostic, Location } from "./diagnostic.ts";

/** Mistakes that are kept: a plan of 30,000 wrong steps is known to be wrong after fewer. */
const MAX_KEPT = 1000;

/** Collects mistakes. Iterations of a loop and runs of a matrix repeat those of the step: each is kept once. */
export class Mistakes {
  readonly #found: Diagnostic[] = [];
  readonly #seen = new Set<string>();
  #told = 0;
  readonly #tellAbsent: ((diagnostic: Diagnostic) => void) | undefined;

  /** @param tellAbsent takes files that are not there, which are mistakes unless it is given */
  constructor(tellAbsent?: (diagnostic: Diagnostic) => void) {
    this.#tellAbsent = tellAbsent;
  }

  /** What was found, in order. */
  get all(): readonly Diagnostic[] {
    return this.#found;
  }

  /** How many were told so far, those of later iterations too, which are not kept. */
  get told(): number {
    return this.#told;
  }

  /** Whether so many were found that looking for more is pointless. */
  get full(): boolean {
    return this.#found.length >= MAX_KEPT;
  }

  /** Keeps a mistake that was not told before. */
  add(diagnostic: Diagnostic): void {
    this.#told++;
    if (!this.full && this.#isNew(diagnostic)) this.#found.push(diagnostic);
  }

  /** Tells a file that is not there: a mistake, unless a plan is only looked at. */
  tellAbsent(message: string, location: Location, hint: string): void {
    const diagnostic = { message, location, hint };
    if (this.#tellAbsent === undefined) this.add(diagnostic);
    else if (this.#isNew(diagnostic)) this.#tellAbsent(diagnostic);
  }

  #isNew({ message, location }: Diagnostic): boolean {
    const key = `${location?.source.file} ${location?.span.start} ${
      message.replaceAll(/\[\d+\]/g, "[]")
    }`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }

  /** Keeps a mistake of a pipeline: all of these have a place and say what to write instead. */
  tell(message: string, location: Location, hint: string): void {
    this.add({ message, location, hint });
  }
}
