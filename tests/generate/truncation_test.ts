import assert from "node:assert/strict";
import { generate, type GenerateOptions } from "../../src/generate/mod.ts";
import { type Rule, rulesOf, ruleTensors, truncated } from "../../src/generate/truncation.ts";
import { Weights } from "../../src/models/mod.ts";
import { Graph } from "../../src/onnx/mod.ts";
import { Random } from "../../src/random/random.ts";
import { liveTensors, type Tensor, tensor } from "../../src/runtime/mod.ts";
import { score } from "../../src/train/mod.ts";
import { ON_SAMPLE, testSessions, tinyConfig } from "../models.ts";

const sessions = testSessions();
const random = new Random("truncation");

type Numbers = Partial<Record<Rule, number>>;

/** What a graph makes of scores [B, V]: probabilities, and those that the rules keep. */
async function truncate(scores: readonly (readonly number[])[], numbers: Numbers) {
  const rules = Object.keys(numbers) as Rule[], dims = [scores.length, scores[0]!.length];
  const session = sessions.get(["truncated", rules, dims], () => {
    const graph = new Graph("truncated");
    const x = graph.input("scores", "float32", dims);
    const all = graph.op.Softmax(x, { axis: -1 });
    graph.output("all", graph.op.Mul(all, 1));
    graph.output("kept", graph.op.Mul(truncated(graph, x, all, rules), 1));
    return graph;
  });
  const feeds = {
    scores: tensor("float32", dims, scores.flat()),
    ...ruleTensors(numbers as Record<string, number>),
  };
  const result = await session.run(feeds, ["all", "kept"]);
  const rows = (t: Tensor) =>
    scores.map((
      row,
      r,
    ) => [...t.data.subarray(r * row.length, (r + 1) * row.length) as Float32Array]);
  const [all, kept] = [rows(result.all!), rows(result.kept!)];
  for (const t of [...Object.values(feeds), result.all!, result.kept!]) t.dispose();
  return { all, kept };
}

/** Which tokens are kept, by sorting; those as probable as the last that is kept are kept too. */
function keptBySorting(p: readonly number[], { top_k, top_p, min_p }: Numbers): boolean[] {
  let least = 0;
  const best = p.toSorted((a, b) => b - a);
  if (top_k !== undefined) least = best[Math.min(top_k, p.length) - 1]!;
  if (top_p !== undefined) {
    const left = best.filter((x) => x >= least), total = left.reduce((a, b) => a + b, 0);
    let mass = 0;
    const last = left.find((x) => (mass += x) >= top_p * total * (1 - 1e-6))!;
    least = Math.max(least, last);
  }
  if (min_p !== undefined) least = Math.max(least, best[0]! * min_p);
  return p.map((x) => x >= least);
}

const RULES: readonly Numbers[] = [
  { top_k: 1 },
  { top_k: 5 },
  { top_k: 5000 },
  { top_p: 0.9 },
  { top_p: 0.31 },
  { top_p: 1e-6 },
  { min_p: 0.1 },
  { min_p: 1 },
  { top_k: 9, top_p: 0.8 },
  { top_k: 20, top_p: 0.95, min_p: 0.05 },
];

for (const numbers of ON_SAMPLE ? RULES.slice(-2) : RULES) {
  Deno.test(`what is kept is what sorting keeps: ${JSON.stringify(numbers)}`, async () => {
    for (const [vocabulary, spread] of [[13, 1], [300, 3], [1500, 0.1], [700, 12]] as const) {
      const scores = Array.from(
        { length: 4 },
        () => Array.from({ length: vocabulary }, () => spread * random.normal()),
      );
      const { all, kept } = await truncate(scores, numbers);
      all.forEach((p, r) => {
        const expected = keptBySorting(p, numbers);
        const wrong = p.filter((x, i) => kept[r]![i] !== (expected[i] ? x : 0));
        // At the border of a mass, the last bit of a sum decides.
        const allowed = numbers.top_p === undefined ? 0 : 1;
        assert.ok(wrong.length <= allowed, `${wrong.length} of ${vocabulary}: ${wrong}`);
        assert.ok(kept[r]!.some((x) => x > 0));
      });
    }
  });
}

Deno.test("equal probabilities are kept or left out together, and what cannot be drawn does not disturb", async () => {
  const { all, kept } = await truncate([
    [2, 1, 1, 1, 0, 0],
    [0, 0, 0, 0, 0, 0],
    [5, -1e9, 4, -3e38, 3, 3],
  ], { top_k: 2 });
  const tokens = (row: readonly number[]) => row.flatMap((x, i) => x > 0 ? [i] : []);
  assert.deepEqual(kept.map(tokens), [[0, 1, 2, 3], [0, 1, 2, 3, 4, 5], [0, 2]]);
  assert.deepEqual(kept[1], all[1]);
  const half = await truncate([[0, 0, 0, 0], [3, 3, 0, 0]], { top_p: 0.4 });
  assert.deepEqual(half.kept.map(tokens), [[0, 1, 2, 3], [0, 1]]);
});

