export { type AdvantageEstimator, advantages, isFlat, type Reward } from "./advantages.ts";
export {
  describeModel,
  loadConfig,
  loadPolicy,
  loadTrainable,
  savePolicy,
  withAdapters,
  withPrecision,
} from "./checkpoint.ts";
export type { LlamaConfig, Precision } from "../models/mod.ts";
export { loadGguf, loadGgufConfig } from "./gguf.ts";
export { loadOptimizer, type OptimizerState, saveOptimizer } from "./optimizer_state.ts";
export {
  applyCheckpointRule,
  centredAverage,
  CHECKPOINT_RULE,
  type CheckpointChoice,
  type CheckpointRule,
} from "./checkpoint_rule.ts";
export {
  averageEvaluations,
  countAnswers,
  differenceOf,
  evaluate,
  type Evaluation,
  type ProblemResult,
} from "./evaluate.ts";
export {
  adaptPolicy,
  clonePolicy,
  encodePrompt,
  type Engine,
  ENGINE_DEFAULTS,
  type Policy,
} from "./policy.ts";
export { decidePromotion, type PromotionDecision, type PromotionRule } from "./promotion.ts";
export {
  type GradedRollout,
  type PolicyGradient,
  type StudentStep,
  type StudentTraining,
  type TrainingLinks,
  trainStudent,
} from "./reinforce.ts";
export { grade, groundedRewards, learnability, type StudentReward } from "./rewards.ts";
export {
  drawRollouts,
  LOGP_TOLERANCE,
  type Rollout,
  type Sampling,
  scoreRollouts,
  selfTest,
} from "./rollouts.ts";
export { agree, deviation, mean, passAtK, wilsonInterval } from "./statistics.ts";
export {
  type Proposals,
  proposeDatasets,
  type ProposedProblem,
  type TeacherStep,
  updateTeacher,
} from "./teacher.ts";
