/** How many items stages give, as far as their settings tell; see checks.ts. @module */
import type { Made } from "../src/core/stage.ts";
import type { Student } from "./training_checks.ts";

function madeOptimizer(keep: boolean): Readonly<Record<"optimizer", Made>> {
  const hint = "set keep_optimizer: true on the step that it comes from";
  return { optimizer: { items: Number(keep), hint } };
}

/** What `train_student` gives. */
export function madeByStudent(
  { steps, extra_steps, checkpoint_every: every, keep_optimizer }: Pick<
    Student,
    "steps" | "extra_steps" | "checkpoint_every" | "keep_optimizer"
  >,
): Readonly<Record<string, Made>> {
  const optimizer = madeOptimizer(keep_optimizer);
  if (every === 0) {
    const hint = "set checkpoint_every on the step that they come from";
    return { ...optimizer, checkpoints: { items: 0, hint } };
  }
  // How many promotions there will be is not known.
  if (extra_steps > 0) return optimizer;
  const items = Math.floor(steps / every);
  const hint = `steps: ${steps} with checkpoint_every: ${every} give ${items}`;
  return { ...optimizer, checkpoints: { items, hint } };
}

/** What `update_teacher` and `train_supervised` give. */
export function madeByTraining(
  { keep_optimizer }: { readonly keep_optimizer: boolean },
): Readonly<Record<string, Made>> {
  return madeOptimizer(keep_optimizer);
}

/** What `sample_problems` gives. */
export function madeByProposals(
  { datasets }: { readonly datasets: number },
): Readonly<Record<string, Made>> {
  const hint = `the step that they come from has datasets: ${datasets}`;
  return { datasets: { items: datasets, hint } };
}

/** What comes out, by stage, for the catalogue. */
export const MADE = {
  sample_problems: madeByProposals,
  train_student: madeByStudent,
  train_supervised: madeByTraining,
  update_teacher: madeByTraining,
} as const;
