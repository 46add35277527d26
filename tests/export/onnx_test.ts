/** Exported models, run as other programs run them, against the generator and against transformers. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decoderModel, exportOnnx } from "../../src/export/mod.ts";
import { writeRunTimeFiles } from "../../src/export/run_time_files.ts";
import { generate } from "../../src/generate/mod.ts";
import { type Model, type Precision, PRECISIONS, rotaryTables } from "../../src/models/mod.ts";
import { OPS, reachableNodes, Sessions, writeModel } from "../../src/onnx/mod.ts";
import { loadConfig, readWeights } from "../../src/policy/hugging_face.ts";
import { adaptPolicy, loadPolicy, type Policy, savePolicy } from "../../src/policy/mod.ts";
import { Random } from "../../src/random/random.ts";
import { liveTensors } from "../../src/runtime/tensor.ts";
import { Tokenizer } from "../../src/text/tokenizer.ts";
import { runGreedily } from "./run_time.ts";

const ROOT = new URL("../../", import.meta.url);
const MATHTEXT = fileURLToPath(new URL("examples/models/mathtext", ROOT));

/** Largest difference relative to the largest expected value. */
function relative(actual: readonly number[], expected: readonly number[]): number {
  assert.equal(actual.length, expected.length);
  assert.ok(actual.length > 0);
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!))) / scale;
}

async function ourGreedy(model: Model, prompts: readonly (readonly number[])[], count: number) {
  const completions = await generate(model, {
    prompts,
    samples: 1,
    maxNewTokens: count,
    endIds: new Set(),
    temperature: 0,
    uniform: () => 0,
    batch: 8,
  });
  return completions.map(({ ids }) => ids);
}

