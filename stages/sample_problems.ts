import { Random } from "../src/random/random.ts";
import { loadPolicy } from "../src/policy/mod.ts";
import {
  MAX_COMPLETION_LENGTH,
  mean,
  proposeDatasets,
  TRAINING_TEMPERATURE,
} from "../src/rl/mod.ts";
import {
  PROBLEMS_FILE,
  REJECTED_FILE,
  writeJson,
  writeLines,
} from "../src/stage/artifact_files.ts";
import { TASK } from "../src/stage/shared_settings.ts";
import { checkProposals } from "../src/stage/checks/check_proposals.ts";
import { madeByProposals } from "../src/stage/checks/check_proposals.ts";
import { defineStage, engineOf } from "../src/stage/define_stage.ts";

/** Lets a teacher write datasets of problems (SOAR, step 1 of the loop). */
export const sample_problems = defineStage({
  name: "sample_problems",
  version: 1,
  summary: "Samples a teacher until there are exactly datasets × size well-formed problems.",
  config: {
    type: "object",
    properties: {
      task: TASK,
      datasets: {
        type: "integer",
        minimum: 1,
        default: 4,
        description: "Datasets (the paper's g).",
      },
      size: { type: "integer", minimum: 1, default: 32, description: "Problems in each (n)." },
      limit: {
        type: "integer",
        minimum: 1,
        default: 20000,
        description: "Draws before giving up.",
      },
      temperature: TRAINING_TEMPERATURE,
      max_completion_length: MAX_COMPLETION_LENGTH,
    },
    required: ["task"],
    additionalProperties: false,
  },
  inputs: { policy: "policy" },
  outputs: { datasets: "problems[]", summary: "proposals" },
  check: checkProposals,
  made: madeByProposals,
  footprint: "sampling",
  async run({ config, inputs, outputs, seed, services, signal }) {
    using teacher = loadPolicy(inputs.policy.directory);
    const engine = engineOf({ services, signal });
    const task = await services.library.task(config.task);
    const { datasets, rejected } = await proposeDatasets(
      teacher,
      engine,
      task,
      config,
      new Random(seed),
    );
    datasets.forEach((dataset, k) => writeLines(outputs.datasets.item(k), PROBLEMS_FILE, dataset));
    const all = datasets.flat(), drawn = all.length + rejected.length;
    const judged = all.flatMap(({ judgement }) => judgement === undefined ? [] : [judgement]);
    const summary = {
      drawn,
      well_formed: all.length / drawn,
      ...judged.length === 0 ? {} : { correct: mean(judged.map(({ right }) => Number(right))) },
      distinct: new Set(all.map(({ problem }) => problem)).size / all.length,
    };
    writeLines(outputs.summary.directory, REJECTED_FILE, rejected);
    writeJson(outputs.summary, "proposals", summary);
    return summary;
  },
});
