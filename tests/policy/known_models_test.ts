import assert from "node:assert/strict";
import { parameterCount } from "../../src/models/mod.ts";
import { KNOWN_MODELS, knownModel } from "../../src/policy/mod.ts";

/** Parameters as the hub counts them in each repository's safetensors. */
const PARAMETERS: Readonly<Record<string, number>> = {
  "meta-llama/Llama-3.2-1B-Instruct": 1_235_814_400,
  "meta-llama/Llama-3.2-3B-Instruct": 3_212_749_824,
  "meta-llama/Llama-3.1-8B-Instruct": 8_030_261_248,
  "HuggingFaceTB/SmolLM2-135M-Instruct": 134_515_008,
  "HuggingFaceTB/SmolLM2-360M-Instruct": 361_821_120,
  "HuggingFaceTB/SmolLM2-1.7B-Instruct": 1_711_376_384,
  "Qwen/Qwen2.5-0.5B-Instruct": 494_032_768,
  "Qwen/Qwen2.5-1.5B-Instruct": 1_543_714_304,
};

Deno.test("known models have as many weights as their files", () => {
  assert.deepEqual([...KNOWN_MODELS].toSorted(), Object.keys(PARAMETERS).toSorted());
  for (const repo of KNOWN_MODELS) {
    assert.equal(parameterCount(knownModel(repo)!), PARAMETERS[repo], repo);
  }
  assert.equal(knownModel("toString"), undefined);
});
