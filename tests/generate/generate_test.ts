import assert from "node:assert/strict";
import { cacheBytes, generate, type GenerateOptions, rowsThatFit } from "../../src/generate/mod.ts";
import { type LlamaConfig, Weights } from "../../src/models/mod.ts";
import { Random } from "../../src/random/random.ts";
import { liveTensors, SESSION_COUNTERS, TRANSFERS } from "../../src/runtime/mod.ts";
import { score } from "../../src/train/mod.ts";
import type { Graph } from "../../src/onnx/mod.ts";
import { ON_SAMPLE, testSessions, tinyConfig } from "../models.ts";

const random = new Random("generate");
const PROMPTS = [[3, 1, 4, 1, 5], [9], [2, 6, 5], [3, 5, 8, 9, 7, 9, 3]];

function setUp(overrides: Partial<LlamaConfig> = {}) {
  const config = tinyConfig(overrides);
  const weights = Weights.initialize(config, random.derive("weights"));
  // Larger weights than at the start of training, so that distributions are far from uniform.
  for (const t of weights.tensors.values()) {
    if (t.dims.length === 2) { for (let i = 0; i < t.data.length; i++) t.data[i]! *= 15; }
  }
  const sessions = testSessions();
  return {
    config,
    weights,
    sessions,
    [Symbol.dispose]() {
      weights[Symbol.dispose]();
      sessions[Symbol.dispose]();
    },
  };
}

const OPTIONS: GenerateOptions = {
  prompts: PROMPTS,
  samples: 5,
  maxNewTokens: 12,
  endIds: new Set([0, 12]),
  temperature: 1,
  uniform: (prompt, sample, position) => random.at(prompt, sample, position),
  batch: 512,
};

for (
  const [name, overrides] of Object.entries<Partial<LlamaConfig>>({
    "grouped queries, tied head": {},
    "full attention, untied head": { num_key_value_heads: 4, tie_word_embeddings: false },
    "Qwen2's biases": { model_type: "qwen2" },
    "Qwen3's head norms": { model_type: "qwen3" },
    ...Object.fromEntries(
      (ON_SAMPLE ? [12] : [2, 4, 8, 12, 20, 24, 40])
        .map((head_dim) => [`heads of ${head_dim}`, { head_dim }]),
    ),
    "heads of 12 with norms": { model_type: "qwen3", head_dim: 12, num_key_value_heads: 1 },
    "Llama 3's rotary scaling": {
      rope_scaling: {
        rope_type: "llama3",
        factor: 8,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 8,
      },
    },
  })
) {
  Deno.test(`sampled log-probabilities equal teacher-forced ones: ${name}`, async () => {
    using engine = setUp(overrides);
    const temperature = 0.7;
    const completions = await generate(engine, { ...OPTIONS, temperature });
    const rows = completions.map(({ promptIndex: prompt, ids }) => ({
      ids: [...PROMPTS[prompt]!, ...ids],
      promptLength: PROMPTS[prompt]!.length,
    }));
    const scored = await score({ ...engine, microBatch: 7 }, rows, 1 / temperature);
    let largest = 0;
    completions.forEach(({ logps }, i) =>
      logps.forEach((logp, t) => largest = Math.max(largest, Math.abs(logp - scored[i]![t]!)))
    );
    assert.ok(largest < 1e-4, `they differ by ${largest}`);
    // The check can fail: without the temperature the two are far apart.
    const without = await score({ ...engine, microBatch: 7 }, rows, 1);
    assert.ok(Math.abs(without[0]![0]! - completions[0]!.logps[0]!) > 1e-3);
  });
}

