/** What the stages that train share: adapters, and what they go on from. @module */
import { type Infer, keysOf } from "../../schemas/infer.ts";
import type { Artifact, Checkpointing, Output } from "../core/stage.ts";
import { type Adapter, PROJECTIONS } from "../models/mod.ts";
import type { Sessions } from "../onnx/mod.ts";
import { loadReference, type Policy } from "../policy/mod.ts";
import {
  loadOptimizer,
  needsReference,
  type PolicyGradient,
  restoreTraining,
  saveOptimizer,
  saveTraining,
  type TrainingLinks,
} from "../rl/mod.ts";

/** Low-rank adapters, in PEFT's words. */
export const ADAPTER = {
  type: "object",
  description: "Trains low-rank adapters (LoRA) instead of the weights, which stay as they are.",
  was: ["lora", "peft", "peft_config", "use_peft"],
  properties: {
    r: {
      type: "integer",
      minimum: 1,
      default: 16,
      description: "Rank of each adapter.",
      was: ["rank", "lora_r", "lora_rank"],
    },
    lora_alpha: {
      type: "number",
      exclusiveMinimum: 0,
      default: 32,
      description: "An adapter's part is scaled by lora_alpha / r.",
      was: ["alpha"],
    },
    target_modules: {
      type: "array",
      minItems: 1,
      items: { enum: keysOf(PROJECTIONS), description: "A projection." },
      description: "Projections that get an adapter.",
      was: ["targets", "lora_target_modules"],
    },
  },
  required: ["target_modules"],
  additionalProperties: false,
} as const;

/** The adapter that a setting asks for. */
export function adapterOf(given: Infer<typeof ADAPTER>): Adapter;
export function adapterOf(given: Infer<typeof ADAPTER> | undefined): Adapter | undefined;
export function adapterOf(given: Infer<typeof ADAPTER> | undefined): Adapter | undefined {
  if (given === undefined) return undefined;
  const { r: rank, lora_alpha: alpha, target_modules: targets } = given;
  return { rank, alpha, targets };
}

/** Settings of a stage that trains a policy and may be followed by another. */
export const TRAINED = {
  adapter: ADAPTER,
  keep_optimizer: {
    type: "boolean",
    default: false,
    description: "Keep AdamW's state, so that a later step can go on; it is twice what is trained.",
  },
} as const;

/** Inputs of a stage that trains, besides the policy. */
export const TRAINING_INPUTS = {
  /** AdamW's state to go on from, and how far its schedule is; without it both start anew. */
  optimizer: "optimizer?",
} as const;

/** Inputs of a stage that trains by RL, besides the policy. */
export const RL_INPUTS = {
  ...TRAINING_INPUTS,
  /** What a KL penalty is measured against. */
  reference: "policy?",
} as const;

interface Inputs {
  readonly policy: Artifact;
  readonly optimizer: Artifact | undefined;
  readonly reference?: Artifact | undefined;
}

/** What training needs to go on after a kill. */
export interface Attempt {
  readonly sessions: Sessions;
  readonly checkpoints: Checkpointing;
  /** Writes what the stage has so far besides, into the folder of a checkpoint. */
  readonly write?: (directory: string) => void;
}

/** How training of a policy goes on where an attempt before this one was killed, and keeps checkpoints for the next. */
export function resumption(
  policy: Pick<Policy, "adapters" | "master" | "weights">,
  { sessions, checkpoints, write = () => {} }: Attempt,
): Required<Pick<TrainingLinks, "resume" | "onState">> {
  const { last } = checkpoints;
  return {
    resume: last && (() => restoreTraining(policy, sessions, last.directory)),
    onState: (state) =>
      checkpoints.offer(state.done, (directory) => {
        saveTraining(policy, state, directory);
        write(directory);
      }),
  };
}

/**
 * Reads what training goes on from, and writes its optimizer's state at the end.
 *
 * @param policy to be trained
 * @param stack owns the reference, which may share weights with the policy
 * @param attempt where it goes on if it was killed before, if it can
 * @throws {Error} when the optimizer is of other weights, or the reference of another vocabulary
 */
export function linksOf(
  policy: Policy,
  inputs: Inputs,
  output: Output,
  { beta, loss, keep_optimizer }: Pick<PolicyGradient, "beta" | "loss"> & {
    readonly keep_optimizer: boolean;
  },
  stack: DisposableStack,
  attempt?: Attempt,
): TrainingLinks {
  const { optimizer, reference } = inputs;
  // A policy compared with itself is at 0, exactly, and not only but for rounding.
  const compared = (beta > 0 || needsReference(loss)) && reference !== undefined &&
    reference.digest !== inputs.policy.digest;
  const other = compared ? stack.use(loadReference(policy, reference.directory)) : undefined;
  const sizes = [policy, other ?? policy].map(({ config }) => config.vocab_size);
  if (sizes[0] !== sizes[1]) {
    throw new Error(
      `Cannot measure a KL penalty: the reference has a vocabulary of ${sizes[1]}, the policy ` +
        `one of ${sizes[0]}; connect a policy that the trained one comes from`,
    );
  }
  return {
    reference: other,
    start: optimizer === undefined || attempt?.checkpoints.last !== undefined
      ? undefined
      : loadOptimizer(policy, optimizer.directory),
    ...attempt === undefined ? {} : resumption(policy, attempt),
    ...(keep_optimizer ? { onEnd: (state) => saveOptimizer(state, output.directory) } : {}),
  };
}
