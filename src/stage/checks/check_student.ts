/** Of `train_student`. @module */
import type { ConfigProblem, Made } from "../../core/stage.ts";
import { checkTraining, madeOptimizer, type Training } from "./check_training.ts";
import type { Given } from "./given.ts";

/** Settings of `train_student` that need others. */
export interface Student extends Training {
  readonly steps: number;
  readonly extra_steps: number;
  readonly extra_promotions?: number;
  readonly checkpoint_every: number;
  readonly keep_optimizer: boolean;
  readonly rewards: Readonly<Record<string, { readonly weight: number }>>;
}

/** Of `train_student`. */
export function checkStudent(config: Student, given: Given): ConfigProblem[] {
  const problems = checkTraining(config, given);
  const { lr_scheduler_type: type, schedule_steps, steps } = config;
  const { extra_steps, extra_promotions, checkpoint_every } = config;
  // A schedule that the optimizer has begun may end within the run, as the plan cannot know.
  const most = steps + extra_steps * (extra_promotions ?? 1);
  if (type !== "constant" && !given.has("optimizer") && (schedule_steps ?? most) < most) {
    problems.push({
      key: "schedule_steps",
      message: `schedule_steps: ${schedule_steps} is over before ${most} steps are: the rest has ` +
        "a learning rate of 0",
      hint: `write schedule_steps: ${most} or more, or leave it out`,
    });
  }
  if (Object.values(config.rewards).every(({ weight }) => weight === 0)) {
    problems.push({
      key: "rewards",
      message: "rewards pay nothing: there is none with a weight other than 0",
      hint: "write rewards: { correct: 1 }, or leave them out",
    });
  }
  if (extra_steps > 0 && !given.has("promotion")) {
    problems.push({
      key: "extra_steps",
      message: "extra_steps has no promotions to go by",
      hint: "connect promotion: prev.promotion",
    });
  }
  if (extra_promotions !== undefined && extra_steps === 0) {
    problems.push({
      key: "extra_promotions",
      message: "extra_promotions does nothing without extra_steps",
      hint: "set extra_steps, such as 5, or leave it out",
    });
  }
  if (checkpoint_every > steps && extra_steps === 0) {
    problems.push({
      key: "checkpoint_every",
      message: `checkpoint_every: ${checkpoint_every} is more than steps: ${steps}`,
      hint: `write ${steps} or less, or leave it out`,
    });
  }
  return problems;
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
