/** Templates of prompts: a field that is not there is told by its name, whatever is made of it. @module */
import assert from "node:assert/strict";
import { PromptTemplate } from "../../src/text/prompt_template.ts";

const FIELDS = { problem: " 1 + 1 ", level: "", choices: ["a", "b"], of: { book: "x" }, n: 0 };
const render = (source: string) => new PromptTemplate(source, "prompt").render(FIELDS);

const MISSING: readonly (readonly [template: string, name: string])[] = [
  ["{{ problm }}", "problm"],
  ["{{ problm | trim }}", "problm"],
  ["{{ problm | trim | upper }}", "problm"],
  ["{{ problm | upper | default('x') }}", "problm"],
  ["{{ problm | length }}", "problm"],
  ["{{ problm | join(', ') }}", "problm"],
  ["{{ problm | string }}", "problm"],
  ["{{ problm | tojson }}", "problm"],
  ["{{ problm.strip() }}", "problm"],
  ["{{ problm.part }}", "problm"],
  ["{{ problm[0] }}", "problm"],
  ["{{ problm[:3] }}", "problm"],
  ["{{ of.page }}", "of.page"],
  ["{{ of.page | trim }}", "of.page"],
  ["{{ of['page'] | trim }}", 'of["page"]'],
  ["{{ of.page.line }}", "of.page"],
  ["{{ 'Q: ' ~ problm }}", "problm"],
  ["{{ 'Q: ' + problm }}", "problm"],
  ["{{ problm * 2 }}", "problm"],
  ["{{ problem | replace('1', problm) }}", "problm"],
  ["{{ problem.replace('1', problm) }}", "problm"],
  ["{{ [problem, problm] | join(' ') }}", "problm"],
  ["{{ (problem, of.page) | join(' ') }}", "of.page"],
  ["{% for choice in choises %}{{ choice }}{% endfor %}", "choises"],
  ["{% for choice in choises | sort %}{{ choice }}{% endfor %}", "choises"],
  ["{% if 'a' in choises %}x{% endif %}", "choises"],
  ["{% set x = problm | trim %}{{ x }}", "problm"],
  ["{% if problm %}a{% endif %}{{ problm | lower }}", "problm"],
];
for (const [template, name] of MISSING) {
  Deno.test(`${template} names what is not there`, () => {
    assert.throws(() => render(template), {
      message:
        `Cannot write prompt: ${name} is not defined (there are problem, level, choices, of, n)`,
    });
  });
}

const WRITTEN: readonly (readonly [template: string, text: string])[] = [
  ["{{ problem | trim }}", "1 + 1"],
  ["{{ level | upper }}.", "."],
  ["{{ level }}{{ n }}", "0"],
  ["{{ problm | default('none') }}", "none"],
  ["{{ problm | default('none') | upper }}", "NONE"],
  ["{{ problm | d(level) }}.", "."],
  ["{{ problm or problem | trim }}", "1 + 1"],
  ["{% if problm %}a{% else %}b{% endif %}", "b"],
  ["{% if problm is defined %}a{% else %}b{% endif %}", "b"],
  ["{% if problm == 'hard' %}a{% else %}b{% endif %}", "b"],
  ["{{ 'a' if problm else 'b' }}", "b"],
  ["{% for choice in choices %}{{ loop.index }}{{ choice }} {% endfor %}", "1a 2b "],
  ["{{ [of.book, level] | join('-') }}", "x-"],
  ["{{ of.book.upper() ~ choices[1] }}", "Xb"],
  [`{{ problem${" | trim".repeat(60)} }}`, "1 + 1"],
];
for (const [template, text] of WRITTEN) {
  Deno.test(`${template.slice(0, 60)} is ${JSON.stringify(text)}`, () => {
    assert.equal(render(template), text);
  });
}
