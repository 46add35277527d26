import assert from "node:assert/strict";
import type { Used } from "../../schemas/infer.ts";
import { Definitions } from "../../src/stage/definitions.ts";
import type { Draft, Rejected } from "../../src/tasks/task.ts";
import { STAGES } from "../../stages/mod.ts";
import { settingsOf } from "../stages/run_stage.ts";

/** The task that a pipeline's setting is. */
const taskOf = async (task: unknown) => {
  const { task: whole } = settingsOf(STAGES.evaluate!, { task }, ["policy", "problems"]);
  return await new Definitions().task(whole as unknown as Used);
};
const task = await taskOf("math");

Deno.test("a student is asked for a box, and a teacher for a problem with its answer in one", () => {
  const { text } = task.prompt({ id: "p", problem: "What is 1 + 1?", answer: "2" });
  assert.match(text, /^What is 1 \+ 1\?\n[^]*\\boxed\{\}/);
  const { text: asked } = task.proposer!.prompt;
  for (const part of ["<question>", "</question>", "<answer>", "</answer>", "\\boxed{"]) {
    assert.ok(asked.includes(part), part);
  }
});

const proposal = (problem: string, answer: string) =>
  `Some reasoning.\n<question>\n${problem}\n</question>\n<answer>\n${answer}\n</answer>`;

for (
  const [completion, expected] of [
    [proposal("What is 1/2 + 1?", "\\boxed{\\frac{3}{2}}"), {
      problem: "What is 1/2 + 1?",
      answer: "\\frac{3}{2}",
    }],
    [proposal("What is 2 - 7?", "It is \\boxed{-5}."), { problem: "What is 2 - 7?", answer: "-5" }],
    ["No tags: \\boxed{5}", { rejected: "it has no <question>" }],
    ["<question>1 + 1?</question> \\boxed{2}", { rejected: "it has no <answer>" }],
    [proposal("", "\\boxed{5}"), { rejected: "it has no <question>" }],
    [proposal("What is 1 + 1?", "2"), { rejected: "its answer is in no box" }],
    [proposal("What is 1 + 1?", "\\boxed{}"), { rejected: "its answer is in no box" }],
    [proposal("Which?", "\\boxed{see the figure above}"), {
      rejected: "its answer does not count: it cannot be read: it is a sentence",
    }],
  ] as const
) {
  Deno.test(`a teacher's completion is read: ${JSON.stringify(completion).slice(0, 90)}`, async () => {
    const draft: Draft | Rejected = await task.proposer!.parse(completion);
    assert.deepEqual(draft, expected);
  });
}

Deno.test("without a box an answer is taken as it stands, where no box is asked for", async () => {
  const loose = await taskOf({ uses: "math", proposer: { prompt: "Pose one.", boxed: false } });
  assert.deepEqual(loose.proposer!.prompt, { text: "Pose one." });
  assert.deepEqual(await loose.proposer!.parse(proposal("What is 1 + 1?", "2")), {
    problem: "What is 1 + 1?",
    answer: "2",
  });
});
