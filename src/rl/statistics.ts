/**
 * Unbiased estimate of the probability that one of `k` samples is right (Chen et al. 2021, arXiv 2107.03374,
 * eq. 1): 1 - C(n-c, k) / C(n, k).
 *
 * @param n samples drawn
 * @param c samples that were right
 * @throws {RangeError} when fewer than k samples were drawn
 */
export function passAtK(n: number, c: number, k: number): number {
  if (k > n || c > n || c < 0) {
    throw new RangeError(`Cannot estimate pass@${k} from ${n} samples of which ${c} are right`);
  }
  if (n - c < k) return 1;
  let failure = 1;
  for (let i = n - c + 1; i <= n; i++) failure *= 1 - k / i;
  return 1 - failure;
}

/** Wilson's 95 % interval of a proportion of independent samples. */
export function wilsonInterval(successes: number, samples: number): [number, number] {
  if (samples === 0) return [0, 1];
  const z = 1.959964, p = successes / samples, z2 = z * z;
  const centre = (p + z2 / (2 * samples)) / (1 + z2 / samples);
  const half = z / (1 + z2 / samples) *
    Math.sqrt(p * (1 - p) / samples + z2 / (4 * samples * samples));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/**
 * Mean of differences between paired values, and its 95 % interval by Student's t.
 *
 * @throws {RangeError} when there are not as many of both, or fewer than two
 */
export function pairedDifference(
  before: readonly number[],
  after: readonly number[],
): { readonly mean: number; readonly interval: [number, number] } {
  if (before.length !== after.length) {
    throw new RangeError(`Cannot pair ${before.length} values with ${after.length}`);
  }
  const differences = after.map((value, i) => value - before[i]!), centre = mean(differences);
  const error = deviation(differences, centre) / Math.sqrt(differences.length);
  const half = studentQuantile(differences.length - 1) * error;
  return { mean: centre, interval: [centre - half, centre + half] };
}

/** 97.5 % quantile of Student's t, from the normal one (Abramowitz and Stegun, 26.7.5): within 1 % from 2 degrees of freedom on. */
function studentQuantile(degrees: number): number {
  const z = 1.959964, n = degrees;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160,
  ];
  return terms.reduce((sum, term, i) => sum + term / n ** (i + 1), z);
}

/** Standard deviation of a sample, Bessel-corrected. @throws {RangeError} for fewer than two values */
export function deviation(values: readonly number[], centre: number = mean(values)): number {
  if (values.length < 2) {
    throw new RangeError(`Cannot estimate a deviation from ${values.length} values`);
  }
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** Arithmetic mean; 0 for nothing. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}

/** Numbers that differ by no more than this share of their terms are equal: sums in another order differ so. */
const ROUNDING = 2 ** -40;

/**
 * Whether two numbers are equal, but for rounding.
 *
 * @param scale of what they were computed from, where that is more than what they are
 */
export function agree(a: number, b: number, scale = 0): boolean {
  return Math.abs(a - b) <= ROUNDING * Math.max(Math.abs(a), Math.abs(b), scale);
}
