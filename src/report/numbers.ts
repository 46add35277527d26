/** Numbers as reports write them. @module */
import { deviation, mean } from "../rl/statistics.ts";

/** A share in percent, with a digit behind the point. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** A difference of shares, with its sign. */
export function points(difference: number): string {
  return `${signed(difference)} points`;
}

/** Hundred times a difference of shares, with its sign. */
export function signed(difference: number): string {
  const text = (100 * difference).toFixed(1);
  return `${difference > 0 ? "+" : ""}${text.replace("-", "−")}`;
}

/** A number in as few digits as tell it apart. */
export function brief(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(3)));
}

/** Seconds as people read them. */
export function seconds(value: number): string {
  if (value < 60) return `${value.toFixed(value < 10 ? 1 : 0)} s`;
  const minutes = Math.round(value / 60);
  if (minutes < 120) return `${minutes} min`;
  return `${(value / 3600).toFixed(1)} h`;
}

/** The mean of what several runs found, and the deviation between them (Bessel-corrected). */
export function overRuns(
  values: readonly number[],
  write: (value: number) => string,
): string {
  const centre = write(mean(values));
  return values.length === 1 ? centre : `${centre} ± ${write(deviation(values))}`;
}
