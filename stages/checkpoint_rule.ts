import {
  applyCheckpointRule,
  averageEvaluations,
  CHECKPOINT_RULE,
  type Evaluation,
  type StudentStep,
} from "../src/rl/mod.ts";
import {
  type Checkpoints,
  readJson,
  readLines,
  STEPS_FILE,
  writeJson,
} from "../src/stage/artifact_files.ts";
import { checkWindow } from "../src/stage/checks/check_window.ts";
import { defineStage } from "../src/stage/define_stage.ts";

/** Reports a student at the checkpoints after its reward has flattened (SOAR's evaluation). */
export const checkpoint_rule = defineStage({
  name: "checkpoint_rule",
  version: 1,
  summary:
    "The mean evaluation of a student's checkpoints after its training reward has flattened.",
  config: {
    type: "object",
    properties: {
      window: {
        type: "integer",
        minimum: 1,
        default: CHECKPOINT_RULE.window,
        description: "Steps that the training reward is averaged over, centred; an odd number.",
      },
      share: {
        type: "number",
        minimum: 0,
        maximum: 1,
        default: CHECKPOINT_RULE.share,
        description: "It has flattened where its slope is under this share of the largest.",
      },
      after: {
        type: "integer",
        minimum: 1,
        default: CHECKPOINT_RULE.after,
        description: "Steps after that whose checkpoints are reported.",
      },
    },
    additionalProperties: false,
  },
  resources: { cpu: 0 },
  inputs: {
    rollouts: "rollouts",
    /** Of every checkpoint, in order. */
    reports: "evaluation[]",
  },
  outputs: { report: "evaluation" },
  check: checkWindow,
  run({ config, inputs, outputs, log }) {
    const { steps: taken } = readJson<Checkpoints>(inputs.rollouts, "checkpoints");
    const reports = inputs.reports.map((report) => readJson<Evaluation>(report, "evaluation"));
    if (reports.length !== taken.length) {
      throw new Error(
        `Cannot match ${reports.length} evaluations with ${taken.length} checkpoints: evaluate ` +
          "each; their number is the student's steps over its checkpoint_every",
      );
    }
    const rewards = readLines<StudentStep>(inputs.rollouts, STEPS_FILE).map(({ reward }) => reward);
    const choice = applyCheckpointRule(rewards, config);
    const { step, until, flattened } = choice;
    const reported = taken.filter((at) => at > step && at <= until);
    if (reported.length === 0) {
      throw new Error(
        `Cannot report steps ${
          step + 1
        } to ${until} of ${rewards.length}: no checkpoint is there; ` +
          "train longer, or lower the student's checkpoint_every",
      );
    }
    if (!flattened) log(`the reward has not flattened in ${rewards.length} steps`);
    const report = averageEvaluations(reports.filter((_, i) => reported.includes(taken[i]!)));
    writeJson(outputs.report, "evaluation", report);
    writeJson(outputs.report, "choice", { ...choice, reported });
    const { accuracy, pass_at } = report;
    return { step, flattened, until, checkpoints: reported.length, accuracy, pass_at };
  },
});
