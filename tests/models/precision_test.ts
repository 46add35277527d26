import assert from "node:assert/strict";
import { prefillGraph } from "../../src/generate/decoding_graphs.ts";
import { generate } from "../../src/generate/mod.ts";
import {
  type Adapter,
  initializeAdapters,
  type LlamaConfig,
  makeWeights,
  parameterShapes,
  type Precision,
  roundWeights,
  scalesName,
  StoredWeights,
  weight,
  weightInputs,
  Weights,
} from "../../src/models/mod.ts";
import { Graph, reachableNodes, type Value } from "../../src/onnx/mod.ts";
import { Random } from "../../src/random/random.ts";
import { SESSION_COUNTERS, type Tensor } from "../../src/runtime/mod.ts";
import { ADAMW, type Row, score, Trainer } from "../../src/train/mod.ts";
import { testSessions, tinyConfig } from "../models.ts";
import { lossOf } from "../training.ts";

const random = new Random("precision");
// Rows of whole blocks.
const base = tinyConfig({ hidden_size: 32, intermediate_size: 64 });
const sessions = testSessions(); // kept for all tests of this file
const REDUCED: readonly Precision[] = [
  ...await hasHalf() ? ["float16" as const] : [],
  "int8",
  "int4",
];
const ADAPTER: Adapter = { rank: 4, alpha: 8, targets: ["q_proj", "down_proj"] };
const ROWS: readonly Row[] = [
  { ids: [1, 2, 3, 4, 5, 6], promptLength: 2 },
  { ids: [7, 8, 9], promptLength: 1 },
];

/** Whether the device computes with float16: SwiftShader does not. */
async function hasHalf(): Promise<boolean> {
  const shapes = new Map([["lm_head.weight", [8, 32]]]);
  using from = new Weights(shapes), into = makeWeights(shapes, "float16");
  try {
    await roundWeights(from, into, sessions);
    return true;
  } catch (error) {
    assert.match((error as Error).message, /requires f16 but the device does not support it/);
    return false;
  }
}

/** Weights far from uniform, held in a precision; and the numbers they stand for, as float32. */
function held(precision: Precision, config: LlamaConfig = base) {
  using exact = Weights.initialize(config, random.derive("weights"));
  const weights = makeWeights(exact.shapes, precision);
  for (const [name, { data, dims }] of exact.values()) {
    weights.write(name, dims.length === 2 ? data.map((x) => 15 * x) : data, 0);
  }
  const plain = new Weights(exact.shapes);
  for (const name of plain.shapes.keys()) plain.write(name, weights.read(name), 0);
  return {
    held: { config: { ...config, precision }, weights, sessions },
    plain: { config, weights: plain, sessions },
    [Symbol.dispose]() {
      weights[Symbol.dispose]();
      plain[Symbol.dispose]();
    },
  };
}

function largestDifference(a: readonly number[][], b: readonly number[][]): number {
  return Math.max(...a.flatMap((row, r) => row.map((x, i) => Math.abs(x - b[r]![i]!))));
}

Deno.test("graphs make the same numbers of every byte as the host does, to the last bit", async () => {
  const name = "mlp.up_proj.weight", blocks = 16; // of 16 bytes
  using weights = new StoredWeights(new Map([[name, [1, 32 * blocks]]]), "int4");
  const { data } = weights.tensors.get(name) as Tensor<"uint8">;
  const scales = weights.tensors.get(scalesName(name)) as Tensor<"float32">;
  data.set(data.map((_, i) => i));
  scales.data.set(scales.data.map((_, i) => 2 ** -i));
  const graph = new Graph("widen");
  const inputs = weightInputs(graph, { precision: "int4" }, weights.shapes);
  graph.output("y", weight(graph, inputs, name));
  using session = sessions.build(graph);
  const { y } = await session.run(Object.fromEntries(weights.tensors), ["y"]);
  using made = y as Tensor<"float32">;
  assert.equal(data.length, 256);
  assert.deepEqual([...made.data], [...weights.read(name)]);
});

