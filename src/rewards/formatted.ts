import { defineReward } from "./reward.ts";

/** An answer that can be read. */
export const formatted = defineReward({
  name: "formatted",
  summary: "1 for a completion that an answer can be extracted from, right or wrong, else 0.",
  config: { type: "object", properties: {}, additionalProperties: false },
  score: ({ verdict }) => Number(verdict.answer !== null),
});
