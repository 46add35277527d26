/** SmolLM2-135M-Instruct itself; `deno task slow` fetches it first. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { generate } from "../../src/generate/mod.ts";
import { Sessions } from "../../src/onnx/mod.ts";
import { Random } from "../../src/random/random.ts";
import { drawRollouts, encodePrompt, type Engine, loadGguf, selfTest } from "../../src/rl/mod.ts";
import golden from "../golden/smollm2/generation.json" with { type: "json" };

const FILE = fileURLToPath(
  new URL("../../.soar/models/SmolLM2-135M-Instruct.Q4_1.gguf", import.meta.url),
);

Deno.test("greedy completions equal transformers' token by token for 64 tokens", async () => {
  using policy = await loadGguf(FILE);
  using sessions = new Sessions();
  const prompts = golden.completions.map(({ prompt }) => encodePrompt(policy, prompt));
  assert.deepEqual(prompts, golden.completions.map(({ promptIds }) => promptIds));
  const completions = await generate({ ...policy, sessions }, {
    prompts,
    samples: 1,
    maxNewTokens: 64,
    endIds: new Set(),
    temperature: 0,
    uniform: () => 0,
    batch: 8,
  });
  assert.deepEqual(completions.map(({ ids }) => ids), golden.completions.map(({ ids }) => ids));
});

Deno.test("sampled log-probabilities equal teacher-forced ones", async () => {
  using policy = await loadGguf(FILE);
  using sessions = new Sessions();
  const engine: Engine = { sessions, decodeBatch: 32, microBatch: 4 };
  const prompts = golden.completions.map(({ prompt }) => prompt);
  const sampling = { temperature: 0.8, max_new_tokens: 32, samples: 2 };
  const rollouts = await drawRollouts(policy, engine, prompts, sampling, new Random("slow"));
  const largest = await selfTest(policy, { ...engine, microBatch: 12 }, rollouts, 0.8);
  assert.ok(largest < 1e-3, `they differ by ${largest}`);
});