Deno.test("integers are ggml's Q8_0 and Q4_0: what they stand for becomes them again", () => {
  for (const [precision, error] of [["int8", 1 / 127 / 2], ["int4", 1 / 8]] as const) {
    const shapes = new Map([["mlp.up_proj.weight", [3, 64]]]);
    using first = new StoredWeights(shapes, precision),
      again = new StoredWeights(shapes, precision);
    const values = Float32Array.from({ length: 192 }, () => random.normal());
    values.fill(0, 32, 64);
    first.write("mlp.up_proj.weight", values, 0);
    const rounded = first.read("mlp.up_proj.weight");
    again.write("mlp.up_proj.weight", rounded, 0);
    assert.deepEqual(again.flat.data, first.flat.data);
    for (let block = 0; block < 6; block++) {
      const part = values.subarray(32 * block, 32 * block + 32);
      const most = Math.max(...part.map(Math.abs));
      part.forEach((x, i) => {
        const off = Math.abs(rounded[32 * block + i]! - x);
        assert.ok(off <= 1.01 * error * most, `${precision}: ${x} became ${off} more or less`);
      });
    }
    // Parts may be written one after the other.
    again.flat.data.fill(0);
    for (const at of [0, 64, 128]) {
      again.write("mlp.up_proj.weight", values.subarray(at, at + 64), at);
    }
    assert.deepEqual(again.flat.data, first.flat.data);
  }
});

for (const precision of REDUCED) {
  Deno.test(`${precision}: log-probabilities are those of the numbers that are held`, async () => {
    using both = held(precision);
    const ours = await score({ ...both.held, microBatch: 8 }, ROWS);
    const expected = await score({ ...both.plain, microBatch: 8 }, ROWS);
    assert.ok(largestDifference(ours, expected) < 1e-4, `${largestDifference(ours, expected)}`);
  });

  for (const few of [false, true]) {
    Deno.test(`${precision}: ${few ? "few rows" : "a row"} is generated as it is scored`, async () => {
      using both = held(precision);
      const prompts = [[3, 1, 4, 1, 5], [9], [2, 6]].slice(few ? 0 : 1, few ? 3 : 2);
      const completions = await generate(both.held, {
        prompts,
        samples: few ? 2 : 1,
        maxNewTokens: 10,
        endIds: new Set([0]),
        temperature: 0.8,
        uniform: (...at) => random.at(...at),
        batch: 16,
      });
      const rows = completions.map(({ promptIndex: prompt, ids }) => ({
        ids: [...prompts[prompt]!, ...ids],
        promptLength: prompts[prompt]!.length,
      }));
      const scored = await score({ ...both.held, microBatch: 8 }, rows, 1 / 0.8);
      const difference = largestDifference(completions.map(({ logps }) => [...logps]), scored);
      assert.ok(difference < 1e-4, `${difference}`);
    });
  }

  Deno.test(`${precision}: adapters get the gradients that the numbers held give them`, async () => {
    using both = held(precision);
    const trained = [];
    for (const model of [both.held, both.plain]) {
      const config = { ...model.config, adapter: ADAPTER };
      using adapters = initializeAdapters(config, random.derive("adapters"));
      const loss = lossOf("cross_entropy");
      const options = { ...model, config, adapters, loss, optimizer: ADAMW, microBatch: 8 };
      using trainer = new Trainer(options);
      const before = model.weights.flat.data.slice();
      const losses = [];
      for (let i = 0; i < 3; i++) losses.push((await trainer.step(ROWS, 1e-2)).loss);
      assert.deepEqual(model.weights.flat.data, before, "the base has changed");
      trained.push({ losses, adapters: adapters.flat.data.slice() });
    }
    const [ours, expected] = trained;
    ours!.losses.forEach((loss, i) => assert.ok(Math.abs(loss - expected!.losses[i]!) < 1e-4));
    assert.ok(ours!.losses[2]! < ours!.losses[0]!);
    ours!.adapters.forEach((x, i) => assert.ok(Math.abs(x - expected!.adapters[i]!) < 1e-3));
  });
}

