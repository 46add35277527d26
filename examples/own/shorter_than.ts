import { defineStage, readProblems, writeProblems } from "@soar/soar";

export const shorter_than = defineStage({
  name: "shorter_than",
  version: 1,
  summary: "Keeps problems of fewer characters.",
  config: {
    type: "object",
    properties: { characters: { type: "integer", minimum: 1 } },
    required: ["characters"],
    additionalProperties: false,
  },
  inputs: { problems: "problems" },
  outputs: { problems: "problems" },
  run({ config, inputs, outputs }) {
    const all = readProblems(inputs.problems);
    const kept = all.filter(({ problem }) => problem.length < config.characters);
    writeProblems(outputs.problems, kept);
    return { kept: kept.length, of: all.length };
  },
});
