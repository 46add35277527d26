import { askQuestions, questions } from "./questions.ts";
import { defineTask } from "./task.ts";

const { properties } = questions.config;

/** What is asked where a function is begun, where one is named, and where a whole program is wanted. */
const STUDENT = `{% if prompt is defined and entry_point is defined -%}
Complete this function:

\`\`\`python
{{ prompt | trim }}
\`\`\`

{% else -%}
{{ problem | trim }}

{% if starter_code is defined and starter_code -%}
Complete this:

\`\`\`python
{{ starter_code | trim }}
\`\`\`

{% endif -%}
{% if test_list is defined and test_list is not string -%}
It must pass these tests:

{{ test_list | join("\\n") }}

{% elif function is defined -%}
Write a function \`{{ function }}\`.

{% elif (input_output is defined or public_test_cases is defined or tests is defined) and not (starter_code is defined and starter_code) -%}
The program reads from standard input and writes to standard output.

{% endif -%}
{% endif -%}
Write the whole program in one block of code, \`\`\`python at its beginning and \`\`\` at its end.`;

/** Programs, which tests decide about. */
export const code = defineTask({
  name: "code",
  summary: "Programs that tests decide about: MBPP, HumanEval, APPS, LiveCodeBench, or your own.",
  config: {
    type: "object",
    properties: {
      ...properties,
      prompt: { ...properties.prompt, default: STUDENT },
      grader: { ...properties.grader, default: "code" },
    },
    additionalProperties: false,
  },
  create: (settings, parts) => askQuestions(settings, parts),
});
