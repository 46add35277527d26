import { defineGrader } from "./grader.ts";
import { goldProblem, gradeMath } from "./math/grade.ts";

/** Answers of school and competition mathematics (docs/decisions/0031). */
export const math = defineGrader({
  name: "math",
  summary:
    "An answer in a box, compared as mathematics: 1/2 is 0.5, x > 2 is (2, ∞), {1, 2} is not (1, 2).",
  config: {
    type: "object",
    properties: {
      mode: {
        enum: ["auto", "strict", "lenient"],
        default: "auto",
        description:
          "strict: only what stands in \\boxed{} is an answer; lenient: what is called the answer, or the " +
          "last formula or number, too; auto: strict where a policy is trained, lenient where it is measured.",
      },
      tolerance: {
        type: "number",
        minimum: 0,
        default: 5e-7,
        description: "How far a decimal may be from what it stands for.",
      },
    },
    additionalProperties: false,
  },
  create({ mode, tolerance }) {
    return Object.assign(
      (
        { answer }: { readonly answer: string },
        completion: string,
        { measuring }: { readonly measuring?: boolean },
      ) =>
        gradeMath(answer, completion, {
          lenient: mode === "lenient" || (mode === "auto" && measuring === true),
          tolerance,
        }),
      { check: (answer: string) => goldProblem(answer, tolerance) },
    );
  },
});
