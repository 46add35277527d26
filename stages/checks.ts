/**
 * What schemas cannot say of configurations: settings that need others, or a connected input; and how much comes out. They
 * stand apart from the stages, so that a pipeline can be checked without the engine that these import.
 *
 * @module
 */
import type { ConfigProblem, Made } from "../src/core/stage.ts";

type Given = ReadonlySet<string>;

/** Settings of training that need others. */
interface Training {
  readonly schedule: string;
  readonly schedule_steps?: number;
  readonly warmup: number;
  readonly warmup_from: string;
  readonly weight_decay: number;
  readonly decay_on: string;
  readonly kl: number;
}

interface Student extends Training {
  readonly steps: number;
  readonly extra_steps: number;
  readonly extra_promotions?: number;
  readonly checkpoint_every: number;
  readonly keep_optimizer: boolean;
}

/** Of `train_student`. */
export function checkStudent(config: Student, given: Given): ConfigProblem[] {
  const problems = checkTraining(config, given);
  const { schedule, schedule_steps, steps, extra_steps, extra_promotions, checkpoint_every } =
    config;
  // A schedule that the optimizer has begun may end within the run, as the plan cannot know.
  const most = steps + extra_steps * (extra_promotions ?? 1);
  if (schedule !== "constant" && !given.has("optimizer") && (schedule_steps ?? most) < most) {
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

/** Of `promote`. */
export function checkPromotion(
  { window, full_window, clear_window }: {
    readonly window: number;
    readonly full_window: boolean;
    readonly clear_window: boolean;
  },
): ConfigProblem[] {
  if (window > 1) return [];
  const idle = Object.entries({ full_window, clear_window: !clear_window })
    .filter(([, isSet]) => isSet).map(([key]) => key);
  return idle.map((key) => ({
    key,
    message: `${key} does nothing with window: 1`,
    hint: "leave it out, or write a larger window",
  }));
}

/** Of `sample_problems`. */
export function checkProposals(
  { datasets, size, limit }: Readonly<Record<"datasets" | "size" | "limit", number>>,
): ConfigProblem[] {
  if (limit >= datasets * size) return [];
  return [{
    key: "limit",
    message: `limit: ${limit} is less than ${datasets} datasets of ${size} problems need`,
    hint: `write ${datasets * size} or more`,
  }];
}

/** Of `compare_arms`. */
export function checkArms(_: unknown, given: Given): ConfigProblem[] {
  if (given.size > 0) return [];
  return [{ key: "title", message: "there is no arm to compare", hint: "connect base or another" }];
}

/** Of `load_policy`. */
export function checkSource(
  { path, pretokenizer }: { readonly path: string; readonly pretokenizer?: string },
): ConfigProblem[] {
  if (pretokenizer === undefined || path.endsWith(".gguf")) return [];
  return [{
    key: "pretokenizer",
    message: `pretokenizer is ${pretokenizer}, but ${path} is no GGUF file, and says it itself`,
    hint: "leave it out",
  }];
}

/** Of `pretrain`. */
export function checkModel(
  { model, warmup, warmup_from }: {
    readonly model: Readonly<
      Record<"hidden_size" | "num_attention_heads" | "num_key_value_heads", number>
    >;
    readonly warmup: number;
    readonly warmup_from: string;
  },
): ConfigProblem[] {
  const { hidden_size: width, num_attention_heads: heads, num_key_value_heads: shared } = model;
  const problems = checkWarmup({ warmup, warmup_from });
  // Positions are turned in pairs.
  if (width % (2 * heads) !== 0) {
    problems.push({
      key: "model",
      message: `hidden_size: ${width} cannot be split among ${heads} heads of an even size`,
      hint: `write hidden_size: ${2 * heads * Math.ceil(width / (2 * heads))}`,
    });
  }
  if (heads % shared !== 0) {
    problems.push({
      key: "model",
      message: `${heads} query heads cannot share ${shared} key-value heads`,
      hint: "write a num_key_value_heads that divides num_attention_heads",
    });
  }
  return problems;
}

function checkWarmup(
  { warmup, warmup_from }: Pick<Training, "warmup" | "warmup_from">,
): ConfigProblem[] {
  if (warmup > 0 || warmup_from === "zero") return [];
  return [{
    key: "warmup_from",
    message: `warmup_from: ${warmup_from} does nothing with warmup: 0`,
    hint: "set warmup, or leave it out",
  }];
}

function checkTraining(config: Training, given: Given): ConfigProblem[] {
  const problems = checkWarmup(config);
  const { schedule, schedule_steps, warmup, weight_decay, decay_on, kl } = config;
  if (schedule === "constant" && schedule_steps !== undefined) {
    problems.push({
      key: "schedule_steps",
      message: "schedule_steps does nothing with schedule: constant",
      hint: "leave it out, or write schedule: linear or cosine",
    });
  }
  if (schedule !== "constant" && schedule_steps !== undefined && schedule_steps <= warmup) {
    problems.push({
      key: "schedule_steps",
      message: `schedule_steps: ${schedule_steps} leaves nothing after warmup: ${warmup}`,
      hint: `write more than ${warmup}: the warm-up is part of it`,
    });
  }
  if (weight_decay === 0 && decay_on !== "matrices") {
    problems.push({
      key: "decay_on",
      message: `decay_on: ${decay_on} does nothing with weight_decay: 0`,
      hint: "set weight_decay, such as 0.01, or leave it out",
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
  compare_arms: checkArms,
  load_policy: checkSource,
  pretrain: checkModel,
  promote: checkPromotion,
  sample_problems: checkProposals,
  train_student: checkStudent,
  update_teacher: checkTeacher,
} as const;

function madeOptimizer(keep: boolean): Readonly<Record<"optimizer", Made>> {
  const hint = "set keep_optimizer: true on the step that it comes from";
  return { optimizer: { items: Number(keep), hint } };
}

/** What `train_student` gives. */
export function madeByStudent(
  { steps, extra_steps, checkpoint_every: every, keep_optimizer }: Student,
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

/** What `update_teacher` gives. */
export function madeByTeacher(
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
  update_teacher: madeByTeacher,
} as const;
