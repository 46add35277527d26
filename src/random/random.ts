/**
 * Counter-based random numbers: a number is a pure function of its key and counter, so that it does not
 * depend on batch slots, on the order of draws, or on what ran before a resume.
 *
 * @module
 */

const MULTIPLIER_0 = 0xD2511F53, MULTIPLIER_1 = 0xCD9E8D57;
const WEYL_0 = 0x9E3779B9, WEYL_1 = 0xBB67AE85;
const ROUNDS = 10;

/** Four 32-bit words. */
export type Words = readonly [number, number, number, number];

/** Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). */
export function philox(key: readonly [number, number], counter: Words): Words {
  let [x0, x1, x2, x3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, x0), low0 = Math.imul(MULTIPLIER_0, x0);
    const high1 = multiplyHigh(MULTIPLIER_1, x2), low1 = Math.imul(MULTIPLIER_1, x2);
    [x0, x1, x2, x3] = [high1 ^ x1 ^ k0, low1, high0 ^ x3 ^ k1, low0];
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0, x2 >>> 0, x3 >>> 0];
}

/** Upper 32 bits of an unsigned 32 × 32 bit product. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xFFFF, aHigh = a >>> 16, bLow = b & 0xFFFF, bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xFFFF);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) | 0;
}

/** A number in [0, 1) with 24 random bits: exact in float32. */
function toUniform(word: number): number {
  return (word >>> 8) / 0x1000000;
}

/** A key from labels, such as `("soar", 7, "students", 3)`. */
function keyOf(labels: readonly (string | number)[]): [number, number] {
  // FNV-1a over UTF-16 code units with a separator, once per word of the key.
  const text = labels.map((label) => `${typeof label}:${label}`).join("\u0000");
  return [fnv(text, 0x811C9DC5), fnv(text, 0x01000193)];
}

function fnv(text: string, basis: number): number {
  let hash = basis | 0;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash;
}

/** A keyed source of random numbers: {@linkcode Random.at} by counter, the others in sequence. */
export class Random {
  readonly #labels: readonly (string | number)[];
  readonly #key: readonly [number, number];
  #drawn = 0;

  /** A source for a purpose. @param labels what the numbers are for; equal labels give equal numbers */
  constructor(...labels: readonly (string | number)[]) {
    this.#labels = labels;
    this.#key = keyOf(labels);
  }

  /** An independent source whose labels are these and `labels`. */
  derive(...labels: readonly (string | number)[]): Random {
    return new Random(...this.#labels, ...labels);
  }

  /** The uniform number in [0, 1) at a counter, such as (step, prompt, sample, position). */
  at(a: number, b = 0, c = 0, d = 0): number {
    return toUniform(philox(this.#key, [a, b, c, d])[0]);
  }

  /** The next uniform number in [0, 1). */
  next(): number {
    // The last word marks sequential draws, so that they never meet numbers asked for by counter.
    return toUniform(philox(this.#key, [this.#drawn++, 0, 0, 0x5E9D1E55])[0]);
  }

  /** The next integer in [0, bound). */
  int(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** The next choice from a non-empty list. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("Cannot pick from an empty list");
    return items[this.int(items.length)]!;
  }

  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
    }
    return shuffled;
  }

  /** The next draw from the standard normal distribution (Box–Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }
}
