import assert from "node:assert/strict";
import { join } from "node:path";
import { readProblems } from "../../src/stage/artifact_files.ts";
import { Bench } from "./run_stage.ts";

/** Runs the stage on a file of that text. */
async function load(text: string | Uint8Array, settings: Readonly<Record<string, unknown>> = {}) {
  using bench = new Bench();
  const directory = Deno.makeTempDirSync({ prefix: "soar-test-" });
  try {
    const path = join(directory, "problems.jsonl");
    if (typeof text === "string") Deno.writeTextFileSync(path, text);
    else Deno.writeFileSync(path, text);
    const { outputs } = await bench.run("load_problems", { path, ...settings }, {});
    return readProblems(outputs.problems!);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

Deno.test("problems are read from JSONL, whatever their fields are called", async () => {
  const text = '\ufeff{"q": "1 + 1", "a": 2, "level": 3}\r\n\r\n{"q": "2 + 2", "a": "4"}\n';
  assert.deepEqual(await load(text, { problem: "q", answer: "a" }), [
    { id: "0", problem: "1 + 1", answer: "2", q: "1 + 1", a: 2, level: 3 },
    { id: "1", problem: "2 + 2", answer: "4", q: "2 + 2", a: "4" },
  ]);
  const [named] = await load('{"problem": "1", "answer": "2", "name": "x"}', { id: "name" });
  assert.equal(named!.id, "x");
});

for (
  const [name, text, message] of [
    ["no JSON", '{"problem": "a", "answer": "b"}\n{"problem": \n', /line 2 is no JSON/],
    ["a list", "[1]\n", /line 1 /],
    ["no answer", '{"problem": "a"}\n', /line 1 .*answer/],
    ["an answer that is no text", '{"problem": "a", "answer": {}}\n', /line 1 .*answer/],
    ["an empty question", '{"problem": "", "answer": "1"}\n', /line 1 .*problem/],
    ["nothing", "\n\n", /it has no problems/],
  ] as const
) {
  Deno.test(`a file with ${name} is refused with its line`, async () => {
    await assert.rejects(load(text), message);
  });
}

Deno.test("ids that are there twice are refused with both lines", async () => {
  const text =
    '{"problem": "a", "answer": "b", "n": 1}\n\n{"problem": "c", "answer": "d", "n": 1}\n';
  await assert.rejects(load(text, { id: "n" }), /line 3 has the id 1 of line 1/);
});
