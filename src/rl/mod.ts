export { advantages, isFlat, type Reward } from "./advantages.ts";
export { DeviceTrial, tryDevice } from "./device_trial.ts";
export { type Engine, ENGINE_DEFAULTS } from "./engine.ts";
export { type EstimatorName, ESTIMATORS } from "./estimators/mod.ts";
export { restoreTraining, saveTraining, type TrainingState } from "./training_state.ts";
export { loadOptimizer, type OptimizerState, saveOptimizer } from "./optimizer_state.ts";
export {
  applyCheckpointRule,
  centredAverage,
  CHECKPOINT_RULE,
  type CheckpointChoice,
  type CheckpointRule,
} from "./flattening.ts";
export {
  answeredShare,
  averageEvaluations,
  countAnswers,
  differenceOf,
  type Evaluation,
  gainOver,
  type ProblemResult,
} from "./evaluation.ts";
export { evaluate, type GradedSample } from "./measure.ts";
export { paidByDataset, paidByItem, type PaidRollout } from "./pay.ts";
export { decidePromotion, type PromotionDecision, type PromotionRule } from "./promotion.ts";
export {
  needsReference,
  POLICY_GRADIENT,
  type PolicyGradient,
  trainerOf,
  type TrainingLinks,
  type WithLoss,
} from "./policy_gradient.ts";
export {
  type GradedRollout,
  type Lessons,
  STUDENT_TRAINING,
  type StudentStep,
  type StudentTraining,
  type TrainedRollout,
  trainStudent,
} from "./student.ts";
export { gradeRollouts, isCorrect } from "./grading.ts";
export {
  earn,
  groundedRewards,
  learnability,
  problemLearnability,
  type WeightedReward,
} from "./rewards.ts";
export { drawingFlops, type Extent, scoringFlops, trainingFlops } from "./flops.ts";
export { type RolloutRow, tellRollouts, type Told } from "./rollout_rows.ts";
export { drawRollouts, type Rollout } from "./rollouts.ts";
export { LOGP_TOLERANCE, scoreRollouts, selfTest } from "./scoring.ts";
export {
  MAX_COMPLETION_LENGTH,
  SAMPLING,
  type Sampling,
  TRAINING_TEMPERATURE,
} from "./sampling.ts";
export { agree, deviation, mean, pairedDifference, passAtK, wilsonInterval } from "./statistics.ts";
export { countProposals, type ProposalCounts } from "./proposal_counts.ts";
export {
  byReason,
  type Proposal,
  type Proposals,
  proposeDatasets,
  type ProposedProblem,
  type RejectedProposal,
  TooFewProposals,
} from "./proposals.ts";
export { type TeacherStep, updateTeacher } from "./teacher.ts";
