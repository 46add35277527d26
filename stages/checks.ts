/**
 * What schemas cannot say of configurations: settings that need others, or a connected input. They stand apart from the
 * stages, so that a pipeline can be checked without the engine that these import.
 *
 * @module
 */
import type { ConfigProblem } from "../src/core/stage.ts";
import {
  checkSchedule,
  checkStudent,
  checkSupervised,
  checkTeacher,
  type Schedule,
} from "./training_checks.ts";

type Given = ReadonlySet<string>;

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
  { model, ...schedule }: Schedule & {
    readonly model: Readonly<
      Record<"hidden_size" | "num_attention_heads" | "num_key_value_heads", number>
    >;
  },
): ConfigProblem[] {
  const { hidden_size: width, num_attention_heads: heads, num_key_value_heads: shared } = model;
  const problems = checkSchedule(schedule);
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

/** The checks by stage, for the catalogue. */
export const CHECKS = {
  checkpoint_rule: checkWindow,
  compare_arms: checkArms,
  evaluate: checkSampling,
  load_policy: checkSource,
  pretrain: checkModel,
  promote: checkPromotion,
  reward_learnability: checkSampling,
  sample_problems: checkProposals,
  select_hard: checkSampling,
  train_student: checkStudent,
  train_supervised: checkSupervised,
  update_teacher: checkTeacher,
} as const;
