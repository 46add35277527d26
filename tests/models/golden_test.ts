import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { generate } from "../../src/generate/mod.ts";

import { loadPolicy } from "../../src/policy/mod.ts";
import { score } from "../../src/train/mod.ts";
import golden from "../golden/listprog.json" with { type: "json" };
import { testSessions } from "../models.ts";

const MODEL = fileURLToPath(new URL("../../examples/models/listprog", import.meta.url));

Deno.test("the embedded model's log-probabilities and tokens equal transformers'", async () => {
  using policy = loadPolicy(MODEL);
  using sessions = testSessions();
  const rows = golden.logps.map(({ text, ids }) => {
    assert.deepEqual(policy.tokenizer.encode(text), ids, text);
    return { ids, promptLength: 1 };
  });
  const scored = await score({ ...policy, sessions, microBatch: 8 }, rows);
  golden.logps.forEach(({ logps, text }, r) =>
    logps.forEach((expected, t) => {
      const difference = Math.abs(scored[r]![t]! - expected);
      assert.ok(
        difference < 1e-4 * Math.max(1, Math.abs(expected)),
        `${text} at ${t}: ${difference}`,
      );
    })
  );
});

Deno.test("the embedded model's greedy completions equal transformers' token by token", async () => {
  using policy = loadPolicy(MODEL);
  using sessions = testSessions();
  const completions = await generate({ ...policy, sessions }, {
    prompts: golden.greedy.map(({ prompt }) => policy.tokenizer.encode(prompt)),
    samples: 1,
    maxNewTokens: 48,
    endIds: policy.endIds,
    temperature: 0,
    uniform: () => 0,
    batch: 8,
  });
  assert.deepEqual(completions.map(({ ids }) => ids), golden.greedy.map(({ ids }) => ids));
});
