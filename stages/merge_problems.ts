import type { Problem } from "../src/graders/grader.ts";
import { readProblems, writeProblems } from "../src/stage/artifact_files.ts";
import { defineStage } from "../src/stage/define_stage.ts";

/** Puts sets of problems together, such as promotion questions and the hard set (SOAR's mixed training). */
export const merge_problems = defineStage({
  name: "merge_problems",
  version: 1,
  summary: "Puts two sets of problems, or lists of sets, together in one.",
  config: { type: "object", properties: {}, additionalProperties: false },
  resources: { cpu: 0 },
  inputs: { first: "problems[]", second: "problems[]" },
  outputs: { problems: "problems" },
  run({ inputs, outputs }) {
    const sets = [...inputs.first, ...inputs.second].map((set) => readProblems(set));
    const problems = withUniqueIds(sets.flat());
    writeProblems(outputs.problems, problems);
    return { problems: problems.length, sets: sets.map((set) => set.length) };
  },
});

/**
 * Ids are unique within a set: one that was there before gets a number, as `p0~2`. What a data set has besides is kept, such
 * as tests; how a teacher came to pose a problem is left behind.
 */
function withUniqueIds(problems: readonly Problem[]): Problem[] {
  const taken = new Set<string>();
  return problems.map(({ id, rollout: _rollout, judgement: _judgement, ...rest }) => {
    let unique = id;
    for (let count = 2; taken.has(unique); count++) unique = `${id}~${count}`;
    taken.add(unique);
    return { id: unique, ...rest };
  });
}
