/**
 * What schemas cannot say of configurations: settings that need others, or a connected input. They stand apart from the
 * stages, so that a pipeline can be checked without the engine that these import.
 *
 * @module
 */
import type { Used } from "../schemas/infer.ts";
import type { ConfigProblem } from "../src/core/stage.ts";

type Given = ReadonlySet<string>;

/** Settings of a schedule. */
interface Schedule {
  readonly lr_scheduler_type: string;
  readonly schedule_steps?: number;
  readonly warmup_steps: number;
}

/** Settings of training by RL that need others. */
interface Training extends Schedule {
  readonly beta: number;
  readonly loss: Used & { readonly beta?: number };
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

/** Of `train_supervised`. */
export function checkSupervised(
  config: Schedule & {
    readonly path?: string;
    readonly task?: unknown;
    readonly steps?: number;
    readonly num_train_epochs: number;
  },
  given: Given,
): ConfigProblem[] {
  const problems = checkSchedule(config);
  const sources = [
    ...(config.path === undefined ? [] : ["path"]),
    ...["problems", "datasets"].filter((port) => given.has(port)),
  ];
  if (sources.length !== 1) {
    problems.push({
      key: sources.length === 0 ? "path" : sources[0]!,
      message: sources.length === 0
        ? "there is nothing to train on"
        : `${sources.join(" and ")} are both to be trained on`,
      hint: "set path to a JSONL file, or connect problems or datasets: one of them",
    });
  }
  if (given.has("problems") && config.task === undefined) {
    problems.push({
      key: "task",
      message: "problems are asked as a task asks them, and there is none",
      hint: "set task, such as questions",
    });
  }
  if (config.steps !== undefined && config.num_train_epochs > 1) {
    problems.push({
      key: "num_train_epochs",
      message: "num_train_epochs does nothing where steps is set",
      hint: "leave one of them out",
    });
  }
  return problems;
}

/** Of the stages that sample and train nothing. */
export function checkSampling(
  config: { readonly temperature: number } & Partial<Readonly<Record<string, unknown>>>,
): ConfigProblem[] {
  if (config.temperature > 0) return [];
  return ["top_k", "top_p", "min_p"].filter((key) => config[key] !== undefined).map((key) => ({
    key,
    message: `${key} does nothing with temperature: 0, which takes the most probable token`,
    hint: `leave ${key} out, or raise temperature`,
  }));
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

function checkTraining(config: Training, given: Given): ConfigProblem[] {
  const problems = checkSchedule(config), { beta, loss } = config;
  if (given.has("reference") && penaltyOf(config)[1] === 0) {
    problems.push({
      key: "beta",
      message: "input reference does nothing with beta: 0",
      hint: "set beta, such as 0.001, or leave reference out",
    });
  }
  if (beta > 0 && (loss.beta ?? 0) > 0) {
    problems.push({
      key: "loss",
      message: `the KL penalty is taken twice: beta: ${beta} is in the reward, loss.beta: ` +
        `${loss.beta} in the loss`,
      hint: "write beta: 0 beside loss, as GRPO has it",
    });
  }
  return problems;
}

/** Where a KL penalty is set, and its coefficient. */
function penaltyOf({ beta, loss }: Training): ["beta" | "loss", number] {
  return beta > 0 ? ["beta", beta] : ["loss", loss.beta ?? 0];
}

/** Of a schedule. */
function checkSchedule({ lr_scheduler_type: type, schedule_steps }: Schedule): ConfigProblem[] {
  if (type !== "constant" || schedule_steps === undefined) return [];
  return [{
    key: "schedule_steps",
    message: "schedule_steps does nothing with lr_scheduler_type: constant",
    hint: "leave it out, or write lr_scheduler_type: linear or cosine",
  }];
}

/** The checks by stage, for the catalogue. */
export const CHECKS = {
  checkpoint_rule: checkWindow,
  evaluate: checkSampling,
  reward_learnability: checkSampling,
  select_hard: checkSampling,
  train_student: checkStudent,
  train_supervised: checkSupervised,
  update_teacher: checkTeacher,
} as const;
