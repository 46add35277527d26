import { defineReward } from "./reward.ts";

/** A wrong answer beside the right one (SOAR, arXiv 2601.18778, section 3.1). */
export const mentioned = defineReward({
  name: "mentioned",
  summary:
    "1 for a completion whose answer is wrong, but that has the right one in its text, else 0.",
  config: { type: "object", properties: {}, additionalProperties: false },
  score: ({ problem, completion, verdict }) =>
    Number(verdict.outcome === "wrong" && completion.includes(problem.answer)),
});
