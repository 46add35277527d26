export { completionLength, type Row } from "./batch.ts";
export { activationBytes } from "./decoder.ts";
export { headBytes } from "./head.ts";
export { ACTIVATION_BUDGET } from "./micro_batches.ts";
export type { Objective } from "./losses.ts";
export { ADAMW, type Optimizer } from "./optimizer.ts";
export { type Schedule, scheduleFactor } from "./schedules.ts";
export { score, type StepMetrics, Trainer, type TrainerOptions } from "./trainer.ts";
