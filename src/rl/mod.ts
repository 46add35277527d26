export { type AdvantageEstimator, advantages, isFlat, type Reward } from "./advantages.ts";
export { type Engine, ENGINE_DEFAULTS } from "./engine.ts";
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
export { decidePromotion, type PromotionDecision, type PromotionRule } from "./promotion.ts";
export {
  type GradedRollout,
  type Lessons,
  type PolicyGradient,
  type StudentStep,
  type StudentTraining,
  type TrainingLinks,
  trainStudent,
} from "./reinforce.ts";
export { gradeRollouts, isCorrect } from "./grading.ts";
export {
  earn,
  groundedRewards,
  learnability,
  problemLearnability,
  type WeightedReward,
} from "./rewards.ts";
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
  type RejectedProposal,
  type TeacherStep,
  updateTeacher,
} from "./teacher.ts";
