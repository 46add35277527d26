import { Random } from "../src/random/random.ts";
import { loadPolicy, mean, proposeDatasets } from "../src/rl/mod.ts";
import { WORLDS } from "../src/worlds/mod.ts";
import { PROBLEMS_FILE, writeJson, writeLines } from "./artifacts.ts";
import { checkProposals, madeByProposals } from "./checks.ts";
import { MAX_NEW_TOKENS, TRAINING_TEMPERATURE, WORLD } from "./settings.ts";
import { defineStage, engineOf } from "./stage.ts";

/** Lets a teacher write datasets of problems (SOAR, step 1 of the loop). */
export const sample_problems = defineStage({
  name: "sample_problems",
  version: 1,
  summary: "Samples a teacher until there are exactly datasets × size well-formed problems.",
  config: {
    type: "object",
    properties: {
      world: WORLD,
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
      max_new_tokens: MAX_NEW_TOKENS,
    },
    additionalProperties: false,
  },
  inputs: { policy: "policy" },
  outputs: { datasets: "problems[]", summary: "proposals" },
  check: checkProposals,
  made: madeByProposals,
  async run({ config, inputs, outputs, seed, services, signal }) {
    using teacher = loadPolicy(inputs.policy.directory);
    const engine = engineOf({ services, signal });
    const world = WORLDS[config.world];
    const proposals = await proposeDatasets(teacher, engine, world, config, new Random(seed));
    proposals.datasets.forEach((dataset, k) =>
      writeLines(outputs.datasets.item(k), PROBLEMS_FILE, dataset)
    );
    const all = proposals.datasets.flat();
    const summary = {
      drawn: proposals.drawn,
      well_formed: proposals.well_formed / proposals.drawn,
      correct: mean(all.map(({ correct }) => Number(correct))),
      distinct: new Set(all.map(({ problem }) => problem)).size / all.length,
    };
    writeJson(outputs.summary, "proposals", summary);
    return summary;
  },
});
