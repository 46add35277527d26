/** Where training stands in the middle of a step: what is trained, the optimizer's state, and how far it is. @module */
import { join } from "node:path";
import { fillWeights, openFile, readSafetensors, roundWeights } from "../models/mod.ts";
import type { Sessions } from "../onnx/mod.ts";
import { readJson, writeJson, writeTensors } from "../policy/json_files.ts";
import { type Trainable, trainedOf } from "../train/mod.ts";
import { loadOptimizer, type OptimizerState, saveOptimizer } from "./optimizer_state.ts";

const FILES = { counts: "training.json", weights: "trained.safetensors" } as const;

/** Where training stands; random numbers need no state, as they are drawn by step (src/random). */
export interface TrainingState {
  readonly optimizer: OptimizerState;
  /** Steps so far. */
  readonly done: number;
  /** Whether the policy has changed since the beginning. */
  readonly changed: boolean;
}

/** Writes a state with the weights that it belongs to. */
export function saveTraining(
  policy: Trainable,
  { optimizer, done, changed }: TrainingState,
  directory: string,
): void {
  writeJson(join(directory, FILES.counts), { done, changed });
  writeTensors(trainedOf(policy).tensors, join(directory, FILES.weights));
  saveOptimizer(optimizer, directory);
}

/**
 * Puts the weights of a state into the policy, in place.
 *
 * @returns the state, whose optimizer is the caller's
 */
export async function restoreTraining(
  policy: Trainable,
  sessions: Sessions,
  directory: string,
): Promise<TrainingState> {
  const { done, changed } = readJson(join(directory, FILES.counts));
  const trained = trainedOf(policy);
  {
    using source = openFile(join(directory, FILES.weights));
    const file = readSafetensors(source), names = [...trained.shapes.keys()];
    fillWeights(trained, new Map(names.map((name) => [name, { file, name }])));
  }
  if (policy.master !== undefined) await roundWeights(policy.master, policy.weights, sessions);
  const optimizer = loadOptimizer(policy, directory);
  return { optimizer, done: Number(done), changed: changed === true };
}