Deno.test("generate() draws the same whatever the batch, and differently for each sample", async () => {
  using engine = setUp();
  const all = await generate(engine, OPTIONS);
  const pieces = await generate(engine, { ...OPTIONS, batch: 3 });
  assert.deepEqual(pieces.map(({ ids }) => ids), all.map(({ ids }) => ids));
  assert.deepEqual(all.map(({ promptIndex, sample }) => [promptIndex, sample]).slice(4, 7), [
    [0, 4],
    [1, 0],
    [1, 1],
  ]);
  assert.ok(new Set(all.slice(0, 5).map(({ ids }) => ids.join())).size > 1);
});

Deno.test("generate() stops at any end id, keeps it, and tells what was cut off", async () => {
  using engine = setUp();
  const completions = await generate(engine, { ...OPTIONS, samples: ON_SAMPLE ? 12 : 40 });
  const ends = new Set<number>();
  for (const { ids, logps, finished } of completions) {
    const end = ids.findIndex((id) => OPTIONS.endIds.has(id));
    assert.equal(finished, end >= 0);
    assert.equal(ids.length, finished ? end + 1 : OPTIONS.maxNewTokens);
    assert.equal(logps.length, ids.length);
    if (finished) ends.add(ids.at(-1)!);
  }
  assert.deepEqual([...ends].toSorted((a, b) => a - b), [0, 12]);
  assert.ok(completions.some(({ finished }) => !finished));
});

Deno.test("greedy decoding takes the most likely token, and a temperature near 0 agrees", async () => {
  using engine = setUp();
  const greedy = await generate(engine, { ...OPTIONS, samples: 1, temperature: 0 });
  const cold = await generate(engine, { ...OPTIONS, samples: 1, temperature: 1e-3 });
  assert.deepEqual(greedy.map(({ ids }) => ids), cold.map(({ ids }) => ids));
});

Deno.test("tokens are drawn with their probabilities", async () => {
  using engine = setUp();
  const samples = ON_SAMPLE ? 500 : 4000;
  const drawn = await generate(engine, { ...OPTIONS, prompts: [[3, 1]], samples, maxNewTokens: 1 });
  const counts = new Map<number, number>();
  for (const { ids } of drawn) counts.set(ids[0]!, (counts.get(ids[0]!) ?? 0) + 1);
  for (const { ids, logps } of drawn.slice(0, 50)) {
    const expected = samples * Math.exp(logps[0]!);
    const deviation = Math.sqrt(expected) * 5;
    assert.ok(Math.abs(counts.get(ids[0]!)! - expected) <= deviation, `token ${ids[0]}`);
  }
});

Deno.test("generate() builds its sessions once and leaves no tensor behind", async () => {
  using engine = setUp();
  await generate(engine, OPTIONS);
  const live = liveTensors(), built = SESSION_COUNTERS.built;
  await generate(engine, { ...OPTIONS, samples: 9 });
  assert.equal(SESSION_COUNTERS.built, built);
  assert.equal(liveTensors(), live);
});

Deno.test("generate() tells where scores are no numbers, instead of drawing from them", async () => {
  for (const [value, temperature] of [[NaN, 1], [NaN, 0], [3e38, 1]] as const) {
    using engine = setUp();
    engine.weights.tensors.get("model.norm.weight")!.data.fill(value);
    await assert.rejects(generate(engine, { ...OPTIONS, temperature }), {
      message:
        "Cannot generate token 0 of prompt 0, sample 0: the model's scores are not finite; " +
        "its weights are too large, or are no numbers",
    });
  }
});

Deno.test("generate() refuses what does not fit in the context, with both sizes", async () => {
  using engine = setUp();
  await assert.rejects(generate(engine, { ...OPTIONS, maxNewTokens: 30 }), {
    name: "RangeError",
    message: "Cannot generate 30 tokens after a prompt of 7: the model's context is 32",
  });
  await assert.rejects(generate(engine, { ...OPTIONS, prompts: [[]] }), /prompt 0 is empty/);
});

