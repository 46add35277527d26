import { Random } from "../src/random/random.ts";
import { readProblems, writeProblems } from "../src/stage/artifact_files.ts";
import { defineStage } from "../src/stage/define_stage.ts";

/** Draws problems from a set, such as those that the rewards of an outer step are measured on (SOAR's Q_R). */
export const draw_problems = defineStage({
  name: "draw_problems",
  version: 1,
  summary: "Draws problems from a set, each at most once; inside a loop others in each iteration.",
  config: {
    type: "object",
    properties: {
      count: {
        type: "integer",
        minimum: 1,
        default: 64,
        description: "How many; a set of fewer is taken whole.",
      },
    },
    additionalProperties: false,
  },
  inputs: { problems: "problems" },
  outputs: { problems: "problems" },
  run({ config, inputs, outputs, seed, log }) {
    const set = readProblems(inputs.problems);
    if (set.length < config.count) {
      log(`the set of ${set.length} is taken whole: count is ${config.count}`);
    }
    // In the set's order, so that drawing all of it changes nothing that follows.
    const chosen = new Set(
      new Random(seed).shuffle([...set.keys()]).slice(0, config.count),
    );
    writeProblems(outputs.problems, set.filter((_, i) => chosen.has(i)));
    return { problems: chosen.size, of: set.length };
  },
});
