import { Random } from "../src/random/random.ts";
import { writeProblems } from "../src/stage/artifact_files.ts";
import { TASK } from "../src/stage/shared_settings.ts";
import { defineStage } from "../src/stage/define_stage.ts";

/** Makes a pool of problems with right answers. */
export const make_problems = defineStage({
  name: "make_problems",
  version: 1,
  summary: "Makes problems, all different, of a given depth with their right answers.",
  config: {
    type: "object",
    properties: {
      task: TASK,
      count: { type: "integer", minimum: 1, default: 160, description: "How many." },
      depth: { type: "integer", minimum: 1, default: 8, description: "Hard operations in each." },
    },
    required: ["task"],
    additionalProperties: false,
  },
  inputs: {},
  outputs: { problems: "problems" },
  async run({ config, outputs, seed, services }) {
    const random = new Random(seed), { generator } = await services.library.task(config.task);
    if (generator === undefined) {
      throw new Error("Cannot make problems: the task has no generator; load some instead");
    }
    const made = new Map<string, string>();
    for (let tries = 0; made.size < config.count; tries++) {
      if (tries > 100 * config.count) {
        throw new Error(
          `Cannot make ${config.count} problems of depth ${config.depth}: ` +
            `only ${made.size} different ones were found`,
        );
      }
      const { problem, answer } = generator.draw(random, config.depth);
      made.set(problem, answer);
    }
    const problems = [...made].map(([problem, answer], i) => ({ id: `h${i}`, problem, answer }));
    writeProblems(outputs.problems, problems);
    return { problems: problems.length };
  },
});
