/** What the stages that train go on from. @module */
import type { Artifact, Output } from "../src/core/stage.ts";
import { loadPolicy, type Policy } from "../src/policy/mod.ts";
import { loadOptimizer, saveOptimizer, type TrainingLinks } from "../src/rl/mod.ts";

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
