import type { InferAll } from "../../schemas/infer.ts";
import type { Random } from "../random/random.ts";
import type { Row } from "./batch.ts";
import { OPTIMIZER } from "./optimizer.ts";
import { learningRateAt, SCHEDULE, SCHEDULE_STEPS } from "./schedules.ts";
import { GRADIENT_CHECKPOINTING, type StepMetrics, type Trainer } from "./trainer.ts";

/** Settings of training on examples. */
export const SUPERVISED_TRAINING = {
  loss: {
    component: "loss",
    default: "cross_entropy",
    description: "What is minimized.",
    was: ["loss_type"],
  },
  ...SCHEDULE,
  ...SCHEDULE_STEPS,
  learning_rate: { ...SCHEDULE.learning_rate, default: 2e-5 },
  ...OPTIMIZER,
  ...GRADIENT_CHECKPOINTING,
  batch: {
    type: "integer",
    minimum: 1,
    default: 16,
    description: "Examples in a step.",
    was: ["per_device_train_batch_size", "train_batch_size", "batch_size"],
  },
  num_train_epochs: {
    type: "integer",
    minimum: 1,
    default: 1,
    description: "How often each example is trained on.",
    was: ["epochs", "total_epochs", "num_epochs"],
  },
  steps: {
    type: "integer",
    minimum: 1,
    description: "Optimizer steps; as many as num_train_epochs take unless set.",
    was: ["max_steps", "total_training_steps", "num_steps"],
  },
  shuffle: {
    type: "boolean",
    default: true,
    description: "Whether the examples are put in another order in each epoch, or stay in theirs.",
  },
} as const;

/** How a model is trained on examples, apart from the loss. */
export type SupervisedTraining = Omit<InferAll<typeof SUPERVISED_TRAINING>, "loss">;

/** What a step reports. */
export interface SupervisedStep extends StepMetrics {
  /** Counted from 0. */
  readonly step: number;
  readonly learningRate: number;
  /** Tokens of the examples, prompts included. */
  readonly tokens: number;
}

/** Optimizer steps that training on so many examples takes. */
export function supervisedSteps(
  examples: number,
  { steps, num_train_epochs, batch }: SupervisedTraining,
): number {
  return steps ?? num_train_epochs * Math.ceil(examples / batch);
}

/**
 * Trains on examples, epoch by epoch: a batch has examples of one epoch, the last of it what is left, as in TRL.
 *
 * @param position steps of the schedule before
 * @param done steps of this training that were taken before: they are passed over
 * @param onStep called after each step
 * @returns steps of the schedule so far
 * @throws {RangeError} when there are no examples
 */
export async function trainSupervised(
  trainer: Trainer,
  examples: readonly Row[],
  settings: SupervisedTraining,
  random: Random,
  { position = 0, done = 0, onStep = () => {}, signal }: {
    readonly position?: number;
    readonly done?: number;
    readonly onStep?: (step: SupervisedStep) => void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<number> {
  if (examples.length === 0) throw new RangeError("Cannot train on no examples");
  const steps = supervisedSteps(examples.length, settings);
  const scheduled = settings.schedule_steps ?? position + steps;
  let left: readonly Row[] = [], epoch = 0;
  for (let step = 0; step < steps; step++) {
    signal?.throwIfAborted();
    if (left.length === 0) {
      left = settings.shuffle ? random.derive("epoch", epoch).shuffle(examples) : examples;
      epoch++;
    }
    const batch = left.slice(0, settings.batch);
    left = left.slice(settings.batch);
    if (step < done) continue;
    const learningRate = learningRateAt(settings, position + step, scheduled);
    const metrics = await trainer.step(batch, learningRate);
    const tokens = batch.reduce((sum, { ids }) => sum + ids.length, 0);
    onStep({ step, learningRate, tokens, ...metrics });
  }
  return position + steps;
}
