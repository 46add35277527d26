import { Random } from "../src/random/random.ts";
import { loadPolicy } from "../src/policy/mod.ts";
import { evaluate as evaluatePolicy, SAMPLING, tellRollouts } from "../src/rl/mod.ts";
import { readProblems, writeJson } from "../src/stage/artifact_files.ts";
import { TASK } from "../src/stage/shared_settings.ts";
import { checkSampling } from "../src/stage/checks/check_sampling.ts";
import { defineStage, engineOf } from "../src/stage/define_stage.ts";

/** Measures a policy on problems. */
export const evaluate = defineStage({
  name: "evaluate",
  version: 1,
  summary: "Samples solutions and reports accuracy with its interval and unbiased pass@k.",
  config: {
    type: "object",
    properties: { task: TASK, ...SAMPLING },
    required: ["task"],
    additionalProperties: false,
  },
  inputs: { policy: "policy", problems: "problems" },
  outputs: { report: "evaluation" },
  check: checkSampling,
  footprint: "sampling",
  async run({ config, inputs, outputs, seed, services, signal, progress, record }) {
    using policy = loadPolicy(inputs.policy.directory);
    const problems = readProblems(inputs.problems), total = problems.length * config.samples;
    const onCompleted = (completions: number) => progress(completions, total);
    const evaluation = await evaluatePolicy(
      policy,
      { ...engineOf({ services, signal }), onCompleted },
      await services.library.task(config.task),
      problems,
      config,
      new Random(seed),
      (samples) => {
        const told = samples.map((one) => ({ ...one, group: one.rollout.promptIndex }));
        tellRollouts(policy, 0, told, (rows) => record("rollouts", rows));
      },
    );
    writeJson(outputs.report, "evaluation", evaluation);
    const { accuracy, pass_at, well_formed } = evaluation;
    return { accuracy, pass_at, ...(well_formed === undefined ? {} : { well_formed }) };
  },
});