function temporary(): { readonly path: string } & Disposable {
  const path = Deno.makeTempDirSync({ prefix: "soar-onnx-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

for (const name of ["llama", "llama_bias_rope3", "qwen2", "qwen3"]) {
  Deno.test(`${name}: logits are transformers', and greedy tokens the generator's, from padded rows`, async () => {
    const directory = fileURLToPath(new URL(`tests/golden/architectures/${name}`, ROOT));
    const config = loadConfig(directory);
    const golden: { rows: number[][]; logits: number[][] } = JSON.parse(
      Deno.readTextFileSync(join(directory, "golden.json")),
    );
    using folder = temporary();
    using weights = readWeights(directory, config);
    using sessions = new Sessions();
    const path = join(folder.path, "model.onnx");
    const tables = rotaryTables(config, config.max_position_embeddings);
    assert.equal(writeModel(decoderModel(config), { ...weights.bind(), ...tables }, path), 0);
    for (const table of Object.values(tables)) table.dispose();

    const row = golden.rows[0]!, prompts = [row.slice(0, 2), row, row.slice(-1), row.slice(0, 4)];
    const expected = await ourGreedy({ config, weights, sessions }, prompts, 6);
    for (const pieces of [1, 3]) {
      const { ids, logits } = await runGreedily(path, config, prompts, 6, pieces);
      assert.deepEqual(ids, expected);
      const [first, all] = [logits[0]!, logits[1]!];
      const difference = relative(all, golden.logits.flat());
      assert.ok(difference < 1e-5, String(difference));
      // A row reads the same with padding before it, whatever the others are.
      assert.ok(relative(first, golden.logits.slice(0, 2).flat()) < 1e-5);
    }
  });
}

Deno.test("a model has standard operators alone, and inputs in the order of exporters", () => {
  const config = loadConfig(fileURLToPath(new URL("tests/golden/architectures/qwen3", ROOT)));
  const graph = decoderModel(config), nodes = reachableNodes(graph.outputs.values());
  assert.ok(nodes.length > 50);
  assert.deepEqual(nodes.filter(({ op }) => "domain" in OPS[op]), []);
  assert.ok(nodes.every(({ op }) => op !== "SimplifiedLayerNormalization"));
  const inputs = graph.inputs.map(({ source }) => source.name);
  assert.deepEqual(inputs.slice(0, 3), ["input_ids", "attention_mask", "position_ids"]);
  const pasts = inputs.filter((name) => name.startsWith("past"));
  assert.deepEqual(pasts.slice(0, 2), ["past_key_values.0.key", "past_key_values.0.value"]);
  assert.equal(pasts.length, 2 * config.num_hidden_layers);
  const outputs = [...graph.outputs.keys()];
  assert.equal(outputs.length, 1 + pasts.length);
  assert.ok(outputs.includes("logits") && outputs.includes("present.0.value"));
});

/** The mathtext model, held and adapted in some way, saved. */
function save(directory: string, change: (policy: Policy) => Policy, precision?: Precision) {
  using policy = change(loadPolicy(MATHTEXT, precision));
  savePolicy(policy, directory);
}

function adapted(policy: Policy): Policy {
  const adapter = { rank: 2, alpha: 6, targets: ["q_proj", "o_proj", "down_proj"] } as const;
  const changed = adaptPolicy(policy, adapter, new Random("adapters"));
  const random = new Random("export"), { data } = changed.adapters!.flat;
  for (let i = 0; i < data.length; i++) data[i] = 0.1 * random.normal();
  return changed;
}

for (const precision of PRECISIONS) {
  for (const withAdapters of [false, true]) {
    Deno.test(`a policy held as ${precision}, ${withAdapters ? "with" : "without"} adapters, answers as it does here`, async () => {
      using saved = temporary(), folder = temporary();
      save(saved.path, withAdapters ? adapted : (policy) => policy, precision);
      using policy = loadPolicy(saved.path);
      using sessions = new Sessions();
      const texts = ["1 + 2 = ", "What is 12 - 5?", "7"];
      const prompts = texts.map((text) => policy.tokenizer.encode(text));
      const expected = await ourGreedy({ ...policy, sessions }, prompts, 8);
      if (withAdapters) {
        const { adapters: _, config: { adapter: __, ...config }, ...rest } = policy;
        assert.notDeepEqual(await ourGreedy({ ...rest, config, sessions }, prompts, 8), expected);
      }
      const before = liveTensors();
      await exportOnnx(saved.path, folder.path);
      assert.equal(liveTensors(), before);
      const path = join(folder.path, "onnx/model.onnx");
      const { ids } = await runGreedily(path, policy.config, prompts, 8);
      assert.deepEqual(ids, expected);
    });
  }
}

Deno.test("float16 is half the size, and what float16 weights give here", async () => {
  using saved = temporary(), half = temporary(), whole = temporary();
  save(saved.path, (policy) => policy, "float16");
  await exportOnnx(saved.path, half.path, "float16");
  await exportOnnx(saved.path, whole.path);
  const files = ["onnx/model_fp16.onnx", "onnx/model.onnx"];
  const [small, large] = [half, whole].map(({ path }, i) =>
    Deno.statSync(join(path, files[i]!)).size
  );
  assert.ok(small! < 0.65 * large!, `${small} of ${large}`);
  const config = loadConfig(saved.path), prompts = [[5, 9, 40], [12]];
  const [one, two] = [
    await runGreedily(join(half.path, files[0]!), config, prompts, 8),
    await runGreedily(join(whole.path, files[1]!), config, prompts, 8),
  ];
  assert.deepEqual(one.ids, two.ids);
  assert.ok(relative(one.logits.flat(), two.logits.flat()) < 1e-5);
  const json = JSON.parse(Deno.readTextFileSync(join(half.path, "config.json")));
  assert.deepEqual(json["transformers.js_config"], { dtype: "fp16", use_external_data_format: 0 });
  assert.equal("precision" in json, false);
});

Deno.test("a weight that float16 cannot hold is named", async () => {
  using saved = temporary(), folder = temporary();
  save(saved.path, (policy) => {
    policy.weights.read("model.layers.1.mlp.up_proj.weight")[3] = 70000;
    return policy;
  });
  await assert.rejects(
    exportOnnx(saved.path, folder.path, "float16"),
    /Cannot hold 70000 in model\.layers\.1\.mlp\.up_proj\.weight as float16/,
  );
  await exportOnnx(saved.path, folder.path);
});

Deno.test("what run-times read names the tokens, the model and its shape", async () => {
  using folder = temporary();
  await exportOnnx(MATHTEXT, folder.path);
  const read = (name: string) => JSON.parse(Deno.readTextFileSync(join(folder.path, name)));
  const tokens = { bos_token_id: 0, eos_token_id: [1], pad_token_id: 1 };
  assert.deepEqual(read("generation_config.json"), tokens);
  const { model, search } = read("genai_config.json"), { decoder, ...whole } = model;
  assert.deepEqual(whole, { ...tokens, context_length: 512, type: "llama", vocab_size: 588 });
  assert.equal(decoder.filename, "onnx/model.onnx");
  assert.deepEqual(
    [decoder.num_hidden_layers, decoder.num_attention_heads, decoder.num_key_value_heads],
    [3, 4, 2],
  );
  assert.deepEqual([decoder.head_size, decoder.hidden_size], [16, 64]);
  assert.deepEqual(search, { max_length: 512, past_present_share_buffer: false });
  const { tokenizer_class, pad_token, chat_template } = read("tokenizer_config.json");
  assert.deepEqual([tokenizer_class, pad_token], ["PreTrainedTokenizerFast", "<|eot_id|>"]);
  assert.match(chat_template, /add_generation_prompt/);
});

Deno.test("a model that ends at a row without a token, and whose tokenizer has a pad of its own", () => {
  using folder = temporary();
  using policy = loadPolicy(MATHTEXT);
  const write = (change: Partial<Policy>) => {
    const model = { file: "onnx/model.onnx", dtype: "fp32", dataFiles: 2 } as const;
    writeRunTimeFiles({ ...policy, ...change }, folder.path, model);
    const read = (name: string) => JSON.parse(Deno.readTextFileSync(join(folder.path, name)));
    const { pad_token_id, eos_token_id, "transformers.js_config": js } = read("config.json");
    assert.equal(js.use_external_data_format, 2);
    assert.equal(read("genai_config.json").model.pad_token_id, pad_token_id);
    return [eos_token_id, pad_token_id, read("tokenizer_config.json").pad_token];
  };
  assert.deepEqual(write({ endIds: new Set([900]) }), [[900], 900, undefined]);
  assert.deepEqual(write({ endIds: new Set([900, 1]) }), [[900, 1], 1, "<|eot_id|>"]);
  const { definition, config } = policy.tokenizer;
  const tokenizer = new Tokenizer(definition, { ...config, pad_token: "<|begin_of_text|>" });
  assert.deepEqual(write({ tokenizer }), [[1], 0, "<|begin_of_text|>"]);
});