/** The engine with the rows and tokens of each run noted. */
function watched(engine: ReturnType<typeof setUp>) {
  const runs: { readonly graph: string; readonly rows: number; readonly length: number }[] = [];
  const get = (key: readonly unknown[], build: () => Graph) => {
    const session = engine.sessions.get(key, build);
    const runInto: typeof session.runInto = (feeds, fetches) => {
      const [rows, length] = feeds.ids!.dims as [number, number];
      runs.push({ graph: String(key[0]), rows, length });
      return session.runInto(feeds, fetches);
    };
    return { runInto };
  };
  return { runs, generator: { ...engine, sessions: { get } as unknown as typeof engine.sessions } };
}

Deno.test("rows share a batch as far as a processor's cache or the memory goes", () => {
  const small = tinyConfig(), one = cacheBytes(small, 1, 32);
  const cached = Math.floor(12 * 2 ** 20 / one);
  assert.equal(rowsThatFit(small, 32, 10_000), cached);
  assert.equal(rowsThatFit(small, 32, cached - 1), cached - 1);
  assert.equal(rowsThatFit(small, 32, 10_000, "cuda"), 10_000);
  // Where few rows fill a processor's cache, more are decoded together; and one row always is.
  const large = tinyConfig({ num_hidden_layers: 30, head_dim: 64 }), most = 2 ** 30;
  assert.ok(cacheBytes(large, 64, 4096) > 12 * 2 ** 20);
  assert.equal(rowsThatFit(large, 4096, 10_000), Math.floor(most / cacheBytes(large, 1, 4096)));
  assert.equal(rowsThatFit(large, 4_000_000, 10_000), 1);
});

Deno.test("each prompt is read once, a few hundred tokens at a time", async () => {
  using engine = setUp();
  const { runs, generator } = watched(engine);
  const prompts = Array.from(
    { length: 60 },
    (_, i) => Array.from({ length: 20 }, (_, t) => (i + t) % 13),
  );
  await generate(generator, { ...OPTIONS, prompts, samples: 2, maxNewTokens: 2 });
  const read = runs.filter(({ graph }) => graph === "prefill");
  assert.equal(read.reduce((sum, { rows }) => sum + rows, 0), 60);
  for (const { rows, length } of read) assert.ok(rows * length <= 512, `${rows} × ${length}`);
});

Deno.test("rows that have finished leave the batch", async () => {
  using engine = setUp();
  const { runs, generator } = watched(engine);
  const endIds = new Set(Array.from({ length: 5 }, (_, id) => id)); // most rows end early
  const options = { ...OPTIONS, samples: 40, maxNewTokens: 20, endIds };
  const completions = await generate(generator, options);
  const decoded = runs.filter(({ graph }) => graph === "decode");
  const tokens = completions.reduce((sum, { ids }) => sum + ids.length, 0);
  const computed = decoded.reduce((sum, { rows }) => sum + rows, 0);
  const everything = decoded.length * completions.length;
  assert.ok(computed < 1.35 * tokens && tokens < everything / 2, `${tokens}, ${computed}`);
  for (const [i, { rows }] of decoded.entries()) {
    assert.ok(i === 0 || rows <= decoded[i - 1]!.rows);
  }
});

Deno.test("the cache stays on a device from token to token", async () => {
  using engine = setUp();
  const copied = () => TRANSFERS.toDevice + TRANSFERS.toHost;
  const longest = Math.max(...PROMPTS.map((prompt) => prompt.length));
  const bytes: number[] = [];
  for (const maxNewTokens of [2, 2, 20]) {
    const before = copied();
    await generate(engine, { ...OPTIONS, maxNewTokens, endIds: new Set() });
    // The cache has room for so many tokens a row, and is copied as a whole.
    bytes.push((copied() - before) / (longest + maxNewTokens));
  }
  const [first, few, many] = bytes;
  assert.equal(many, few, "the cache was copied more often for more tokens");
  if (engine.sessions.device === "cpu") assert.equal(first, 0);
  else assert.ok(first! > few!, `weights were copied again: ${bytes}`);
});
