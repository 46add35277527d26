/** Numbers as reports write them. @module */
import { deviation, mean } from "../rl/statistics.ts";

/** `1 step`, `2 steps`. */
export function counted(items: number, word: string): string {
  return `${items} ${word}${items === 1 ? "" : "s"}`;
}

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

/** The mean of what several runs found, and the deviation between them (Bessel-corrected). */
export function overRuns(
  values: readonly number[],
  write: (value: number) => string,
): string {
  const centre = write(mean(values));
  return values.length === 1 ? centre : `${centre} ± ${write(deviation(values))}`;
}
