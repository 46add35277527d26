/**
 * What runs policies, for stages of your own: read one, sample it, grade what it wrote, measure it.
 *
 * @example A stage that samples a policy once
 * ```ts
 * import { defineStage, engineOf, readProblems, writeJson } from "@soar/soar";
 * import { drawRollouts, gradeRollouts, loadPolicy, Random } from "@soar/soar/engine";
 *
 * export const first_try = defineStage({
 *   name: "first_try",
 *   version: 1,
 *   summary: "Which problems a policy solves at once.",
 *   config: {
 *     type: "object",
 *     properties: { task: { component: "task" } },
 *     required: ["task"],
 *     additionalProperties: false,
 *   },
 *   inputs: { policy: "policy", problems: "problems" },
 *   outputs: { solved: "solved" },
 *   async run({ config, inputs, outputs, seed, services, signal }) {
 *     using policy = loadPolicy(inputs.policy.directory);
 *     const engine = engineOf({ services, signal }), problems = readProblems(inputs.problems);
 *     const task = await services.library.task(config.task);
 *     const prompts = problems.map((problem) => task.prompt(problem));
 *     const sampling = { samples: 1, temperature: 1, max_completion_length: 40 };
 *     const rollouts = await drawRollouts(policy, engine, prompts, sampling, new Random(seed));
 *     const verdicts = await gradeRollouts(task, problems, rollouts, engine);
 *     const solved = verdicts.map(({ outcome }) => outcome === "correct");
 *     writeJson(outputs.solved, "solved", solved);
 *     return { solved: solved.filter(Boolean).length };
 *   },
 * });
 * ```
 *
 * @module
 */
export type { Records } from "./graders/grader.ts";
export { loadPolicy, type Policy, savePolicy } from "./policy/mod.ts";
export {
  drawRollouts,
  type Engine,
  evaluate,
  type Evaluation,
  type GradedSample,
  type ProblemResult,
  type Rollout,
  type Sampling,
} from "./rl/mod.ts";
export { gradeRollouts } from "./rl/grading.ts";
export { Random } from "./random/random.ts";
