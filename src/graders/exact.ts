import { compareAnswer, defineGrader, type Problem } from "./grader.ts";

/** The answer, character by character. */
export const exact = defineGrader({
  name: "exact",
  summary: "What follows a mark, up to the end of its line, is the answer, character by character.",
  config: {
    type: "object",
    properties: {
      after: {
        type: "string",
        default: "",
        description: "The mark, of which the last one counts; the last line where it is empty.",
      },
      ignore_case: { type: "boolean", default: false, description: "Whether case matters not." },
    },
    additionalProperties: false,
  },
  create({ after, ignore_case }) {
    const form = (text: string) => ignore_case ? text.trim().toLowerCase() : text.trim();
    const grade = ({ answer }: Problem, completion: string) =>
      compareAnswer(extract(completion, after), (given) => form(given) === form(answer));
    return Object.assign(grade, { check: mistakeIn });
  },
});

/** The answer in a completion; undefined when there is none. */
function extract(completion: string, after: string): string | undefined {
  if (after === "") return completion.trim().split("\n").at(-1)!.trim() || undefined;
  const at = completion.lastIndexOf(after);
  if (at < 0) return undefined;
  return completion.slice(at + after.length).split("\n", 1)[0]!.trim() || undefined;
}

/** What no line of a completion equals. */
function mistakeIn(answer: string): string | undefined {
  if (answer.trim() === "") return "it is empty";
  return answer.trim().includes("\n") ? "it has several lines, and one is compared" : undefined;
}
