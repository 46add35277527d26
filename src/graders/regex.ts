import { compareAnswer, defineGrader } from "./grader.ts";
import { patternOf } from "./pattern.ts";

/** The answer by a pattern. */
export const regex = defineGrader({
  name: "regex",
  summary: "What a pattern's group matches is the answer, character by character.",
  config: {
    type: "object",
    properties: {
      pattern: {
        type: "string",
        description:
          "A regular expression (RE2: no look-around, no back-references). The answer is its " +
          "group answer, or the first group that takes part, or all of the match.",
      },
      flags: {
        type: "string",
        default: "",
        description:
          "Of i (case matters not), m (^ and $ at each line), s (. is also the end of a line).",
      },
      match: {
        enum: ["last", "first", "only"],
        default: "last",
        description: "Which match counts; only: there is no answer where two matches differ.",
      },
      ignore_case: {
        type: "boolean",
        default: false,
        description: "Whether case matters not where it is compared with the answer.",
      },
    },
    required: ["pattern"],
    additionalProperties: false,
  },
  async create({ pattern, flags, match, ignore_case }) {
    const found = await patternOf(pattern, flags);
    const form = (text: string) => ignore_case ? text.trim().toLowerCase() : text.trim();
    return ({ answer }, completion) => {
      const matches = found(completion), first = matches[0];
      if (match === "only" && matches.some((other) => form(other) !== form(first!))) {
        return { outcome: "no_answer", answer: null, reason: "its matches differ" };
      }
      const given = (match === "first" ? first : matches.at(-1))?.trim();
      return compareAnswer(given || undefined, (text) => form(text) === form(answer));
    };
  },
});
