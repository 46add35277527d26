import type { Draft, Proposer } from "./task.ts";
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
        },
        required: ["prompt"],
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  },
  async create({ prompt, system, chat, grader, proposer }, parts) {
    const text = new PromptTemplate(prompt, "prompt");
    const before = system === undefined ? undefined : new PromptTemplate(system, "system");
    return {
      prompt: (problem) => ({
        text: text.render(problem),
        ...(before === undefined ? {} : { system: before.render(problem) }),
        ...chatOf(chat),
      }),
      grade: await parts.grader(grader),
      ...(proposer === undefined ? {} : { proposer: makeProposer(proposer) }),
    };
  },
});

function chatOf(chat: "auto" | "always" | "never"): { readonly chat?: boolean } {
  return chat === "auto" ? {} : { chat: chat === "always" };
}

function makeProposer(
  { prompt, system, chat, problem_tag, answer_tag }: {
    readonly prompt: string;
    readonly system?: string;
    readonly chat: "auto" | "always" | "never";
    readonly problem_tag: string;
    readonly answer_tag: string;
  },
): Proposer {
  const write = (source: string, what: string) => new PromptTemplate(source, what).render({});
  return {
    prompt: {
      text: write(prompt, "proposer.prompt"),
      ...(system === undefined ? {} : { system: write(system, "proposer.system") }),
      ...chatOf(chat),
    },
    parse(completion): Draft | { readonly rejected: string } {
      const problem = lastBetween(completion, problem_tag),
        answer = lastBetween(completion, answer_tag);
      if (problem === undefined) return { rejected: `it has no <${problem_tag}>` };
      if (answer === undefined) return { rejected: `it has no <${answer_tag}>` };
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
