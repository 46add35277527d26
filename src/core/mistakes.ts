import type { Diagnostic, Given, Location } from "./diagnostic.ts";
import { Override, type Source } from "./source.ts";

/** Mistakes that are kept: a plan of 30,000 wrong steps is known to be wrong after fewer. */
const MAX_KEPT = 1000;
/** Places that a value of an override is used at, as far as they are told. */
const MAX_USES = 3;

/** Collects mistakes. Iterations of a loop and runs of a matrix repeat those of the step: each is kept once. */
export class Mistakes {
  readonly #found: Diagnostic[] = [];
  readonly #seen = new Map<Source | undefined, Set<string>>();
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

  /** Keeps a mistake that was not told before. What is wrong with one override is one mistake, wherever it is used. */
  add(diagnostic: Diagnostic): void {
    this.#told++;
    if (this.full || !this.#isNew(diagnostic)) return;
    const same = this.#found.findIndex((one) => isOfOneOverride(one, diagnostic));
    if (same < 0) this.#found.push(diagnostic);
    else this.#found[same] = withUse(this.#found[same]!, diagnostic);
  }

  /** Tells a file that is not there: a mistake, unless a plan is only looked at. */
  tellAbsent(diagnostic: Diagnostic): void {
    if (this.#tellAbsent === undefined) this.add(diagnostic);
    else if (this.#isNew(diagnostic)) this.#tellAbsent(diagnostic);
  }

  #isNew({ message, location, related: [use] = [] }: Diagnostic): boolean {
    const used = location?.source instanceof Override ? use?.location : undefined;
    const key = [location?.span.start, used?.source.file, used?.span.start].join(" ") +
      message.replaceAll(/\[\d+\]/g, "[]");
    const seen = this.#seen.get(location?.source) ?? new Set();
    this.#seen.set(location?.source, seen);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  }

  /** Keeps a mistake of a pipeline: all of these have a place and say what to write instead. */
  tell(message: string, place: Location | Given, hint: string): void {
    this.add({ message, ...("source" in place ? { location: place } : place), hint });
  }
}

function isOfOneOverride({ location: a }: Diagnostic, { location: b }: Diagnostic): boolean {
  return a !== undefined && a.source instanceof Override && a.source === b?.source &&
    a.span.start === b.span.start;
}

/** What is wrong with an override, with one more place that it is wrong at. */
function withUse(told: Diagnostic, { message, related = [] }: Diagnostic): Diagnostic {
  const { related: uses = [] } = told;
  if (uses.length >= MAX_USES) return told;
  const more = related.map((use) => message === told.message ? use : { ...use, message });
  return { ...told, related: [...uses, ...more] };
}
