import { askQuestions, questions } from "./questions.ts";
import { defineTask } from "./task.ts";

const { properties } = questions.config, { proposer } = properties;

const STUDENT = `{{ problem }}

Reason step by step, and put your final answer in \\boxed{}.`;

/** What the paper asks of its teacher (SOAR, arXiv 2601.18778, appendix), in other words. */
const TEACHER = `Write one original problem of mathematics with its answer.

Choose a topic yourself, such as: algebra, counting and probability, geometry, number theory, \
prealgebra, precalculus, sequences and series, functions, inequalities, complex numbers, \
matrices, trigonometry, or a mix of them.

The problem must say everything that is needed to solve it, must have one answer, and must not \
contain that answer. The answer must be a number or a closed expression. Think about how the \
problem is solved before you write it down. Then end with exactly these two parts, without any \
reasoning in them:

<question>
the problem
</question>
<answer>
\\boxed{the answer}
</answer>`;

/** Mathematics: problems with exact answers, asked for and graded in a box. */
export const math = defineTask({
  name: "math",
  summary:
    "Problems of mathematics with an exact answer, which is asked for in a box and compared as mathematics.",
  config: {
    type: "object",
    properties: {
      ...properties,
      prompt: { ...properties.prompt, default: STUDENT },
      grader: { ...properties.grader, default: "math" },
      proposer: {
        ...proposer,
        default: {},
        properties: {
          ...proposer.properties,
          prompt: { ...proposer.properties.prompt, default: TEACHER },
          boxed: { ...proposer.properties.boxed, default: true },
        },
        required: [],
      },
    },
    additionalProperties: false,
  },
  create: (settings, parts) => askQuestions(settings, parts),
});
