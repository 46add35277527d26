import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { evaluate } from "../../stages/evaluate.ts";
import { load_problems } from "../../stages/load_problems.ts";
import { STAGES } from "../../stages/mod.ts";
import { train_student } from "../../stages/train_student.ts";
import { type Item, LanguageServer } from "./language_server.ts";

const ROOT = new URL("../../", import.meta.url);

/** A pipeline with these steps, indented as they stand here. */
const steps = (text: string) => `name: some\nsteps:\n${text}\n`;
const student = (text: string) => steps(`  a:\n    uses: train_student\n    ${text}`);

const labels = (items: readonly Item[]) => items.map(({ label }) => label).toSorted();
const find = (items: readonly Item[], label: string) =>
  items.find((item) => item.label === label) ?? assert.fail(`${label} is not offered`);

Deno.test("editors offer what a step may have, and nothing else", async () => {
  await using server = await LanguageServer.start();
  const run = [
    ...["in", "with", "seed", "matrix", "retries", "retry_pause", "time_limit", "resources"],
    "permissions",
  ];
  const cases: [string, string, readonly string[]][] = [
    ["a file", "name: some\n|\n", [
      ...[
        "extends",
        "summary",
        "seed",
        "max_steps",
        "device",
        "executor",
        "checkpoints",
        "records",
      ],
      ...["params", "with", "retries", "retry_pause", "time_limit", "steps"],
    ]],
    ["a name", steps("  |"), ["step", "loop"]],
    ["a step", steps("  a:\n    |"), ["uses", "loop", "steps", "yield", ...run]],
    ["a step begun", steps("  a:\n    lo|"), ["uses", "loop", "steps", "yield", ...run]],
    ["a step that runs", student("|"), run],
    ["a step of one's own", steps("  a:\n    uses: ./own.ts\n    |"), run],
    ["a loop", steps("  a:\n    loop:\n      times: 3\n    |"), [
      ...["matrix", "with", "retries", "retry_pause", "time_limit", "steps", "yield"],
    ]],
    ["loop", steps("  a:\n    loop:\n      |"), ["times", "until", "carry"]],
    ["until", steps("  a:\n    loop:\n      times: 3\n      until:\n        |"), [
      ...["metric", "above", "at_least", "below", "at_most", "is"],
    ]],
    ["uses", steps("  a:\n    uses: |"), Object.keys(STAGES)],
    ["inputs", student("in:\n      |"), Object.keys(train_student.inputs)],
    ["settings", student("with:\n      |"), Object.keys(train_student.config.properties)],
    ["settings of a layer", "extends: b.yaml\n" + student("with:\n      |"), [
      ...Object.keys(train_student.config.properties),
    ]],
    ["settings of a task", student("with:\n      task:\n        uses: listprog\n        |"), [
      "corpus",
    ]],
    ["an adapter", student("with:\n      adapter:\n        |"), [
      ...["r", "lora_alpha", "target_modules"],
    ]],
    ["settings in braces", steps("  a: { uses: evaluate, with: { task: math, sa| } }"), [
      ...[
        "samples",
        "temperature",
        "max_completion_length",
        "top_k",
        "top_p",
        "min_p",
        "stop_strings",
      ],
    ]],
    ["resources", student("resources:\n      |"), ["cpu", "gpu", "memory"]],
    ["executor", "name: some\nexecutor: |\n", ["inline", "processes"]],
    ["true or false", student("with:\n      keep_optimizer: |"), ["true", "false"]],
  ];
  for (const [where, text, wanted] of cases) {
    const items = await server.complete(text);
    assert.deepEqual(labels(items), wanted.toSorted(), where);
  }
});

Deno.test("editors say what each item is, and its default", async () => {
  await using server = await LanguageServer.start();
  const uses = await server.complete(steps("  a:\n    uses: |"));
  for (const { name, summary } of Object.values(STAGES)) {
    assert.equal(find(uses, name).documentation, summary);
  }
  for (const stage of [train_student, evaluate, load_problems]) {
    const items = await server.complete(steps(`  a:\n    uses: ${stage.name}\n    with:\n      |`));
    for (
      const [name, schema] of Object.entries<{ description?: string; default?: unknown }>(
        stage.config.properties,
      )
    ) {
      const { documentation, text } = find(items, name);
      assert.ok(documentation.startsWith(schema.description!), `${stage.name}.${name}`);
      assert.equal(/ Default: .+\.$/s.test(documentation), schema.default !== undefined, name);
      assert.ok(text.startsWith(`${name}:`), text);
    }
  }
  const settings = await server.complete(student("with:\n      |"));
  assert.deepEqual(find(settings, "steps"), {
    label: "steps",
    documentation: "Optimizer steps, but for num_iterations. Default: 15.",
    text: "steps: ${1:15}",
  });
  // What would not be allowed is not put in either.
  assert.equal(find(settings, "extra_promotions").text, "extra_promotions: ");
  const inherited = await server.complete("name: some\nwith:\n  |\nsteps: {}\n");
  assert.match(find(inherited, "task").documentation, /^evaluate, .*: Where problems come from/);
});

