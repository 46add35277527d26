import type { InferAll } from "../../schemas/infer.ts";

/** Settings of how the learning rate goes over the steps of a run. */
export const SCHEDULE = {
  learning_rate: {
    type: "number",
    exclusiveMinimum: 0,
    default: 1e-4,
    description: "Of AdamW.",
    was: ["lr"],
  },
  lr_scheduler_type: {
    enum: ["constant", "linear", "cosine"],
    default: "constant",
    description: "How the learning rate goes after the warm-up.",
    was: ["schedule", "lr_scheduler"],
  },
  warmup_steps: {
    type: "integer",
    minimum: 0,
    default: 0,
    description: "Steps of linear warm-up.",
    was: ["warmup", "warmup_ratio"],
    unlike: { warmup_ratio: "it counts steps; multiply the ratio by steps" },
  },
  warmup_from: {
    enum: ["zero", "fraction"],
    default: "zero",
    description:
      "First rate of a warm-up of w steps: 0 as in transformers, or 1/w of the full one.",
  },
} as const;

/** For a run that may go on from another. */
export const SCHEDULE_STEPS = {
  schedule_steps: {
    type: "integer",
    minimum: 1,
    description: "Steps that a linear or cosine schedule runs over, from the optimizer's first on.",
  },
} as const;

/** What {@linkcode SCHEDULE} admits. */
export type Schedule = InferAll<typeof SCHEDULE>;

/**
 * The learning rate at a step: linear warm-up, then the schedule down to 0, where it stays.
 *
 * @param step counted from 0
 * @param steps how many the schedule runs over, warm-up included
 */
export function learningRateAt(schedule: Schedule, step: number, steps: number): number {
  return schedule.learning_rate * factorAt(schedule, step, steps);
}

function factorAt(
  { lr_scheduler_type: type, warmup_steps: warmup, warmup_from: from }: Schedule,
  step: number,
  steps: number,
): number {
  if (step < warmup) return (from === "zero" ? step : step + 1) / warmup;
  const progress = steps <= warmup ? 1 : Math.min(1, (step - warmup) / (steps - warmup));
  switch (type) {
    case "constant":
      return 1;
    case "linear":
      return 1 - progress;
    case "cosine":
      return (1 + Math.cos(Math.PI * progress)) / 2;
    default:
      return type satisfies never;
  }
}
