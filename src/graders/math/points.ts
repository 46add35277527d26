/** Where expressions with names are compared: places that are always the same. @module */
import { createHash } from "node:crypto";

/** Numbers for the names of an expression. */
export interface Place {
  /** The number for a name; for an unknown function of known numbers too. */
  at(name: string): number;
  /** Whether some names are negative. */
  readonly negative: boolean;
}

/** Places where all names are positive. */
const POSITIVE = 8;
/** Of so many names each is negative alone once. */
const MOST_SIGNS = 8;

/**
 * Places for the names of two expressions: positive ones, then some where names are negative, alone, all but one, and all.
 *
 * @param whole names that stand for integers, which have positive places alone
 */
export function* placesFor(
  names: readonly string[],
  whole: ReadonlySet<string> = new Set(),
): Generator<Place> {
  for (let place = 0; place < (whole.size > 0 ? 2 : 1) * POSITIVE; place++) {
    const at = (name: string) =>
      whole.has(name) ? wholePoint(name, place) : positivePoint(name, place);
    yield { at, negative: false };
  }
  if (whole.size > 0) return;
  for (const [i, minus] of signsOf(names.toSorted()).entries()) {
    const at = (name: string) => (minus.has(name) ? -1 : 1) * positivePoint(name, POSITIVE + i);
    yield { at, negative: true };
  }
}

/** Sets of names that are negative at the same time. */
function* negatives(names: readonly string[]): Generator<ReadonlySet<string>> {
  if (names.length === 0) return;
  yield new Set(names);
  yield new Set(names); // elsewhere
  if (names.length === 1) return;
  for (const name of names.slice(0, MOST_SIGNS)) {
    yield new Set([name]);
    if (names.length > 2) yield new Set(names.filter((other) => other !== name));
  }
}

const signsOf = (names: readonly string[]) => [...negatives(names)];

/** Between 1/2 and 5/2. */
function positivePoint(name: string, place: number): number {
  return 0.5 + 2 * (hash(name, place) / 2 ** 32);
}

function wholePoint(name: string, place: number): number {
  return 2 + hash(name, place) % 11;
}

const HASHES = new Map<string, number>(), MOST_HASHES = 10_000;

function hash(name: string, place: number): number {
  const key = `${place} ${name}`;
  let found = HASHES.get(key);
  if (found === undefined) {
    if (HASHES.size >= MOST_HASHES) HASHES.clear();
    found = createHash("sha256").update(key).digest().readUInt32LE(0);
    HASHES.set(key, found);
  }
  return found;
}
