/**
 * What schemas cannot say of configurations: settings that need others, or a connected input. They stand apart from the
 * stages, so that a pipeline can be checked without the engine that these import.
 *
 * @module
 */
import type { ConfigProblem } from "../src/core/stage.ts";

type Given = ReadonlySet<string>;

/** Settings of training that need others. */
interface Training {
  readonly schedule: string;
  readonly schedule_steps?: number;
  readonly warmup: number;
  readonly kl: number;
}

/** Of `train_student`. */
export function checkStudent(
  config: Training & { readonly extra_steps: number; readonly extra_promotions?: number },
  given: Given,
): ConfigProblem[] {
  const problems = checkTraining(config, given);
  if (config.extra_steps > 0 && !given.has("promotion")) {
    problems.push({
      key: "extra_steps",
      message: "extra_steps has no promotions to go by",
      hint: "connect promotion: prev.promotion",
    });
  }
  if (config.extra_promotions !== undefined && config.extra_steps === 0) {
    problems.push({
      key: "extra_promotions",
      message: "extra_promotions does nothing without extra_steps",
      hint: "set extra_steps, such as 5, or leave it out",
    });
  }
  return problems;
}

/** Of `update_teacher`. */
export function checkTeacher(config: Training, given: Given): ConfigProblem[] {
  const problems = checkTraining(config, given);
  const { schedule, schedule_steps, warmup, kl } = config;
  if (schedule !== "constant" && schedule_steps === undefined) {
    problems.push({
      key: "schedule",
      message: `schedule: ${schedule} needs schedule_steps`,
      hint: "set schedule_steps to the outer steps it runs over, such as 200",
    });
  }
  if ((schedule !== "constant" || warmup > 0) && !given.has("optimizer")) {
    problems.push({
      key: schedule === "constant" ? "warmup" : "schedule",
      message: "the schedule runs over outer steps, which nothing counts here",
      hint: "carry the optimizer: connect optimizer: prev.optimizer, and yield teach.optimizer",
    });
  }
  if (kl > 0 && !given.has("reference")) {
    problems.push({
      key: "kl",
      message: `kl: ${kl} has no policy to be measured against`,
      hint: "connect reference: base.policy",
    });
  }
  return problems;
}

/** Of `checkpoint_rule`. */
export function checkWindow({ window }: { readonly window: number }): ConfigProblem[] {
  if (window % 2 === 1) return [];
  return [{
    key: "window",
    message: `window: ${window} is even, so that no step is in its centre`,
    hint: `write ${window + 1}`,
  }];
}

function checkTraining({ schedule, schedule_steps, kl }: Training, given: Given): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (schedule === "constant" && schedule_steps !== undefined) {
    problems.push({
      key: "schedule_steps",
      message: "schedule_steps does nothing with schedule: constant",
      hint: "leave it out, or write schedule: linear or cosine",
    });
  }
  if (given.has("reference") && kl === 0) {
    problems.push({
      key: "kl",
      message: "input reference does nothing with kl: 0",
      hint: "set kl, such as 0.001, or leave reference out",
    });
  }
  return problems;
}

/** The checks by stage, for the catalogue. */
export const CHECKS = {
  checkpoint_rule: checkWindow,
  train_student: checkStudent,
  update_teacher: checkTeacher,
} as const;
