/** How the learning rate goes over the steps of a run. */
export type Schedule = "constant" | "linear" | "cosine";

/** The first rate of a warm-up of w steps: 0 (transformers' `get_scheduler`), or 1/w of the full one. */
export type WarmupFrom = "zero" | "fraction";

/**
 * The factor on the learning rate at a step: linear warm-up, then the schedule down to 0, where it stays.
 *
 * @param step counted from 0
 * @param steps how many the schedule runs over, warm-up included
 */
export function scheduleFactor(
  schedule: Schedule,
  step: number,
  steps: number,
  warmup: number,
  from: WarmupFrom = "zero",
): number {
  if (step < warmup) return (from === "zero" ? step : step + 1) / warmup;
  const progress = steps <= warmup ? 1 : Math.min(1, (step - warmup) / (steps - warmup));
  switch (schedule) {
    case "constant":
      return 1;
    case "linear":
      return 1 - progress;
    case "cosine":
      return (1 + Math.cos(Math.PI * progress)) / 2;
    default:
      return schedule satisfies never;
  }
}
