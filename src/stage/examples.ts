/** What supervised training learns from. @module */
import type { Artifact } from "../core/stage.ts";
import type { Problem } from "../graders/grader.ts";
import { encodeExample, type Policy } from "../policy/mod.ts";
import type { ProposedProblem } from "../rl/mod.ts";
import type { Task } from "../tasks/task.ts";
import type { Prompt } from "../text/prompt.ts";
import type { Row } from "../train/mod.ts";
import { readProblems } from "./artifact_files.ts";

/**
 * Problems as a task asks them, with the field that holds the completion.
 *
 * @throws {Error} when a problem has no such text, or is longer than the model's context
 */
export function examplesOf(
  policy: Policy,
  task: Pick<Task, "prompt">,
  problems: Artifact,
  field: string,
): Row[] {
  return readProblems(problems).map((problem: Problem) => {
    const completion = Object.hasOwn(problem, field) ? problem[field] : undefined;
    if (typeof completion !== "string" || completion === "") {
      throw new Error(
        `Cannot train on problem ${problem.id}: it has no text ${field} (it has ` +
          `${Object.keys(problem).join(", ")}); name the field with completion`,
      );
    }
    return fitting(
      policy,
      encodeExample(policy, task.prompt(problem), completion),
      () => `problem ${problem.id}`,
    );
  });
}

/** What a teacher wrote after what it was asked, in the very tokens. @throws {Error} when a problem was not proposed */
export function proposalExamples(datasets: readonly Artifact[]): Row[] {
  return datasets.flatMap((dataset) =>
    readProblems<Problem & Partial<ProposedProblem>>(dataset).map(({ id, rollout }) => {
      if (rollout === undefined) {
        throw new Error(
          `Cannot train on problem ${id} as a proposal: nobody wrote it; connect it as problems`,
        );
      }
      const { promptIds, ids } = rollout;
      return { ids: [...promptIds, ...ids], promptLength: promptIds.length };
    })
  );
}

/**
 * Lines of a JSONL file with `prompt` and `completion`. Texts are taken as they are; messages (`[{ role, content }]`, an
 * optional system's and a user's; an assistant's) go through the model's chat template.
 *
 * @throws {SyntaxError} with the line, when it is anything else
 */
export function lineExamples(policy: Policy, path: string): Row[] {
  const rows: Row[] = [];
  for (
    const [i, line] of Deno.readTextFileSync(path).replace(/^\ufeff/, "").split("\n").entries()
  ) {
    if (line.trim() === "") continue;
    const fail = (problem: string) =>
      new SyntaxError(`Cannot read ${path}: line ${i + 1} ${problem}`);
    const { prompt, completion } = parse(line, fail);
    const example = encodeExample(policy, promptOf(prompt, fail), completionOf(completion, fail));
    rows.push(fitting(policy, example, () => `line ${i + 1} of ${path}`));
  }
  if (rows.length === 0) throw new SyntaxError(`Cannot read ${path}: it has no examples`);
  return rows;
}

type Fail = (problem: string) => Error;

function parse(line: string, fail: Fail): Readonly<Record<"prompt" | "completion", unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw fail(`is no JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fail("is no object");
  }
  const missing = ["prompt", "completion"].find((key) => !Object.hasOwn(value, key));
  if (missing === undefined) return value as Readonly<Record<"prompt" | "completion", unknown>>;
  throw fail(`has no ${missing} (it has ${Object.keys(value).join(", ")})`);
}

function promptOf(prompt: unknown, fail: Fail): Prompt {
  if (typeof prompt === "string") return { text: prompt, chat: false };
  const messages = messagesOf(prompt, "prompt", fail);
  const system = messages[0]?.role === "system" ? messages[0].content : undefined;
  const rest = system === undefined ? messages : messages.slice(1), [user] = rest;
  if (rest.length !== 1 || user!.role !== "user") {
    throw fail("has a prompt that is not a user's message, after a system's or alone");
  }
  return { text: user!.content, chat: true, ...(system === undefined ? {} : { system }) };
}

function completionOf(completion: unknown, fail: Fail): string {
  if (typeof completion === "string") {
    if (completion !== "") return completion;
    throw fail("has an empty completion");
  }
  const messages = messagesOf(completion, "completion", fail);
  if (messages.length === 1 && messages[0]!.role === "assistant") return messages[0]!.content;
  throw fail("has a completion that is not one message of the assistant's");
}

function messagesOf(value: unknown, what: string, fail: Fail) {
  const isMessage = (part: unknown): part is { readonly role: string; readonly content: string } =>
    typeof part === "object" && part !== null && "role" in part && "content" in part &&
    typeof part.role === "string" && typeof part.content === "string";
  if (Array.isArray(value) && value.every(isMessage)) return value;
  throw fail(`has a ${what} that is neither text nor a list of messages { role, content }`);
}

/** @param what the example is, in errors */
function fitting<R extends Row>({ config }: Policy, row: R, what: () => string): R {
  const { max_position_embeddings: context } = config;
  if (row.ids.length - 1 <= context) return row;
  throw new RangeError(
    `Cannot train on ${what()}: it has ${row.ids.length} tokens, the model's context is ${context}`,
  );
}
