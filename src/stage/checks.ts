/**
 * What schemas cannot say of configurations (settings that need others, or a connected input), and how many items come out.
 * They stand apart from the stages, so that a pipeline can be checked without the engine that these import, and one by one,
 * so that each is in the keys of its own stage alone.
 *
 * @module
 */
import { checkHard } from "./checks/check_hard.ts";
import { checkLoading } from "./checks/check_loading.ts";
import { checkModel } from "./checks/check_model.ts";
import { checkPromotion } from "./checks/check_promotion.ts";
import { checkProposals, madeByProposals } from "./checks/check_proposals.ts";
import { checkReport } from "./checks/check_report.ts";
import { checkSampling } from "./checks/check_sampling.ts";
import { checkSource } from "./checks/check_source.ts";
import { checkSplit, madeBySplit } from "./checks/check_split.ts";
import { checkStudent, madeByStudent } from "./checks/check_student.ts";
import { checkSupervised } from "./checks/check_supervised.ts";
import { checkTeacher } from "./checks/check_teacher.ts";
import { madeByTraining } from "./checks/check_training.ts";
import { checkWindow } from "./checks/check_window.ts";

/** The checks by stage, for the catalogue. */
export const CHECKS = {
  checkpoint_rule: checkWindow,
  evaluate: checkSampling,
  load_policy: checkSource,
  load_problems: checkLoading,
  pretrain: checkModel,
  promote: checkPromotion,
  report: checkReport,
  reward_learnability: checkSampling,
  sample_problems: checkProposals,
  select_hard: checkHard,
  split_problems: checkSplit,
  train_student: checkStudent,
  train_supervised: checkSupervised,
  update_teacher: checkTeacher,
} as const;

/** What comes out, by stage, for the catalogue. */
export const MADE = {
  sample_problems: madeByProposals,
  split_problems: madeBySplit,
  train_student: madeByStudent,
  train_supervised: madeByTraining,
  update_teacher: madeByTraining,
} as const;
