export { completionLength, type Row } from "./batch.ts";
export { activationBytes } from "./decoder.ts";
export { headBytes } from "./head.ts";
export { ACTIVATION_BUDGET } from "./micro_batches.ts";
export type { Objective } from "./losses.ts";
export { type AdamState, ADAMW, type DecayOn, type Optimizer } from "./optimizer.ts";
export { type Schedule, scheduleFactor, type WarmupFrom } from "./schedules.ts";
export { score, type StepMetrics, Trainer, type TrainerOptions } from "./trainer.ts";
