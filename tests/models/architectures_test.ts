/** Every architecture against PyTorch and transformers; the data is made by tools/golden/architectures.py. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  causalAttention,
  decoder,
  logits,
  parameterShapes,
  rotaryInputs,
  rotaryTables,
  weightInputs,
} from "../../src/models/mod.ts";
import { Graph } from "../../src/onnx/mod.ts";
import { loadConfig, readWeights } from "../../src/policy/hugging_face.ts";
import { type Tensor, tensor } from "../../src/runtime/mod.ts";
import { readTensors, testSessions } from "../models.ts";
import { ADAMW, type Row, Trainer } from "../../src/train/mod.ts";
import { lossOf } from "../training.ts";

const GOLDEN = fileURLToPath(new URL("../golden/architectures", import.meta.url));
const NAMES = ["llama", "llama_bias_rope3", "qwen2", "qwen3"];

interface Golden {
  readonly rows: readonly number[][];
  readonly logits: readonly number[][];
  readonly losses: readonly number[];
  readonly adamw: { learning_rate: number; epsilon: number; weight_decay: number };
}

function open(name: string) {
  const directory = join(GOLDEN, name);
  const config = loadConfig(directory);
  const stored = (file: string) =>
    readTensors(Deno.readFileSync(join(directory, `${file}.safetensors`)), file);
  const golden = JSON.parse(Deno.readTextFileSync(join(directory, "golden.json"))) as Golden;
  const rows: Row[] = golden.rows.map((ids) => ({ ids, promptLength: 1 }));
  return { config, stored, golden, rows, weights: readWeights(directory, config) };
}

/** Largest difference relative to the largest expected value. */
function relative(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  let difference = 0, scale = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return difference / Math.max(scale, 1e-6);
}

for (const name of NAMES) {
  Deno.test(`${name}: logits equal transformers'`, async () => {
    const { config, golden, weights } = open(name);
    using _owned = weights;
    const graph = new Graph("logits");
    const inputs = weightInputs(graph, config, parameterShapes(config));
    const ids = graph.input("ids", "int64", ["batch", "length"]);
    const attend = causalAttention(graph, config, rotaryInputs(graph, config.head_dim));
    const hidden = decoder(graph, config, inputs, ids, (_layer, ...qkv) => attend(...qkv));
    graph.output("logits", logits(graph, config, inputs, hidden));
    using sessions = testSessions();
    const row = golden.rows[0]!;
    using fed = tensor("int64", [1, row.length], row);
    const feeds = { ids: fed, ...weights.bind(), ...rotaryTables(config, row.length) };
    const result = await sessions.get(name, () => graph).run(feeds, ["logits"]);
    using made = result.logits as Tensor<"float32">;
    const difference = relative(made.data, golden.logits.flat());
    assert.ok(difference < 1e-5, String(difference));
  });

  Deno.test(`${name}: loss and every named gradient equal PyTorch's`, async () => {
    const { config, stored, golden, rows, weights } = open(name);
    using _owned = weights;
    using sessions = testSessions();
    const objective = lossOf("cross_entropy");
    const options = { config, weights, sessions, loss: objective, optimizer: ADAMW, microBatch: 8 };
    using trainer = new Trainer(options);
    const { loss } = await trainer.step(rows, 0);
    assert.ok(Math.abs(loss - golden.losses[0]!) < 1e-5 * golden.losses[0]!, `${loss}`);
    const expected = stored("gradients");
    assert.deepEqual([...expected.keys()].toSorted(), [...weights.tensors.keys()].toSorted());
    for (const [weight, { data }] of expected) {
      const made = trainer.gradients.tensors.get(weight)!.data;
      const difference = relative(made, data);
      assert.ok(difference < 1e-4, `${weight}: ${difference}`);
    }
  });

  Deno.test(`${name}: ten AdamW steps equal PyTorch's`, async () => {
    const { config, stored, golden, rows, weights } = open(name);
    using _owned = weights;
    using sessions = testSessions();
    const { learning_rate, ...rest } = golden.adamw;
    const optimizer = { ...ADAMW, epsilon: rest.epsilon, weight_decay: rest.weight_decay };
    const loss = lossOf("cross_entropy");
    using trainer = new Trainer({ config, weights, sessions, loss, optimizer, microBatch: 8 });
    for (const expected of golden.losses) {
      const { loss } = await trainer.step(rows, learning_rate);
      assert.ok(Math.abs(loss - expected) < 1e-4 * expected, `${loss} is not ${expected}`);
    }
    for (const [weight, { data }] of stored("trained")) {
      const difference = relative(weights.read(weight), data);
      assert.ok(difference < 1e-4, `${weight}: ${difference}`);
    }
  });
}

for (const name of ["llama_bfloat16", "qwen2_float16"]) {
  Deno.test(`${name}: half precision and shards are read as transformers reads them`, async () => {
    const directory = join(GOLDEN, name);
    const config = loadConfig(directory);
    using weights = readWeights(directory, config);
    using sessions = testSessions();
    const golden = JSON.parse(Deno.readTextFileSync(join(directory, "golden.json")));
    using trainer = new Trainer({
      config,
      weights,
      sessions,
      loss: lossOf("cross_entropy"),
      optimizer: ADAMW,
      microBatch: 8,
    });
    const rows = (golden.rows as number[][]).map((ids) => ({ ids, promptLength: 1 }));
    const { loss } = await trainer.step(rows, 1e-6);
    assert.ok(Math.abs(loss - golden.loss) < 1e-5 * golden.loss, `${loss} is not ${golden.loss}`);
  });
}

Deno.test("a missing shard is told by its name", () => {
  const directory = Deno.makeTempDirSync();
  try {
    const source = join(GOLDEN, "llama_bfloat16");
    for (const { name } of Deno.readDirSync(source)) {
      if (!name.includes("00002-of")) Deno.copyFileSync(join(source, name), join(directory, name));
    }
    assert.throws(
      () => readWeights(directory, loadConfig(directory)),
      /Cannot read .*model-00002-of-00002\.safetensors: No such file/,
    );
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

const UNSUPPORTED: readonly [field: string, value: unknown, message: RegExp][] = [
  ["model_type", "gemma", /model_type is gemma; supported are llama, qwen2, qwen3/],
  ["hidden_act", "gelu", /hidden_act is gelu; only silu is supported/],
  ["mlp_bias", true, /mlp_bias is true; only false is supported/],
  ["use_sliding_window", true, /use_sliding_window is true; only false is supported/],
  ["rope_scaling", { rope_type: "yarn" }, /rope_scaling\.factor is undefined/],
  ["rope_scaling", { rope_type: "llama3" }, /rope_scaling\.factor is undefined/],
  ["vocab_size", 0.5, /vocab_size is 0\.5/],
  ["precision", "int2", /precision is "int2"; supported are float32, float16, int8, int4/],
];
for (const [field, value, message] of UNSUPPORTED) {
  Deno.test(`config.json with ${field} ${JSON.stringify(value)} is refused by name`, () => {
    const directory = Deno.makeTempDirSync();
    try {
      const config = JSON.parse(Deno.readTextFileSync(join(GOLDEN, "llama", "config.json")));
      Deno.writeTextFileSync(
        join(directory, "config.json"),
        JSON.stringify({ ...config, [field]: value }),
      );
      assert.throws(() => loadConfig(directory), message);
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  });
}
