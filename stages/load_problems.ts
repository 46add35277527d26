import type { Problem } from "../src/graders/grader.ts";
import { writeProblems } from "../src/stage/artifact_files.ts";
import { defineStage } from "../src/stage/define_stage.ts";

const field = (name: string, description: string) =>
  ({ type: "string", default: name, description }) as const;

/** Reads problems from a file of the user's. */
export const load_problems = defineStage({
  name: "load_problems",
  version: 1,
  summary: "Reads problems from a JSONL file: an object a line, with a question and its answer.",
  config: {
    type: "object",
    properties: {
      path: { type: "string", format: "path", description: "The file, from the pipeline file." },
      problem: field("problem", "The field that holds the question."),
      answer: field("answer", "The field that holds the answer: text or a number."),
      id: {
        type: "string",
        description:
          "The field that holds a name of its own for each; lines are counted unless set.",
      },
      limit: { type: "integer", minimum: 1, description: "Only so many, from the first on." },
    },
    required: ["path"],
    additionalProperties: false,
  },
  inputs: {},
  outputs: { problems: "problems" },
  run({ config, outputs }) {
    const problems = readProblemLines(Deno.readTextFileSync(config.path), config);
    writeProblems(outputs.problems, problems);
    return { problems: problems.length };
  },
});

interface Fields {
  readonly path: string;
  readonly problem: string;
  readonly answer: string;
  readonly id?: string;
  readonly limit?: number;
}

/**
 * The problems of a JSONL text; other fields are kept.
 *
 * @throws {SyntaxError} with the line, when one is no object, lacks a field, or has an id that was there before
 */
function readProblemLines(text: string, fields: Fields): Problem[] {
  const problems: Problem[] = [], lines = new Map<string, number>();
  for (const [index, line] of text.replace(/^\ufeff/, "").split("\n").entries()) {
    if (line.trim() === "") continue;
    if (problems.length === fields.limit) break;
    const fail = (problem: string) =>
      new SyntaxError(`Cannot read ${fields.path}: line ${index + 1} ${problem}`);
    const problem = toProblem(line, `${problems.length}`, fields, fail);
    const before = lines.get(problem.id);
    if (before !== undefined) throw fail(`has the id ${problem.id} of line ${before}`);
    lines.set(problem.id, index + 1);
    problems.push(problem);
  }
  if (problems.length === 0) {
    throw new SyntaxError(`Cannot read ${fields.path}: it has no problems`);
  }
  return problems;
}

function toProblem(
  line: string,
  number: string,
  fields: Fields,
  fail: (problem: string) => Error,
): Problem {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw fail(`is no JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fail("is no object");
  }
  const given = value as Readonly<Record<string, unknown>>;
  const text = (name: string, setting: string) => {
    const part = Object.hasOwn(given, name) ? given[name] : undefined;
    if (typeof part === "string" && part !== "") return part;
    if (typeof part === "number" || typeof part === "boolean") return String(part);
    const known = Object.keys(given).join(", ");
    throw fail(`has no text ${name} (it has ${known}); name the field with ${setting}`);
  };
  const { problem: question, answer, id } = fields;
  return {
    ...given,
    id: id === undefined ? number : text(id, "id"),
    problem: text(question, "problem"),
    answer: text(answer, "answer"),
  };
}
