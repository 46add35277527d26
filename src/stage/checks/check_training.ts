/** Of stages that train. @module */
import type { ConfigProblem, Made } from "../../core/stage.ts";
import type { Used } from "../../../schemas/infer.ts";
import { checkSchedule, type Schedule } from "./check_schedule.ts";
import type { Given } from "./given.ts";

/** Settings of training by RL that need others. */
export interface Training extends Schedule {
  readonly weight_decay: number;
  readonly decay_on: string;
  readonly beta: number;
  readonly loss: Used & { readonly beta?: number };
}

export function checkTraining(config: Training, given: Given): ConfigProblem[] {
  const problems = [...checkSchedule(config), ...checkDecay(config)], { beta, loss } = config;
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

/** Of all stages with an optimizer whose weight decay is a setting. */
export function checkDecay(
  { weight_decay, decay_on }: Pick<Training, "weight_decay" | "decay_on">,
): ConfigProblem[] {
  if (weight_decay !== 0 || decay_on === "matrices") return [];
  return [{
    key: "decay_on",
    message: `decay_on: ${decay_on} does nothing with weight_decay: 0`,
    hint: "set weight_decay, such as 0.01, or leave it out",
  }];
}

/** Where a KL penalty is set, and its coefficient. */
export function penaltyOf({ beta, loss }: Training): ["beta" | "loss", number] {
  return beta > 0 ? ["beta", beta] : ["loss", loss.beta ?? 0];
}

export function madeOptimizer(keep: boolean): Readonly<Record<"optimizer", Made>> {
  const hint = "set keep_optimizer: true on the step that it comes from";
  return { optimizer: { items: Number(keep), hint } };
}

/** What `update_teacher` and `train_supervised` give. */
export function madeByTraining(
  { keep_optimizer }: { readonly keep_optimizer: boolean },
): Readonly<Record<string, Made>> {
  return madeOptimizer(keep_optimizer);
}
