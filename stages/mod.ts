/** The table of stages: a new one is a file and a line here. @module */
import { checkpoint_rule } from "./checkpoint_rule.ts";
import { compare_arms } from "./compare_arms.ts";
import { download_policy } from "./download_policy.ts";
import { draw_problems } from "./draw_problems.ts";
import { evaluate } from "./evaluate.ts";
import { load_policy } from "./load_policy.ts";
import { load_problems } from "./load_problems.ts";
import { make_problems } from "./make_problems.ts";
import { merge_problems } from "./merge_problems.ts";
import { pretrain } from "./pretrain.ts";
import { promote } from "./promote.ts";
import { report } from "./report.ts";
import { reward_grounded } from "./reward_grounded.ts";
import { reward_learnability } from "./reward_learnability.ts";
import { sample_problems } from "./sample_problems.ts";
import { select_hard } from "./select_hard.ts";
import { split_problems } from "./split_problems.ts";
import type { AnyStage } from "../src/stage/define_stage.ts";
import { train_student } from "./train_student.ts";
import { train_supervised } from "./train_supervised.ts";
import { update_teacher } from "./update_teacher.ts";

export { type AnyStage, defineStage, type Services } from "../src/stage/define_stage.ts";

/** Every stage, by the name that `uses:` takes. */
export const STAGES: Readonly<Record<string, AnyStage>> = {
  checkpoint_rule,
  compare_arms,
  download_policy,
  draw_problems,
  evaluate,
  load_policy,
  load_problems,
  make_problems,
  merge_problems,
  pretrain,
  promote,
  report,
  reward_grounded,
  reward_learnability,
  sample_problems,
  select_hard,
  split_problems,
  train_student,
  train_supervised,
  update_teacher,
};
