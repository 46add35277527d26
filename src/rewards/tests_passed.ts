import { defineReward } from "./reward.ts";

/** Part of an answer that is right. */
export const tests_passed = defineReward({
  name: "tests_passed",
  summary:
    "The share of tests that a program passes, from 0 to 1; for graders that give none, as correct.",
  config: { type: "object", properties: {}, additionalProperties: false },
  score: ({ verdict }) => verdict.score ?? Number(verdict.outcome === "correct"),
});
