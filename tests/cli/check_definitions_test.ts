/** What only shows when a task or a grader is made is told when a pipeline is validated, where it stands. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openPipeline } from "../../src/cli/project.ts";
import { DiagnosticError } from "../../mod.ts";

/** What is wrong with a pipeline of this task, as `line:column message`. */
async function mistakes(task: string, more = "", file?: (directory: string) => void) {
  const directory = Deno.makeTempDirSync({ prefix: "soar-made-" });
  try {
    Deno.writeTextFileSync(join(directory, "data.jsonl"), '{"problem": "1", "answer": "1"}\n');
    file?.(directory);
    const pipeline = join(directory, "pipeline.yaml");
    Deno.writeTextFileSync(
      pipeline,
      `name: t
steps:
  problems: { uses: load_problems, with: { path: data.jsonl } }
  base: { uses: load_policy, with: { path: ${Deno.cwd()}/examples/models/listprog } }
  test:
    uses: evaluate
    in: { policy: base.policy, problems: problems.problems }
    with:
      task:
${task.replaceAll(/^/gm, "        ")}
${more}`,
    );
    const trust = { store: join(directory, "store"), all: true, ask: undefined };
    const { check } = await openPipeline(pipeline, [], trust as never);
    await check();
    return [];
  } catch (error) {
    assert.ok(error instanceof DiagnosticError, String(error));
    return error.diagnostics.map(({ message, location }) => {
      const { line, column } = location!.source.position(location!.span.start);
      return `${line}:${column} ${message}`;
    });
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

const CASES: readonly (readonly [name: string, task: string, told: readonly RegExp[]])[] = [
  ["nothing", "uses: questions", []],
  ["a template that is not closed", 'uses: questions\nprompt: "{{ problem"', [
    /^11:17 task questions: Cannot read prompt: /,
  ]],
  ["an unknown filter", 'uses: questions\nsystem: "{{ problem | shout }}"', [
    /^11:17 task questions: Cannot read system: it uses filter shout/,
  ]],
  ["a template within a map", 'uses: questions\nproposer:\n  boxed: true\n  prompt: "{% if %}"', [
    /^13:19 task questions: Cannot read proposer\.prompt: /,
  ]],
  [
    "a teacher's prompt with a field",
    'uses: questions\nproposer: { prompt: "{{ topic | trim }}" }',
    [
      /^11:29 task questions: Cannot write proposer\.prompt: topic is not defined$/,
    ],
  ],
  ["a pattern", 'uses: questions\ngrader:\n  uses: regex\n  pattern: "(\\\\d"', [
    /^13:20 grader regex: Cannot read the pattern \(\\d: missing closing \)/,
  ]],
  ["flags", "uses: questions\ngrader: { uses: regex, pattern: a, flags: gi }", [
    /^11:51 grader regex: Cannot read the flags gi: there is no g; write some of ims$/,
  ]],
  ["labels", "uses: questions\ngrader: { uses: choice, labels: AA }", [
    /^11:41 grader choice: Cannot tell choices apart by labels: AA/,
  ]],
  [
    "an address",
    "uses: questions\ngrader: { uses: endpoint, model: m, base_url: 'http://a.example' }",
    [
      /^11:55 grader endpoint: Cannot use base_url: http:\/\/a\.example is not https/,
    ],
  ],
  [
    "a judge's prompt",
    "uses: questions\ngrader:\n  uses: endpoint\n  model: m\n  base_url: https://a.example\n  prompt: '{{ x'",
    [
      /^15:19 grader endpoint: Cannot read prompt: /,
    ],
  ],
  [
    "a judge's prompt that shows nothing",
    "uses: questions\ngrader:\n  uses: endpoint\n  model: m\n  base_url: https://a.example\n  prompt: '{{ problem }}'",
    [
      /^15:19 grader endpoint: Cannot use prompt: it does not show what is judged/,
    ],
  ],
  [
    "a judge whose key is not set",
    "uses: questions\ngrader: { uses: endpoint, model: m, base_url: https://a.example, api_key_env: SOAR_TEST_NO_KEY }",
    [],
  ],
  [
    "a grader that is wrong in a task that is too",
    'uses: questions\nprompt: "{{"\ngrader: { uses: regex, pattern: "(" }',
    [
      /^12:41 grader regex: /,
    ],
  ],
];
for (const [name, task, told] of CASES) {
  Deno.test(`validate tells of ${name}`, async () => {
    const found = await mistakes(task);
    assert.equal(found.length, told.length, found.join("\n"));
    for (const [i, pattern] of told.entries()) assert.match(found[i]!, pattern);
  });
}

Deno.test("all that cannot be made is told at once, and each once", async () => {
  const step = (name: string, prompt: string) =>
    `  ${name}:
    uses: evaluate
    in: { policy: base.policy, problems: problems.problems }
    with: { task: { uses: questions, prompt: "${prompt}" } }
`;
  const found = await mistakes(
    'uses: questions\nprompt: "{{ a"',
    step("same", "{{ a") + step("other", "{{ b") + step("sound", "{{ problem }}"),
  );
  assert.deepEqual(found.map((one) => one.split(" ")[0]), ["11:17", "19:46"]);
});

Deno.test("a grader of a module that cannot be made is told where it is named", async () => {
  const module = (directory: string) =>
    Deno.writeTextFileSync(
      join(directory, "mine.ts"),
      `import { defineGrader } from "@soar/soar";
export const mine = defineGrader({
  name: "mine",
  summary: "Fails.",
  config: { type: "object", properties: {}, additionalProperties: false },
  create() { throw new Error("no table"); },
});
`,
    );
  const found = await mistakes("uses: questions\ngrader: ./mine.ts", "", module);
  assert.deepEqual(found, ["11:17 grader mine: no table"]);
});

Deno.test("a loss of a module that cannot be made is told where it is named", async () => {
  const module = (directory: string) =>
    Deno.writeTextFileSync(
      join(directory, "mine.ts"),
      `import { defineLoss } from "@soar/soar";
export const mine = defineLoss({
  name: "mine",
  summary: "Fails.",
  config: { type: "object", properties: {}, additionalProperties: false },
  columns: () => ({ advantages: "row" }),
  unit: () => "word" as never,
  denominator: () => 1,
  graph: ({ logps }) => logps,
} as never);
`,
    );
  const student = `  student:
    uses: train_student
    in: { policy: base.policy, problems: problems.problems }
    with: { task: questions, loss: ./mine.ts }
`;
  const found = await mistakes("uses: questions", student, module);
  assert.deepEqual(found, [
    '14:36 loss mine: Cannot use loss mine: its unit is "word", not sequence or token',
  ]);
});
