/** What graders make of completions, told briefly. @module */
import { defaultsOf } from "../../schemas/infer.ts";
import type { GraderDefinition, Problem } from "../../src/graders/grader.ts";

/** Outcome and answer of a completion, such as `correct "42"`. */
export async function grade(
  definition: GraderDefinition,
  problem: Partial<Problem> & { readonly answer: string },
  completion: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const grader = await definition.create({ ...defaultsOf(definition.config), ...settings });
  const { outcome, answer } = await grader({ id: "p", problem: "?", ...problem }, completion, {});
  return answer === null ? outcome : `${outcome} ${JSON.stringify(answer)}`;
}
