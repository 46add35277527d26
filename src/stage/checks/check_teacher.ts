/** Of `update_teacher`. @module */
import type { ConfigProblem } from "../../core/stage.ts";
import { checkTraining, penaltyOf, type Training } from "./check_training.ts";
import type { Given } from "./given.ts";

/** Of `update_teacher`. */
export function checkTeacher(config: Training, given: Given): ConfigProblem[] {
  const problems = checkTraining(config, given);
  const { lr_scheduler_type: type, schedule_steps, warmup_steps } = config;
  if (type !== "constant" && schedule_steps === undefined) {
    problems.push({
      key: "lr_scheduler_type",
      message: `lr_scheduler_type: ${type} needs schedule_steps`,
      hint: "set schedule_steps to the outer steps it runs over, such as 200",
    });
  }
  if ((type !== "constant" || warmup_steps > 0) && !given.has("optimizer")) {
    problems.push({
      key: type === "constant" ? "warmup_steps" : "lr_scheduler_type",
      message: "the schedule runs over outer steps, which nothing counts here",
      hint: "carry the optimizer: connect optimizer: prev.optimizer, and yield teach.optimizer",
    });
  }
  const [key, beta] = penaltyOf(config);
  if (beta > 0 && !given.has("reference")) {
    problems.push({
      key,
      message: `beta: ${beta} has no policy to be measured against`,
      hint: "connect reference: base.policy",
    });
  }
  return problems;
}
