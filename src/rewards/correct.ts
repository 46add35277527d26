import { defineReward } from "./reward.ts";

/** The right answer. */
export const correct = defineReward({
  name: "correct",
  summary: "1 for a completion that is graded correct, else 0.",
  config: { type: "object", properties: {}, additionalProperties: false },
  score: ({ verdict }) => Number(verdict.outcome === "correct"),
});
