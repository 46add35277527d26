/** What tasks and graders of modules give that no compiler has seen: what is no verdict, prompt or proposal is refused. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Sessions } from "../../src/onnx/mod.ts";
import { encodePrompt, loadPolicy } from "../../src/policy/mod.ts";
import { Random } from "../../src/random/random.ts";
import {
  type Engine,
  ENGINE_DEFAULTS,
  gradeRollouts,
  proposeDatasets,
  type Rollout,
} from "../../src/rl/mod.ts";
import { Definitions } from "../../src/stage/definitions.ts";
import { task } from "../listprog.ts";

const base = loadPolicy(
  fileURLToPath(new URL("../../examples/models/listprog", import.meta.url)),
);
const PROBLEM = { id: "p", problem: "12345r", answer: "54321" };
const ROLLOUT = { promptIndex: 0, text: "r54321#54321" } as Rollout;

for (
  const verdict of [
    undefined,
    null,
    true,
    "correct",
    {},
    { outcome: "right", answer: "5" },
    { outcome: "toString", answer: "5" },
    { outcome: "wrong" },
    { outcome: "wrong", answer: 5 },
  ]
) {
  Deno.test(`${JSON.stringify(verdict)} is no verdict`, async () => {
    const grade = () => verdict as never;
    await assert.rejects(gradeRollouts({ grade }, [PROBLEM], [ROLLOUT], {}), {
      name: "TypeError",
      message: /^Cannot take .* as a verdict: give \{ outcome, answer \}/,
    });
  });
}

Deno.test("a prompt is no text, nor a promise", () => {
  for (const prompt of ["Q12345r:", Promise.resolve({ text: "Q12345r:" }), { text: 5 }]) {
    assert.throws(() => encodePrompt(base, prompt as never), /^TypeError: Cannot ask .*\{ text \}/);
  }
});

Deno.test("a proposal is a problem with its answer, or a reason; its id is not its own", async () => {
  const engine: Engine = { sessions: new Sessions(), ...ENGINE_DEFAULTS };
  const settings = {
    ...{ datasets: 1, size: 2, limit: 200, temperature: 1, max_completion_length: 30 },
  };
  const propose = (parse: () => unknown) => {
    const proposer = { ...task.proposer!, parse: parse as never };
    return proposeDatasets(base, engine, { ...task, proposer }, settings, new Random("t"));
  };
  for (const draft of [undefined, null, "no", {}, { problem: "1" }, { problem: 1, answer: 2 }]) {
    await assert.rejects(propose(() => draft), /^TypeError: Cannot take .* as a proposal: give/);
  }
  const { datasets } = await propose(() => ({ id: "x", problem: "12345r", answer: "54321", a: 1 }));
  assert.deepEqual(datasets[0]!.map(({ id, a }) => [id, a]), [["p0", 1], ["p1", 1]]);
});

Deno.test("what a task or a grader creates is looked at", async () => {
  const config = { type: "object", properties: {}, additionalProperties: false };
  const library = (create: () => unknown) =>
    new Definitions(
      new Map(["task", "grader"].map((kind) => [`${kind} x`, { kind, config, create }])),
    );
  const used = { uses: "x" };
  for (const made of [undefined, {}, { prompt: () => ({ text: "" }) }, { grade() {} }]) {
    await assert.rejects(
      library(() => made).task(used),
      /^TypeError: Cannot use task x: what it creates has no function (prompt|grade)$/,
    );
    await assert.rejects(
      library(() => made).grader(used),
      /^TypeError: Cannot use grader x: what it creates is no function$/,
    );
  }
});

Deno.test("a template of a prompt that cannot be read is called by its setting", async () => {
  const of = (settings: object) => new Definitions().task({ uses: "questions", ...settings });
  const usual = { prompt: "{{ problem }}", chat: "auto", grader: { uses: "exact", after: "" } };
  await assert.rejects(
    of({ ...usual, prompt: "{{ problem :" }),
    /^SyntaxError: Cannot read prompt: /,
  );
  await assert.rejects(
    of({ ...usual, system: "{{ problem | nothing }}" }),
    /^SyntaxError: Cannot read system: it uses filter nothing, which is not supported$/,
  );
  const proposer = { prompt: "{% if %}", problem_tag: "q", answer_tag: "a", chat: "auto" };
  await assert.rejects(of({ ...usual, proposer }), /^SyntaxError: Cannot read proposer\.prompt: /);
});
