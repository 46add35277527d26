/** What the stages that train have in common: what they go on from, and which settings need which inputs. @module */
import type { Artifact, ConfigProblem, Output } from "../src/core/stage.ts";
import {
  loadOptimizer,
  loadPolicy,
  type Policy,
  saveOptimizer,
  type TrainingLinks,
} from "../src/rl/mod.ts";

/** Inputs of a stage that trains, besides the policy. */
export const TRAINING_INPUTS = {
  /** AdamW's state to go on from, and how far its schedule is; without it both start anew. */
  optimizer: "optimizer?",
  /** What the KL penalty is measured against. */
  reference: "policy?",
} as const;

interface Inputs {
  readonly policy: Artifact;
  readonly optimizer: Artifact | undefined;
  readonly reference: Artifact | undefined;
}

/**
 * Reads what training goes on from, and writes its optimizer's state at the end.
 *
 * @param policy to be trained
 * @param stack owns the reference
 * @throws {Error} when the optimizer is of other weights
 */
export function linksOf(
  policy: Policy,
  inputs: Inputs,
  output: Output,
  { kl, keep_optimizer }: { readonly kl: number; readonly keep_optimizer: boolean },
  stack: DisposableStack,
): TrainingLinks {
  const { optimizer, reference } = inputs;
  // A policy compared with itself is at 0, exactly, and not only but for rounding.
  const compared = kl > 0 && reference !== undefined && reference.digest !== inputs.policy.digest;
  return {
    reference: compared ? stack.use(loadPolicy(reference.directory)) : undefined,
    start: optimizer === undefined ? undefined : loadOptimizer(policy, optimizer.directory),
    ...(keep_optimizer ? { onEnd: (state) => saveOptimizer(state, output.directory) } : {}),
  };
}

/** What the schedule and the KL penalty need: `schedule_steps`, `reference`. */
export function checkTraining(
  config: { readonly schedule: string; readonly schedule_steps?: number; readonly kl: number },
  given: ReadonlySet<string>,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (config.schedule === "constant" && config.schedule_steps !== undefined) {
    problems.push({
      key: "schedule_steps",
      message: "schedule_steps does nothing with schedule: constant",
      hint: "leave it out, or write schedule: linear or cosine",
    });
  }
  if (given.has("reference") && config.kl === 0) {
    problems.push({
      key: "kl",
      message: "input reference does nothing with kl: 0",
      hint: "set kl, such as 0.001, or leave reference out",
    });
  }
  return problems;
}