Deno.test("rules that leave all are none, and numbers that are none are refused", () => {
  assert.deepEqual(rulesOf({ topP: 1, minP: 0 }), { rules: [], numbers: {} });
  assert.deepEqual(rulesOf({ minP: 0.1, topK: 3 }).rules, ["top_k", "min_p"]);
  for (
    const wrong of [{ topK: 0 }, { topK: 1.5 }, { topP: 0 }, { topP: 1.1 }, { minP: -0.1 }, {
      minP: NaN,
    }]
  ) {
    assert.throws(() => rulesOf(wrong), /^RangeError: Cannot draw with (topK|topP|minP) /);
  }
});

/** A model whose next token after one of a prompt is far from uniform. */
function setUp(vocab_size: number) {
  const config = tinyConfig({ vocab_size });
  const weights = Weights.initialize(config, random.derive("weights", vocab_size));
  for (const t of weights.tensors.values()) {
    if (t.dims.length === 2) { for (let i = 0; i < t.data.length; i++) t.data[i]! *= 15; }
  }
  return { config, weights, sessions, [Symbol.dispose]: () => weights[Symbol.dispose]() };
}

const DRAWS = ON_SAMPLE ? 250 : 4000;
/** One token of each of many samples, from evenly spread numbers: counts are then as probabilities say, but for rounding. */
const EVENLY: GenerateOptions = {
  prompts: [[3]],
  samples: DRAWS,
  maxNewTokens: 1,
  endIds: new Set(),
  temperature: 0.8,
  uniform: (_, sample) => (sample + 0.5) / DRAWS,
  batch: 512,
};

for (const vocabulary of ON_SAMPLE ? [13] : [13, 1536]) {
  Deno.test(`tokens are drawn as often as the truncated distribution says: ${vocabulary} tokens`, async () => {
    using engine = setUp(vocabulary);
    const rows = Array.from({ length: vocabulary }, (_, id) => ({ ids: [3, id], promptLength: 1 }));
    const logps = (await score({ ...engine, microBatch: 64 }, rows, 1 / 0.8)).map(([logp]) =>
      logp!
    );
    const p = logps.map(Math.exp);
    const rules: Numbers[] = [{ top_k: 4 }, { top_p: 0.7 }, { min_p: 0.2 }];
    const all: Numbers[] = [{}, ...rules, { top_k: 6, top_p: 0.8 }];
    for (const numbers of ON_SAMPLE ? all.slice(-1) : all) {
      const { top_k: topK, top_p: topP, min_p: minP } = numbers;
      const live = liveTensors();
      const drawn = await generate(engine, { ...EVENLY, truncation: { topK, topP, minP } });
      assert.equal(liveTensors(), live);
      const kept = keptBySorting(p, numbers);
      const total = p.reduce((sum, x, i) => sum + (kept[i] ? x : 0), 0);
      const counts = p.map(() => 0);
      for (const { ids, logps: [logp] } of drawn) {
        counts[ids[0]!]!++;
        // Of the distribution as it is, whatever was left out.
        assert.ok(Math.abs(logp! - logps[ids[0]!]!) < 1e-4);
      }
      counts.forEach((count, i) => {
        const expected = kept[i] ? DRAWS * p[i]! / total : 0;
        assert.ok(
          Math.abs(count - expected) <= (kept[i] ? 2 : 0),
          `${i}: ${count}, not ${expected}`,
        );
      });
      if (Object.keys(numbers).length > 0) assert.ok(kept.filter(Boolean).length < vocabulary);
    }
  });
}

Deno.test("truncated sampling draws the same whatever the batch; greedy takes no notice", async () => {
  using engine = setUp(13);
  const options: GenerateOptions = {
    ...EVENLY,
    prompts: [[3, 1], [9], [2, 6, 5]],
    samples: 7,
    maxNewTokens: 6,
    uniform: (prompt, sample, position) => random.at(prompt, sample, position),
    truncation: { topK: 5, topP: 0.9, minP: 0.02 },
  };
  const ids = async (more: Partial<GenerateOptions>) =>
    (await generate(engine, { ...options, ...more })).map(({ ids }) => ids);
  assert.deepEqual(await ids({ batch: 2 }), await ids({}));
  assert.notDeepEqual(await ids({ truncation: {} }), await ids({}));
  const greedy = await ids({ temperature: 0 });
  assert.deepEqual(await ids({ temperature: 0, truncation: {} }), greedy);
  assert.deepEqual(await ids({ truncation: { topK: 1 } }), greedy);
});

Deno.test("a row ends where it is told to, and is finished then", async () => {
  using engine = setUp(13);
  const options = { ...EVENLY, samples: 30, maxNewTokens: 8, temperature: 1.5 };
  const uniform = (prompt: number, sample: number, position: number) =>
    random.at(prompt, sample, position);
  const free = await generate(engine, { ...options, uniform });
  const isStopped = (ids: readonly number[]) => ids.at(-2) === ids.at(-1) && ids.length > 1;
  const stopped = await generate(engine, { ...options, uniform, isStopped });
  let ended = 0;
  stopped.forEach(({ ids, finished }, i) => {
    assert.deepEqual(ids, free[i]!.ids.slice(0, ids.length));
    const at = free[i]!.ids.findIndex((_, t) => isStopped(free[i]!.ids.slice(0, t + 1)));
    assert.equal(ids.length, at === -1 ? 8 : at + 1);
    assert.equal(finished, at !== -1);
    ended += Number(finished);
  });
  assert.ok(ended > 0 && ended < 30, `${ended}`);
});
