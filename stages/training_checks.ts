/** What schemas cannot say of the settings of stages that train; see checks.ts. @module */
import type { Used } from "../schemas/infer.ts";
import type { ConfigProblem } from "../src/core/stage.ts";

type Given = ReadonlySet<string>;

/** Settings of a schedule. */
export interface Schedule {
  readonly lr_scheduler_type: string;
  readonly schedule_steps?: number;
  readonly warmup_steps: number;
  readonly warmup_from: string;
}

/** Settings of training by RL that need others. */
interface Training extends Schedule {
  readonly weight_decay: number;
  readonly decay_on: string;
  readonly beta: number;
  readonly loss: Used & { readonly beta?: number };
}

/** Settings of `train_student` that need others. */
export interface Student extends Training {
  readonly steps: number;
  readonly extra_steps: number;
  readonly extra_promotions?: number;
  readonly checkpoint_every: number;
  readonly keep_optimizer: boolean;
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

function checkTraining(config: Training, given: Given): ConfigProblem[] {
  const problems = checkSchedule(config), { beta, loss, weight_decay, decay_on } = config;
  if (weight_decay === 0 && decay_on !== "matrices") {
    problems.push({
      key: "decay_on",
      message: `decay_on: ${decay_on} does nothing with weight_decay: 0`,
      hint: "set weight_decay, such as 0.01, or leave it out",
    });
  }
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
export function checkSchedule(
  { lr_scheduler_type: type, schedule_steps, warmup_steps, warmup_from }: Schedule,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (warmup_steps === 0 && warmup_from !== "zero") {
    problems.push({
      key: "warmup_from",
      message: `warmup_from: ${warmup_from} does nothing with warmup_steps: 0`,
      hint: "set warmup_steps, or leave it out",
    });
  }
  if (type === "constant" && schedule_steps !== undefined) {
    problems.push({
      key: "schedule_steps",
      message: "schedule_steps does nothing with lr_scheduler_type: constant",
      hint: "leave it out, or write lr_scheduler_type: linear or cosine",
    });
  }
  if (type !== "constant" && schedule_steps !== undefined && schedule_steps <= warmup_steps) {
    problems.push({
      key: "schedule_steps",
      message:
        `schedule_steps: ${schedule_steps} leaves nothing after warmup_steps: ${warmup_steps}`,
      hint: `write more than ${warmup_steps}: the warm-up is part of it`,
    });
  }
  return problems;
}
