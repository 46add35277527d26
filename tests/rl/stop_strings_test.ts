import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Sessions } from "../../src/onnx/mod.ts";
import { loadPolicy } from "../../src/policy/mod.ts";
import { Random } from "../../src/random/random.ts";
import { drawRollouts, ENGINE_DEFAULTS, evaluate } from "../../src/rl/mod.ts";
import { cutAtStop, stopDetector } from "../../src/rl/stop_strings.ts";
import { solve, task } from "../listprog.ts";

const policy = loadPolicy(
  fileURLToPath(new URL("../../examples/models/listprog", import.meta.url)),
);
const engine = { sessions: new Sessions(), ...ENGINE_DEFAULTS };

Deno.test("a text is cut before the first of its stops", () => {
  assert.equal(cutAtStop("one#two\n\nthree", ["\n\n", "#"]), "one");
  assert.equal(cutAtStop("one", ["#"]), "one");
  assert.equal(cutAtStop("one#"), "one#");
  assert.equal(cutAtStop("#", ["#"]), "");
});

Deno.test("a stop is seen in the token that completes it, at any length of text", () => {
  const tokenizer = { decode: (ids: readonly number[]) => String.fromCodePoint(...ids) };
  const isStopped = stopDetector(tokenizer, ["ab", "naïve end"]);
  const codes = (text: string) => [...text].map((c) => c.codePointAt(0)!);
  const long = "x".repeat(500);
  for (const [text, stopped] of [["a", false], ["ab", true], [`${long}naïve en`, false]] as const) {
    assert.equal(isStopped(codes(text)), stopped, text);
  }
  assert.ok(isStopped(codes(`${long}naïve end`)));
});

Deno.test("completions end before a stop, are finished, and graded so", async () => {
  const prompts = [task.prompt({ id: "p", problem: "12345r", answer: "54321" })];
  const sampling = { temperature: 1, max_completion_length: 20, samples: 16 };
  const draw = (more: object) =>
    drawRollouts(policy, engine, prompts, { ...sampling, ...more }, new Random("stop"));
  const free = await draw({}), stopped = await draw({ stop_strings: ["#"] });
  stopped.forEach(({ text, ids, finished }, i) => {
    assert.equal(text, free[i]!.text.split("#")[0]);
    assert.deepEqual(ids, free[i]!.ids.slice(0, ids.length));
    assert.equal(finished, true);
    assert.ok(policy.tokenizer.decode(ids).endsWith("#"));
  });
  const problems = [{ id: "p", problem: "12345r", answer: solve("12345r")! }];
  const measure = (more: object) =>
    evaluate(policy, engine, task, problems, { ...sampling, ...more }, new Random("e"));
  const whole = await measure({}), cut = await measure({ stop_strings: ["#"], top_k: 3 });
  assert.ok(whole.accuracy > 0.9);
  assert.equal(cut.accuracy, 0); // the answer stands behind it
  assert.deepEqual(cut.sampling, { ...sampling, stop_strings: ["#"], top_k: 3, greedy: false });
});
