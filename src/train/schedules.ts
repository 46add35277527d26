/** How the learning rate goes over the steps of a run. */
export type Schedule = "constant" | "linear" | "cosine";

/**
 * The factor on the learning rate at a step: linear warm-up from 0, then the schedule down to 0.
 *
 * @param step counted from 0
 */
export function scheduleFactor(
  schedule: Schedule,
  step: number,
  steps: number,
  warmup: number,
): number {
  if (step < warmup) return (step + 1) / warmup;
  const progress = steps <= warmup ? 1 : (step - warmup) / (steps - warmup);
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