Deno.test("editors offer references to the outputs that an input takes", async () => {
  await using server = await LanguageServer.start();
  const policy = await server.complete(student("in:\n      policy: |"));
  assert.deepEqual(labels(policy), ["prev.name", "step.checkpoints[0]", "step.policy"]);
  assert.deepEqual(find(policy, "step.checkpoints[0]"), {
    label: "step.checkpoints[0]",
    documentation: "Of a step that uses train_student.",
    text: "${1:step}.checkpoints[0]",
  });
  const arms = await server.complete(
    steps("  a:\n    uses: compare_arms\n    in:\n      arms:\n        b: |"),
  );
  assert.deepEqual(labels(arms), ["prev.name", "step.report"]);
});

Deno.test("editors tell over a value what the setting is", async () => {
  await using server = await LanguageServer.start();
  const cases: [string, RegExp][] = [
    [student("with:\n      steps: ${par|ams.x}"), /^Optimizer steps.* Default: 15\./],
    [student("with:\n      steps: 1|4"), /^Optimizer steps.* Default: 15\./],
    [student("with:\n      st|eps: 14"), /^Optimizer steps.* Default: 15\./],
    [student("with:\n      estimator: ${par|ams.e}"), /^How rewards become advantages/],
    [
      student("with:\n      task: list|prog"),
      /^Where problems come from.*`listprog`: List programs/s,
    ],
    [student("in:\n      policy: b|.policy"), /^Of kind policy\. A reference/],
    [student("in:\n      promotion: ${mat|rix.x}.b"), /^Of kind promotion, or left out\./],
    [student("resources: { me|mory: 8GiB }"), /^Most memory: 512MiB, 8GiB\./],
    ["name: some\nexec|utor: inline\nsteps: {}\n", /^Where steps run: inline, one after the other/],
    [steps("  a:\n    uses: train_|student"), /^Trains a copy of the policy by RL/],
    [
      steps("  a:\n    loop:\n      times: ${par|ams.x}\n    steps: {}"),
      /^How often the steps are repeated/,
    ],
  ];
  for (const [text, wanted] of cases) assert.match(await server.hover(text), wanted, text);
});

Deno.test("editors underline mistakes, and what is missing", async () => {
  await using server = await LanguageServer.start();
  const whole = "in: { policy: b.policy, problems: c.problems }";
  const number = "Write a whole number, or a reference such as ${params.name}.";
  const cases: [string, readonly [string, RegExp | string][]][] = [
    [student(`${whole}\n    with: { task: math, steps: x }`), [["x", number]]],
    [
      steps("  a: { uses: ./own.ts, resources: { gpu: many } }"),
      [["many", "Write a number, or a reference such as ${params.name}."]],
    ],
    ["name: some\nexecutor: slurm\nsteps: {}\n", [["slurm", /"inline", "processes"/]]],
    [student(`${whole}\n    with: { task: math, steps: 0 }`), [["0", /minimum of 1/]]],
    [student(`${whole}\n    with: { task: math, stepz: 3 }`), [["stepz", /not allowed/]]],
    [student(`${whole}\n    with: { task: math, estimator: x }`), [[
      "x",
      /"rloo_normalized", "grpo"/,
    ]]],
    [student(`${whole}\n    with: { task: maths }`), [["maths", /"listprog", "math"/]]],
    [student(`${whole}\n    with: { task: math, adapter: {} }`), [[
      "adapter",
      /^target_modules is missing/,
    ]]],
    [student(whole), [["a", "train_student needs task: say it under with."]]],
    [student(`${whole}\n    with: { steps: 3 }`), [[
      "with",
      /^task is missing\. Where problems come/,
    ]]],
    [student("with: { task: math }"), [["a", /^train_student reads policy, problems: say them/]]],
    [student("in: { policy: b.policy }\n    with: { task: math }"), [
      ["in", "train_student reads problems, which is missing. Of kind problems."],
    ]],
    [student("in: { policy: b, problems: c.problems }\n    with: { task: math }"), [
      ["b", /^Write a reference to what is of kind policy/],
    ]],
    [steps("  a: { uses: evaluatez }"), [["evaluatez", /"evaluate"/]]],
    [steps("  a: { seed: 3 }"), [["a", /^A step says what it does: uses, .* or loop/]]],
    [steps("  a: { loop: { until: { above: 3 } }, uses: evaluate }"), [
      ["a", "A loop has steps."],
      ["loop", /^times is missing/],
      ["until", /^metric is missing/],
      ["uses", /not allowed/],
    ]],
    [steps(`  l:\n    loop: { times: 2 }\n    steps:\n      a: { uses: evaluate, ${whole} }`), [
      ["a", "evaluate needs task: say it under with."],
    ]],
    ["name: some\n", [["n", /^steps is missing/]]],
    ["name: some\nwith: { task: maths }\nsteps: {}\n", [["maths", /"listprog", "math"/]]],
    ["extends: b.yaml\n" + student("with: { stepz: 4 }"), [["4", /^There is no such key/]]],
  ];
  for (const [text, wanted] of cases) {
    const found = (await server.diagnose(text)).toSorted((a, b) => a.under < b.under ? -1 : 1);
    assert.deepEqual(found.map(({ under }) => under), wanted.map(([under]) => under), text);
    for (const [i, [, message]] of wanted.entries()) {
      if (typeof message === "string") assert.equal(found[i]!.message, message);
      else assert.match(found[i]!.message, message);
    }
  }
});

