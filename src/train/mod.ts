export { completionLength, type Row } from "./batch.ts";
export { activationBytes } from "./decoder.ts";
export { headBytes } from "./head.ts";
export { ACTIVATION_BUDGET } from "./micro_batches.ts";
export { type AdamState, ADAMW, OPTIMIZER, type Optimizer } from "./optimizer.ts";
export {
  SUPERVISED_TRAINING,
  type SupervisedStep,
  supervisedSteps,
  type SupervisedTraining,
  trainSupervised,
} from "./supervised.ts";
export { learningRateAt, SCHEDULE, type Schedule, SCHEDULE_STEPS } from "./schedules.ts";
export {
  type BatchOptions,
  GRADIENT_CHECKPOINTING,
  score,
  type StepMetrics,
  type Trainable,
  trainedOf,
  Trainer,
  type TrainerOptions,
} from "./trainer.ts";
