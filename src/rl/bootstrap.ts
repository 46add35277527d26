import { Random } from "../random/random.ts";

/**
 * 95 % interval of a mean by the bootstrap's percentiles (Efron & Tibshirani 1993, chapter 13): the same values give the same
 * interval.
 *
 * @throws {RangeError} for fewer than two values
 */
export function bootstrapInterval(values: readonly number[], draws = 10_000): [number, number] {
  const { length } = values;
  if (length < 2) throw new RangeError(`Cannot draw again from ${length} values`);
  const random = new Random("bootstrap");
  const means = Float64Array.from({ length: draws }, (_, draw) => {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += values[Math.floor(random.at(draw, i) * length)]!;
    return sum / length;
  }).sort();
  return [means[Math.floor(0.025 * draws)]!, means[Math.ceil(0.975 * draws) - 1]!];
}
