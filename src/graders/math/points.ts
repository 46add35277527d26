/** Where expressions with names are compared: places that are always the same. @module */
import { createHash } from "node:crypto";

/** Numbers for the names of an expression. */
export interface Place {
  /** The number for a name; for an unknown function of known numbers too. */
  at(name: string): number;
  /** Whether some names are negative. */
  readonly negative: boolean;
  /** How large names are: 1 where they are between 1/2 and 5/2. */
  readonly size: number;
}

/**
 * How large names are at the places where all are positive: some below 1, where arcsines have values, and some so large that
 * |x - 9| and 9 - x differ.
 */
const SIZES = [1, 0.3, 0.35, 1, 0.4, 6, 25, 120];
const POSITIVE = SIZES.length;
/** And where some are negative, in turn. */
const NEGATIVE_SIZES = [1, 30, 250, 2];
/** Of so many names each is negative alone, too. */
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
      whole.has(name)
        ? wholePoint(name, place)
        : SIZES[place % POSITIVE]! * positivePoint(name, place);
    yield { at, negative: false, size: SIZES[place % POSITIVE]! };
  }
  if (whole.size > 0) return;
  for (const [i, minus] of signsOf(names.toSorted()).entries()) {
    const size = NEGATIVE_SIZES[i % NEGATIVE_SIZES.length]!;
    const at = (name: string) =>
      (minus.has(name) ? -size : size) * positivePoint(name, POSITIVE + i);
    yield { at, negative: true, size };
  }
}

/** Sets of names that are negative at the same time. */
function* negatives(names: readonly string[]): Generator<ReadonlySet<string>> {
  if (names.length === 0) return;
  for (let i = 0; i < 3; i++) yield new Set(names);
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
