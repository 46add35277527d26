/** Settings and tensors of checkpoints against transformers and PEFT; tools/golden/checkpoints.py makes the data. @module */
import assert from "node:assert/strict";
import { type Completion, generate } from "../../src/generate/mod.ts";
import { type Adapter, mergeAdapters, parseConfig, type Weights } from "../../src/models/mod.ts";
import type { Sessions } from "../../src/onnx/mod.ts";
import { Random } from "../../src/random/random.ts";
import { adaptPolicy, loadPolicy, type Policy, savePolicy } from "../../src/policy/mod.ts";
import { ADAMW, score, Trainer } from "../../src/train/mod.ts";
import { GOLDEN, goldenCase, makeCheckpoint } from "../checkpoints.ts";
import { testSessions } from "../models.ts";
import { lossOf } from "../training.ts";
import golden from "../golden/checkpoints.json" with { type: "json" };

async function logps(policy: Policy): Promise<readonly number[]> {
  using sessions = testSessions();
  const [row] = await score({ ...policy, sessions, microBatch: 1 }, [{
    ids: golden.ids,
    promptLength: 1,
  }]);
  return row!;
}

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  for (const [t, value] of expected.entries()) {
    const difference = Math.abs(actual[t]! - value);
    assert.ok(difference < 1e-4 * Math.max(1, Math.abs(value)), `${t}: ${actual[t]} not ${value}`);
  }
}

for (const { name, files, logps: expected } of GOLDEN) {
  Deno.test(`${name}: log-probabilities equal transformers', also when saved and read again`, async () => {
    using made = makeCheckpoint(files);
    using policy = loadPolicy(made.directory);
    assertClose(await logps(policy), expected);
    using saved = makeCheckpoint({});
    savePolicy(policy, saved.directory);
    using again = loadPolicy(saved.directory);
    assert.deepEqual(again.config, policy.config);
    assert.deepEqual(again.weights.flat.data, policy.weights.flat.data);
    assert.deepEqual(again.adapters?.flat.data, policy.adapters?.flat.data);
    assertClose(await logps(again), expected);
  });
}

for (const { name, files, losses } of GOLDEN) {
  if (losses === undefined) continue;
  for (const recompute of [false, true]) {
    Deno.test(`${name}: ten AdamW steps equal PEFT's${recompute ? ", recomputing" : ""}`, async () => {
      using made = makeCheckpoint(files);
      using policy = loadPolicy(made.directory);
      using before = policy.weights.clone();
      using sessions = testSessions();
      const { learning_rate, epsilon } = golden.adamw;
      using trainer = new Trainer({
        ...policy,
        sessions,
        loss: lossOf("cross_entropy"),
        optimizer: { ...ADAMW, epsilon },
        microBatch: 1,
        recompute,
      });
      const rows = [{ ids: golden.ids, promptLength: 1 }];
      for (const expected of losses) {
        const { loss } = await trainer.step(rows, learning_rate);
        assert.ok(Math.abs(loss - expected) < 1e-4 * expected, `${loss} is not ${expected}`);
      }
      assert.deepEqual(policy.weights.flat.data, before.flat.data);
    });
  }
}

Deno.test("adapters that differ by layer are merged as they are", async () => {
  const { files, logps: expected } = goldenCase("adapter: both patterns");
  using made = makeCheckpoint(files);
  using policy = loadPolicy(made.directory);
  using sessions = testSessions();
  await mergeAdapters(policy.config, policy.weights as Weights, policy.adapters!, sessions);
  const { adapter: _, ...config } = policy.config, { adapters: __, ...rest } = policy;
  assertClose(await logps({ ...rest, config }), expected);
});

Deno.test("the golden cases differ where their settings do", () => {
  const of = (name: string) => goldenCase(name).logps;
  for (const name of ["v5 linear", "v5 llama3", "yarn", "yarn, betas", "yarn, mscale"]) {
    assert.notDeepEqual(of(name), of("old architecture"), name);
  }
  assert.notDeepEqual(of("yarn, not truncated"), of("yarn, truncated"));
  assert.notDeepEqual(of("adapter: alpha_pattern"), of("adapter: plain"));
});

const PROMPT = golden.ids.slice(0, 12);

function sample(policy: Policy, sessions: Sessions): Promise<Completion[]> {
  return generate({ ...policy, sessions }, {
    prompts: [PROMPT],
    samples: 1,
    maxNewTokens: 24,
    endIds: new Set<number>(),
    temperature: 1,
    uniform: (i, j, k) => (0.37 * (1 + i + j) + 0.618 * k) % 1,
    batch: 1,
  });
}

for (const scaling of ["linear", "yarn", "llama3"] as const) {
  Deno.test(`sampler and trainer agree under ${scaling} scaling`, async () => {
    const source = goldenCase("llama, wide heads").files;
    const found = goldenCase(scaling === "yarn" ? "yarn, attention_factor" : `v5 ${scaling}`).files;
    const { rope_scaling, rope_parameters } = found["config.json"] as Record<string, unknown>;
    const config = { ...source["config.json"], rope_scaling, rope_parameters };
    using made = makeCheckpoint({ ...source, "config.json": config });
    using policy = loadPolicy(made.directory);
    using sessions = testSessions();
    const [completion] = await sample(policy, sessions);
    const ids = [...PROMPT, ...completion!.ids];
    const [row] = await score({ ...policy, sessions, microBatch: 1 }, [{ ids, promptLength: 12 }]);
    assertClose(completion!.logps, row!.slice(-24));
  });
}

Deno.test("sampler and trainer agree on adapters that differ by layer", async () => {
  using made = makeCheckpoint(goldenCase("llama, wide heads").files);
  const adapter: Adapter = {
    ...{ rank: 2, alpha: 4, targets: ["q_proj", "up_proj"] },
    except: { "layers.0.self_attn.q_proj": { rank: 3, alpha: 9 }, "layers.1.mlp.up_proj": null },
  };
  using policy = adaptPolicy(loadPolicy(made.directory), adapter, new Random("layers"));
  assert.equal(policy.adapters!.shapes.size, 6);
  policy.adapters!.flat.data.forEach((_, i, data) => data[i] = Math.sin(i) / 4);
  using sessions = testSessions();
  const [completion] = await sample(policy, sessions);
  const ids = [...PROMPT, ...completion!.ids];
  const [row] = await score({ ...policy, sessions, microBatch: 1 }, [{ ids, promptLength: 12 }]);
  assertClose(completion!.logps, row!.slice(-24));
  assert.throws(() => adaptPolicy(policy, { ...adapter, except: {} }, new Random("other")), {
    name: "RangeError",
    message: /on a policy that has some of .* with exceptions \(layers\.0\.self_attn\.q_proj, /,
  });
});

for (const [type, written] of Object.entries(golden.written)) {
  Deno.test(`every key that transformers writes for ${type} is known`, () => {
    const json = { ...written, architectures: null };
    const config = parseConfig(json, "config.json");
    assert.equal(config.model_type, type);
    assert.equal(config.rope_theta, 10000);
  });
}
