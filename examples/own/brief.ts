import { defineReward } from "@soar/soar";

export const brief = defineReward({
  name: "brief",
  summary: "1 for a completion of at most so many tokens, falling to 0 at twice as many.",
  config: {
    type: "object",
    properties: { tokens: { type: "integer", minimum: 1, default: 16 } },
    additionalProperties: false,
  },
  score: ({ tokens }, settings) => Math.min(1, Math.max(0, 2 - tokens / settings.tokens)),
});