Deno.test("editors underline nothing that runs, nor what other files may say", async () => {
  await using server = await LanguageServer.start();
  const inputs = "in: { policy: b.policy, problems: c.problems }";
  const given = [
    `name: some\nwith: { task: math }\nsteps:\n  a: { uses: evaluate, ${inputs} }\n`,
    steps(
      `  l:\n    loop: { times: 2 }\n    with: { task: math }\n    steps: { a: { uses: evaluate, ${inputs} } }`,
    ),
    steps(`  b: { uses: evaluate, &i ${inputs}, with: &w { task: math } }`).replace(
      "&i in: {",
      "in: &i {",
    ) +
    "  a: { uses: evaluate, in: { <<: *i }, with: { <<: *w, samples: 3 } }\n",
    student(
      "in: { policy: prev.p, problems: 'x.d[${matrix.x}]', reference: 'l[*].s.policy[0]' }\n" +
        "    with: { task: ./own.ts, steps: '${params.x}', estimator: '${params.e}', learning_rate: 1e-5,\n" +
        "      rewards: { correct: '${params.w}', own: { uses: ./own.ts, weight: 2, more: 1 } } }",
    ),
    steps("  a: { uses: ./own.ts, with: { anything: 1 }, in: { x: b.c } }"),
    steps(
      "  a: { uses: ./own.ts, resources: { cpu: 0, gpu: '${params.g}', memory: 8GiB, judges: 2 } }",
    ),
    steps("  a: { uses: '${params.stage}', with: { anything: 1 } }"),
    "name: some\nwith: { batch: many }\nsteps: { a: { uses: ./own.ts } }\n",
    steps(
      "  l:\n    loop: { times: 2 }\n    with: { batch: many }\n    steps: { a: { uses: ./own.ts } }",
    ),
    "extends: [b.yaml, c.yaml]\nwith: { batch: many }\n",
    "extends: b.yaml\nwith: { task: null }\nsteps:\n  a: null\n  b: { with: { batch: 3 } }\n" +
    "  c: { uses: train_student, with: { batch: null, other: null }, in: { policy: null } }\n" +
    "  d: { loop: { until: { at_least: 0.3 } } }\n  e: { steps: { x: { with: { y: 3 } } } }\n",
  ];
  for (const text of given) assert.deepEqual(await server.diagnose(text), [], text);
  const files = ["pipelines", "pipelines/data", "examples/own"].flatMap((folder) => {
    const names = [...Deno.readDirSync(new URL(folder, ROOT))].map(({ name }) => name);
    return names.filter((name) => name.endsWith(".yaml")).map((name) => `${folder}/${name}`);
  });
  assert.ok(files.length >= 26, `${files.length} files`);
  for (const file of files) {
    const url = new URL(file, ROOT);
    const text = Deno.readTextFileSync(fileURLToPath(url));
    assert.deepEqual(await server.diagnose(text, url.href), [], file);
  }
});
