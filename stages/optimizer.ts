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
 * @throws {Error} when the optimizer is of other weights, or the reference of another vocabulary
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
  const other = compared ? stack.use(loadPolicy(reference.directory)) : undefined;
  const sizes = [policy, other ?? policy].map(({ config }) => config.vocab_size);
  if (sizes[0] !== sizes[1]) {
    throw new Error(
      `Cannot measure a KL penalty: the reference has a vocabulary of ${sizes[1]}, the policy ` +
        `one of ${sizes[0]}; connect a policy that the trained one comes from`,
    );
  }
  return {
    reference: other,
    start: optimizer === undefined ? undefined : loadOptimizer(policy, optimizer.directory),
    ...(keep_optimizer ? { onEnd: (state) => saveOptimizer(state, output.directory) } : {}),
  };
}
