/** Both forms of attention through the cache, which different devices have: they give the same. @module */
import assert from "node:assert/strict";
import { generate, type GenerateOptions } from "../../src/generate/mod.ts";
import { type LlamaConfig, Weights } from "../../src/models/mod.ts";
import { Sessions } from "../../src/onnx/mod.ts";
import { Random } from "../../src/random/random.ts";
import { tinyConfig } from "../models.ts";

/** Graphs as they are on CUDA, built on the processor. */
function asOnCuda(sessions: Sessions): Sessions {
  return new Proxy(sessions, {
    get(target, name) {
      if (name === "device") return "cuda";
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const random = new Random("attention");
const OPTIONS: GenerateOptions = {
  prompts: [[3, 1, 4, 1, 5], [9], [2, 6, 5], [3, 5, 8, 9, 7, 9, 3]],
  samples: 4,
  maxNewTokens: 14,
  endIds: new Set([0, 12]),
  temperature: 1,
  uniform: (prompt, sample, position) => random.at(prompt, sample, position),
  batch: 7, // rows end at different times, and others move into their places
};

for (
  const [name, overrides] of Object.entries<Partial<LlamaConfig>>({
    "grouped queries": {},
    "every query its own key": { num_key_value_heads: 4 },
    "one key for all": { num_key_value_heads: 1 },
    "heads that are widened": { head_dim: 12 },
    "Qwen3's norms": { model_type: "qwen3" },
  })
) {
  Deno.test(`scattered attention gives what grouped attention does: ${name}`, async () => {
    const config = tinyConfig(overrides);
    using weights = Weights.initialize(config, random.derive("weights"));
    for (const t of weights.tensors.values()) {
      if (t.dims.length === 2) { for (let i = 0; i < t.data.length; i++) t.data[i]! *= 15; }
    }
    using sessions = new Sessions({ device: "cpu" });
    using others = new Sessions({ device: "cpu" });
    const [expected, found] = [
      await generate({ config, weights, sessions }, OPTIONS),
      await generate({ config, weights, sessions: asOnCuda(others) }, OPTIONS),
    ];
    assert.deepEqual(found.map(({ ids }) => ids), expected.map(({ ids }) => ids));
    let largest = 0;
    for (const [i, { logps }] of found.entries()) {
      for (const [t, logp] of logps.entries()) {
        largest = Math.max(largest, Math.abs(logp - expected[i]!.logps[t]!));
      }
    }
    assert.ok(largest > 0, "they are two forms");
    assert.ok(largest < 1e-5, `they differ by ${largest}`);
  });
}
