import type { Used } from "../../schemas/infer.ts";
import { extract } from "../graders/math/extract.ts";
import type { Grader } from "../graders/grader.ts";
import type { Draft, Proposer, Rejected, Task, TaskParts } from "./task.ts";
import { defineTask } from "./task.ts";
import { PromptTemplate } from "../text/prompt_template.ts";

const SYSTEM = {
  type: "string",
  description: "A template of what the model is told first, in its chat template.",
} as const;
const CHAT = {
  enum: ["auto", "always", "never"],
  default: "auto",
  description:
    "Whether the prompt is a user's message in the model's chat template: where it has one.",
} as const;

/** Questions of any kind: a data set of the user's, a prompt, a grader. */
export const questions = defineTask({
  name: "questions",
  summary: "Problems of any kind, asked by a template and graded against their answers.",
  config: {
    type: "object",
    properties: {
      prompt: {
        type: "string",
        default: "{{ problem }}",
        description:
          "A template (Jinja) of what a student is given; fields of the problem are its names.",
      },
      system: SYSTEM,
      chat: CHAT,
      grader: {
        component: "grader",
        default: "exact",
        description: "What tells right completions from wrong ones.",
      },
      proposer: {
        type: "object",
        description: "How problems are asked for, and read.",
        properties: {
          prompt: { type: "string", description: "What a teacher is given, always the same." },
          system: SYSTEM,
          chat: CHAT,
          problem_tag: {
            type: "string",
            default: "question",
            description: "The problem stands between <question> and </question>.",
          },
          answer_tag: {
            type: "string",
            default: "answer",
            description: "Its answer stands between <answer> and </answer>.",
          },
          boxed: {
            type: "boolean",
            default: false,
            description: "Whether the answer has to stand in \\boxed{} there, which is taken off.",
          },
        },
        required: ["prompt"],
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  },
  create: askQuestions,
});

/** What the settings of questions say, whatever their defaults. */
export interface Asking {
  readonly prompt: string;
  readonly system?: string;
  readonly chat: Chat;
  readonly grader: Used;
  readonly proposer?: Proposing;
}

type Chat = "auto" | "always" | "never";

/** How problems are asked for. */
export interface Proposing {
  readonly prompt: string;
  readonly system?: string;
  readonly chat: Chat;
  readonly problem_tag: string;
  readonly answer_tag: string;
  readonly boxed: boolean;
}

/** The task that settings of this kind describe. */
export async function askQuestions(
  { prompt, system, chat, grader, proposer }: Asking,
  parts: TaskParts,
): Promise<Task> {
  const text = new PromptTemplate(prompt, "prompt");
  const before = system === undefined ? undefined : new PromptTemplate(system, "system");
  const grade = await parts.grader(grader);
  return {
    prompt: (problem) => ({
      text: text.render(problem),
      ...(before === undefined ? {} : { system: before.render(problem) }),
      ...chatOf(chat),
    }),
    grade,
    ...(proposer === undefined ? {} : { proposer: makeProposer(proposer, grade) }),
  };
}

function chatOf(chat: Chat): { readonly chat?: boolean } {
  return chat === "auto" ? {} : { chat: chat === "always" };
}

function makeProposer(
  { prompt, system, chat, problem_tag, answer_tag, boxed }: Proposing,
  grade: Grader,
): Proposer {
  const write = (source: string, what: string) => new PromptTemplate(source, what).render({});
  return {
    prompt: {
      text: write(prompt, "proposer.prompt"),
      ...(system === undefined ? {} : { system: write(system, "proposer.system") }),
      ...chatOf(chat),
    },
    parse(completion): Draft | Rejected {
      const problem = lastBetween(completion, problem_tag),
        written = lastBetween(completion, answer_tag);
      if (problem === undefined) return { rejected: `it has no <${problem_tag}>` };
      if (written === undefined) return { rejected: `it has no <${answer_tag}>` };
      const answer = boxed ? inBox(written) : written;
      if (answer === undefined) return { rejected: "its answer is in no box" };
      const unfit = grade.check?.(answer);
      if (unfit !== undefined) return { rejected: `its answer does not count: ${unfit}` };
      return { problem, answer };
    },
  };
}

/** What stands in the last pair of a tag; undefined where there is none, or nothing in it. */
function lastBetween(text: string, tag: string): string | undefined {
  const end = text.lastIndexOf(`</${tag}>`), start = text.lastIndexOf(`<${tag}>`, end);
  if (end < 0 || start < 0) return undefined;
  return text.slice(start + tag.length + 2, end).trim() || undefined;
}

/** What stands in the last box; undefined where there is none, or nothing in it. */
function inBox(text: string): string | undefined {
  return extract(text, false)?.text.trim() || undefined;
}