Deno.test({
  name: "float16 weights follow float32 ones, which see updates too small for float16",
  ignore: !REDUCED.includes("float16"),
  fn: followMaster,
});

async function followMaster(): Promise<void> {
  using master = Weights.initialize(base, random.derive("weights"));
  using weights = makeWeights(master.shapes, "float16");
  await roundWeights(master, weights, sessions);
  const config = { ...base, precision: "float16" } as const, start = weights.clone();
  using _start = start;
  using trainer = new Trainer({
    config,
    weights,
    master,
    sessions,
    loss: lossOf("cross_entropy"),
    optimizer: ADAMW,
    microBatch: 8,
  });
  const before = master.clone();
  using _before = before;
  // An update of 1e-7 is lost in a float16 of 0.02, and a hundred of them are not.
  await trainer.step(ROWS, 1e-7);
  assert.notDeepEqual(master.flat.data, before.flat.data);
  const changed = () => {
    let count = 0;
    const now = weights.read(NAME);
    start.read(NAME).forEach((x, i) => count += Number(x !== now[i]));
    return count;
  };
  const first = changed();
  for (let i = 0; i < 100; i++) await trainer.step(ROWS, 1e-7);
  assert.ok(changed() > 3 * first + 10, `${first} weights changed at first, then ${changed()}`);
  for (const name of weights.shapes.keys()) {
    const rounded = master.read(name).map((x) =>
      weights.tensors.get(name)!.type === "float16" ? Math.f16round(x) : x
    );
    assert.deepEqual(weights.read(name), rounded, name);
  }
}

const NAME = "model.layers.0.mlp.up_proj.weight";

Deno.test("integers of four bits are packed once, however often they are sampled from", async () => {
  using both = held("int4");
  const options = {
    prompts: [[1, 2]],
    samples: 2,
    maxNewTokens: 3,
    endIds: new Set<number>(),
    temperature: 1,
    uniform: (...at: [number, number, number]) => random.at(...at),
    batch: 4,
  };
  await generate(both.held, options);
  const { built } = SESSION_COUNTERS;
  await generate(both.held, options);
  assert.equal(SESSION_COUNTERS.built, built);
});

Deno.test("weights that are no whole blocks are refused with their name", () => {
  const shapes = parameterShapes(tinyConfig());
  assert.throws(() => new StoredWeights(shapes, "int4"), {
    message: "Cannot hold model.layers.0.self_attn.q_proj.weight [64,16] as int4: " +
      "a row must be a multiple of 32",
  });
});

Deno.test("integers are not trained, and take what they say they take", () => {
  using both = held("int4");
  const loss = lossOf("cross_entropy");
  const options = { ...both.held, loss, optimizer: ADAMW, microBatch: 8 };
  assert.throws(() => new Trainer(options), /Cannot train weights held as int4/);
  const t = (name: string) => both.held.weights.tensors.get(name)!;
  assert.equal(t(NAME).bytes + t(`${NAME}.scales`).bytes, 64 * 32 / 2 + 64 * 4);
});

for (const precision of REDUCED) {
  Deno.test(`${precision}: graphs of all layers widen a weight after what it is multiplied with`, () => {
    const graph = prefillGraph({ ...base, precision }, "cpu");
    const narrow = (value: Value) => value.dtype !== "float32" && /_proj/.test(value.source.name);
    const readers = reachableNodes(graph.outputs.values())
      .filter(({ inputs }) =>
        inputs.some((input) => input.source.kind === "input" && narrow(input))
      );
    // Seven in the first layer; of the last, which ends in its cache, what attention reads: queries, keys and values.
    assert.equal(readers.length, 7 + 3);
    for (const { name, inputs } of readers) {
      const before = reachableNodes(inputs).flatMap((node) => node.inputs);
      assert.ok(before.some(({ source }) => source.name === "ids"), `${name} may run first`);
    }
  });
}
