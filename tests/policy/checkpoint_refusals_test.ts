/** What a checkpoint says and this program does not compute is refused by its name; what cannot matter is not. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describeModel, loadPolicy } from "../../src/policy/mod.ts";
import {
  goldenCase,
  made,
  type MadeFiles,
  type MadeTensors,
  makeCheckpoint,
} from "../checkpoints.ts";

const { files: LLAMA } = goldenCase("v4 empty");
const WEIGHTS = LLAMA["model.safetensors"] as MadeTensors;

/** The small Llama with other files. */
function change(config: object, files: MadeFiles = {}): MadeFiles {
  return { ...LLAMA, ...files, "config.json": { ...LLAMA["config.json"], ...config } };
}

function qwen(type: "qwen2" | "qwen3", config: object): MadeFiles {
  const { files } = goldenCase(type === "qwen2" ? "v5 qwen2" : "v5 qwen3 linear");
  return { ...files, "config.json": { ...files["config.json"], ...config } };
}

const LLAMA3 = { rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
type Case = readonly [files: MadeFiles, message: RegExp];
const REFUSED: Readonly<Record<string, Case>> = {
  "a mixture of experts": [change({ num_experts: 8 }), /num_experts is 8; only 0 is supported/],
  "experts under another name": [change({ num_local_experts: 8 }), /num_local_experts is 8/],
  "a quantized model": [
    change({ quantization_config: { quant_method: "gptq", bits: 4 } }),
    /quantization_config is {"quant_method":"gptq","bits":4}; only null .*not quantized/,
  ],
  "code of its own": [
    change({ auto_map: { AutoModelForCausalLM: "modeling_x.X" } }),
    /auto_map is {.*modeling_x.*, which is not known here .*ignore: auto_map/,
  ],
  "another class": [
    change({ architectures: ["LlamaForSequenceClassification"] }),
    /architectures is \["LlamaForSequenceClassification"\]; only LlamaForCausalLM is supported/,
  ],
  "a window": [change({ sliding_window: 16 }), /sliding_window is 16; only null, or the length/],
  "a window that is on": [
    qwen("qwen2", { use_sliding_window: true, sliding_window: 16 }),
    /use_sliding_window is true; only false is supported/,
  ],
  "layers with a window": [
    qwen("qwen3", { layer_types: ["full_attention", "sliding_attention"] }),
    /layer_types is \["full_attention","sliding_attention"\]; only full_attention/,
  ],
  "layers that attend otherwise": [
    change({ layer_types: ["full_attention", "linear_attention"] }),
    /layer_types is .*linear_attention/,
  ],
  "part of a head turning": [
    change({ partial_rotary_factor: 0.5 }),
    /partial_rotary_factor is 0\.5/,
  ],
  "part of a head turning, v5": [
    change({
      rope_scaling: null,
      rope_parameters: { rope_theta: 1e4, partial_rotary_factor: 0.5 },
    }),
    /rope_parameters\.partial_rotary_factor is 0\.5, of which rope_type default knows nothing/,
  ],
  "a factor on scores": [change({ logit_scale: 0.0625 }), /logit_scale is 0\.0625; only 1/],
  "a factor on the residual": [
    change({ residual_multiplier: 0.22 }),
    /residual_multiplier is 0\.22/,
  ],
  "capped scores": [change({ final_logit_softcapping: 30 }), /final_logit_softcapping is 30/],
  "scaled attention": [change({ attention_multiplier: 0.01 }), /attention_multiplier is 0\.01/],
  "attention both ways": [
    change({ is_causal: false }),
    /is_causal is false; only true is supported/,
  ],
  "layers without positions": [change({ no_rope_layers: [1, 0] }), /no_rope_layers is \[1,0\]/],
  "interleaved halves": [change({ rope_interleaved: true }), /rope_interleaved is true/],
  "biases of the feed-forward part": [change({ mlp_bias: true }), /mlp_bias is true/],
  "another activation": [
    change({ hidden_act: "gelu_pytorch_tanh" }),
    /hidden_act is gelu_pytorch_tanh/,
  ],
  "a key that nobody knows": [
    change({ clip_qkv: 8 }),
    /config\.json: clip_qkv is 8, which is not known here .* add it to the step's ignore: clip_qkv/,
  ],
  "a flag that nobody knows": [change({ use_something: false }), /use_something is false/],
  "a key named like a member of objects": [change({ ["toString"]: 1 }), /toString is 1/],

  "an odd head": [change({ head_dim: 15 }), /head_dim is 15; it is even/],
  "a head of 0": [change({ head_dim: 0 }), /head_dim is 0; it is a whole number above 0/],
  "a base of 0": [change({ rope_theta: 0 }), /rope_theta is 0; it is a number above 0/],
  "a base that is text": [
    change({ rope_theta: "1e6" }),
    /rope_theta is 1e6; it is a number above 0/,
  ],
  "a base of 0, v5": [
    change({ rope_parameters: { rope_theta: 0 } }),
    /rope_parameters\.rope_theta is 0; it is a number/,
  ],
  "a flag that is text": [
    change({ attention_bias: "yes" }),
    /attention_bias is yes; it is true or false/,
  ],
  "a tie that is a number": [
    change({ tie_word_embeddings: 1 }),
    /tie_word_embeddings is 1; it is true or false/,
  ],
  "a negative epsilon": [change({ rms_norm_eps: -1 }), /rms_norm_eps is -1; it is a number/],
  "heads that do not share": [
    change({ num_key_value_heads: 3 }),
    /num_attention_heads is 4, no multiple of num_key_value_heads, 3/,
  ],
  "a width that heads do not divide": [
    change({ num_attention_heads: 6, num_key_value_heads: 6 }),
    /head_dim is missing, and hidden_size 32 is no multiple of 6 heads/,
  ],
  "a trillion tokens": [
    change({ vocab_size: 1e12 }),
    /vocab_size is 1000000000000; at most 2147483647/,
  ],
  "a billion layers": [
    change({ num_hidden_layers: 1e9 }),
    /num_hidden_layers is 1000000000; at most/,
  ],

  "dynamic scaling": [
    change({ rope_scaling: { rope_type: "dynamic", factor: 2 } }),
    /rope_scaling\.rope_type is dynamic: its angles change with the length, .*supported are default/,
  ],
  "longrope": [change({ rope_scaling: { type: "longrope" } }), /rope_type is longrope: its angles/],
  "another scaling": [change({ rope_scaling: { type: "ntk" } }), /rope_type is ntk; supported are/],
  "scaling that is text": [
    change({ rope_scaling: "linear" }),
    /rope_scaling is linear, .*no object/,
  ],
  "two types": [
    change({ rope_scaling: { rope_type: "linear", type: "dynamic", factor: 2 } }),
    /rope_type linear and type dynamic; leave one out/,
  ],
  "linear without a factor": [
    change({ rope_scaling: { rope_type: "linear" } }),
    /rope_scaling\.factor is undefined; it is a number above 0/,
  ],
  "a key of another type": [
    change({ rope_scaling: { rope_type: "linear", factor: 2, beta_fast: 32 } }),
    /rope_scaling\.beta_fast is 32, of which rope_type linear knows nothing/,
  ],
  "a factor of no type": [
    change({ rope_scaling: { factor: 2 } }),
    /rope_scaling\.factor is 2, of which rope_type default knows nothing/,
  ],
  "llama3 with its limits swapped": [
    change({ rope_scaling: { ...LLAMA3, low_freq_factor: 4, high_freq_factor: 1 } }),
    /high_freq_factor is 1, which is not above low_freq_factor, 4/,
  ],
  "angles by kind of layer": [
    change({ rope_parameters: { full_attention: { rope_theta: 1e4 } } }),
    /rope_parameters\.full_attention is /,
  ],
  "two forms that differ": [
    change({
      rope_theta: 1e4,
      rope_scaling: { rope_type: "linear", factor: 2 },
      rope_parameters: { rope_theta: 1e4, ...LLAMA3 },
    }),
    /rope_scaling \(with a base of 10000\) and rope_parameters say different things/,
  ],
  "two forms of which one's base would be lost": [
    change({
      rope_theta: null,
      rope_scaling: { rope_type: "linear", factor: 2 },
      rope_parameters: { rope_theta: 5e5, rope_type: "default" },
    }),
    /say different things/,
  ],

  "ckpt_bias_in_file_not_in_config": [
    change({}, {
      "model.safetensors": {
        ...WEIGHTS,
        "model.layers.0.self_attn.q_proj.bias": ["bias", 32],
      },
    }),
    /q_proj\.bias is no part of the model without attention_bias: true in config\.json/,
  ],
  "a bias of qwen2 that it has not": [
    {
      ...qwen("qwen2", {}),
      "model.safetensors": {
        ...goldenCase("v5 qwen2").files["model.safetensors"],
        "model.layers.0.self_attn.o_proj.bias": ["bias", 32],
      },
    },
    /o_proj\.bias is no part of the model/,
  ],
  "layers beyond the config's": [
    change({ num_hidden_layers: 1 }),
    /tensor model\.layers\.1\.\S+ is no part of the model, whose config\.json has num_hidden_layers 1/,
  ],
  "a tensor that nobody knows": [
    change({}, { "model.safetensors": { ...WEIGHTS, "model.layers.0.self_attn.sinks": ["s", 4] } }),
    /self_attn\.sinks is no part of the model .*ignore: model\.layers\.0\.self_attn\.sinks/,
  ],
  "a weight under two names": [
    change({}, {
      "model.safetensors": { ...WEIGHTS, "norm.weight": ["model.norm.weight", 32] },
    }),
    /norm\.weight stands twice, here and as (model\.)?norm\.weight in /,
  ],
  "no head": [
    change({}, {
      "model.safetensors": Object.fromEntries(
        Object.entries(WEIGHTS).filter(([name]) => name !== "lm_head.weight"),
      ),
    }),
    /tensor lm_head\.weight is missing/,
  ],
  "a tied head of another shape": [
    change({ tie_word_embeddings: true }, {
      "model.safetensors": { ...WEIGHTS, "lm_head.weight": ["lm_head.weight", 26, 32] },
    }),
    /tensor lm_head\.weight is \[26,32\], the model's config asks for \[27,32\]/,
  ],
  "ten million columns in a file of 60 kB": [
    change({ intermediate_size: 1e7 }),
    /mlp\.gate_proj\.weight is \[24,32\], the model's config asks for \[10000000,32\]/,
  ],
  "integers that rows do not fit": [
    change({ precision: "int8" }),
    /Cannot hold model\.layers\.0\.mlp\.down_proj\.weight \[32,24\] as int8: a row must be a multiple/,
  ],
  "an adapter beside the model": [
    change({}, { "adapter_config.json": {} }),
    /it has adapter_config\.json beside the model; move the adapter into a directory of its own/,
  ],
  "an adapter in the place of a model": [
    { "adapter_config.json": {} },
    /it has adapter_config\.json and no model; name it in the step's adapter/,
  ],
  "weights in another format": [
    { "config.json": LLAMA["config.json"]!, "pytorch_model.bin.index.json": {} },
    /model\.safetensors: it is not there, and pytorch_model\.bin\.index\.json is not read; save/,
  ],
};
for (const [name, [files, message]] of Object.entries(REFUSED)) {
  Deno.test(`loadPolicy() refuses ${name} by name`, () => {
    using checkpoint = makeCheckpoint(files);
    assert.throws(() => loadPolicy(checkpoint.directory), (error: Error) => {
      assert.match(error.message, message);
      assert.ok(error.message.includes(checkpoint.directory), error.message);
      assert.ok(error.message.length < 1000, error.message);
      return true;
    });
  });
}

/** Adds a tensor of any type to a file. */
function addTensor(
  file: string,
  name: string,
  dtype: string,
  shape: number[],
  bytes: number,
): void {
  const old = Deno.readFileSync(file),
    length = Number(new DataView(old.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(old.subarray(8, 8 + length)));
  const end = old.length - 8 - length;
  header[name] = { dtype, shape, data_offsets: [end, end + bytes] };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const made = new Uint8Array(8 + json.length + end + bytes);
  new DataView(made.buffer).setBigUint64(0, BigInt(json.length), true);
  made.set(json, 8);
  made.set(old.subarray(8 + length), 8 + json.length);
  Deno.writeFileSync(file, made);
}

Deno.test("describeModel() tells what the files say, and sizes that they do not have, from headers alone", () => {
  using own = makeCheckpoint(goldenCase("tied, with a head of its own").files);
  assert.equal(describeModel(own.directory).tie_word_embeddings, false);
  using copy = makeCheckpoint(goldenCase("tied, with a copy").files);
  assert.equal(describeModel(copy.directory).tie_word_embeddings, true);
  using adapter = makeCheckpoint(goldenCase("adapter: plain").files);
  assert.deepEqual(describeModel(adapter.directory).adapter, {
    rank: 4,
    alpha: 8,
    targets: ["q_proj", "up_proj"],
  });
  using huge = makeCheckpoint(change({ vocab_size: 2 ** 31 - 1 }));
  assert.throws(
    () => describeModel(huge.directory),
    /model\.safetensors: tensor \S+ is \[27,32\], the model's config asks for \[2147483647,32\]/,
  );
});

Deno.test("a pointer of Git LFS is told as such", () => {
  using checkpoint = makeCheckpoint(LLAMA);
  Deno.writeTextFileSync(
    join(checkpoint.directory, "model.safetensors"),
    "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
  );
  assert.throws(
    () => loadPolicy(checkpoint.directory),
    /model\.safetensors: it is a pointer that Git LFS left in the file's place/,
  );
});

for (const name of ["config.json", "model.safetensors"]) {
  Deno.test(`a pipe in the place of ${name} is not waited for`, () => {
    using checkpoint = makeCheckpoint(LLAMA);
    const file = join(checkpoint.directory, name);
    Deno.removeSync(file);
    assert.ok(new Deno.Command("mkfifo", { args: [file] }).outputSync().success);
    assert.throws(() => loadPolicy(checkpoint.directory), new RegExp(`${name}: it is no file`));
  });
}

Deno.test("bytes that belong to no tensor are told, as the reference implementation does", () => {
  using checkpoint = makeCheckpoint(LLAMA);
  const file = join(checkpoint.directory, "model.safetensors");
  using more = Deno.openSync(file, { append: true });
  more.writeSync(new Uint8Array(8));
  assert.throws(
    () => loadPolicy(checkpoint.directory),
    /bytes \d+ to \d+ of its data belong to no/,
  );
});

const BUFFERS: readonly [name: string, dtype: string, shape: number[], bytes: number][] = [
  ["model.position_ids", "I64", [1, 16], 128],
  ["model.causal_mask", "BOOL", [4, 4], 16],
  ["model.layers.0.self_attn.rotary_emb.inv_freq", "F64", [4], 32],
  ["model.layers.1.self_attn.rotary_emb.inv_freq", "F32", [4], 16],
  ["rotary_emb.inv_freq", "BF16", [4], 8],
  ["model.steps", "F64", [], 8],
  ["model.layers.0.self_attn.bias", "U8", [2, 2], 4],
];
for (const [name, dtype, shape, bytes] of BUFFERS) {
  Deno.test(`a buffer ${name} of type ${dtype} does not matter`, () => {
    using checkpoint = makeCheckpoint(LLAMA);
    const { directory } = checkpoint;
    using expected = loadPolicy(directory);
    addTensor(join(directory, "model.safetensors"), name, dtype, shape, bytes);
    using policy = loadPolicy(directory);
    assert.deepEqual(policy.weights.flat.data, expected.weights.flat.data);
    assert.equal(policy.file, undefined, "a file with more in it is not kept");
    assert.ok(expected.file !== undefined);
  });
}

Deno.test("a weight of a type that is not read is told with its type", () => {
  using checkpoint = makeCheckpoint(change({}, {
    "model.safetensors": Object.fromEntries(
      Object.entries(WEIGHTS).filter(([name]) => name !== "model.norm.weight"),
    ),
  }));
  const file = join(checkpoint.directory, "model.safetensors");
  addTensor(file, "model.norm.weight", "F8_E4M3", [32], 32);
  assert.throws(
    () => loadPolicy(checkpoint.directory),
    /tensor model\.norm\.weight has type F8_E4M3; read are F32, F16, BF16, F64/,
  );
});

Deno.test("float64 weights are read, rounded to float32", () => {
  using checkpoint = makeCheckpoint(LLAMA);
  const { directory } = checkpoint;
  using expected = loadPolicy(directory);
  const norm = [...made("model.norm.weight", [32])];
  using other = makeCheckpoint(change({}, {
    "model.safetensors": Object.fromEntries(
      Object.entries(WEIGHTS).filter(([name]) => name !== "model.norm.weight"),
    ),
  }));
  const file = join(other.directory, "model.safetensors");
  addTensor(file, "model.norm.weight", "F64", [32], 256);
  const bytes = Deno.readFileSync(file);
  bytes.set(new Uint8Array(Float64Array.from(norm, (x) => x + 1e-12).buffer), bytes.length - 256);
  Deno.writeFileSync(file, bytes);
  using policy = loadPolicy(other.directory);
  assert.deepEqual(policy.weights.flat.data, expected.weights.flat.data);
});

Deno.test("what a user vouches for is left unread, and nothing else", () => {
  using checkpoint = makeCheckpoint(change({ clip_qkv: 8, logit_scale: 2 }, {
    "model.safetensors": {
      ...WEIGHTS,
      "model.layers.0.sinks": ["s", 4],
      "model.layers.1.sinks": ["s", 4],
    },
  }));
  const file = join(checkpoint.directory, "config.json");
  assert.throws(
    () => loadPolicy(checkpoint.directory, undefined, ["*"]),
    /logit_scale is 2; only 1/,
  );
  Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace('"logit_scale":2', '"_x":2'));
  assert.throws(() => loadPolicy(checkpoint.directory), /clip_qkv is 8/);
  const load = (...ignore: string[]) => loadPolicy(checkpoint.directory, undefined, ignore);
  assert.throws(() => load("clip_qkv"), /layers\.0\.sinks is no part/);
  assert.throws(() => load("clip_qkv", "model.layers.0.*"), /layers\.1\.sinks is no part/);
  assert.throws(() => load("clip_qkv", "*.sink"), /layers\.0\.sinks is no part/);
  load("clip_qkv", "model.*.sinks")[Symbol.dispose]();
});

Deno.test("a tensor in two shards is told with both", () => {
  const { files } = goldenCase("shards"), twice = "model.norm.weight";
  using checkpoint = makeCheckpoint({
    ...files,
    "model-00001-of-00002.safetensors": {
      ...files["model-00001-of-00002.safetensors"],
      [twice]: [twice, 32],
    },
  });
  assert.throws(
    () => loadPolicy(checkpoint.directory),
    /model-00002-of-00002\.safetensors: tensor model\.norm\.weight stands twice, here and as model\.norm\.weight in .*model-00001-of/,
  );
});

const INDICES: readonly [index: object, message: RegExp][] = [
  [{}, /weight_map is undefined; it names the file of each tensor/],
  [{ weight_map: [] }, /weight_map is \[\]/],
  [{ weight_map: {} }, /weight_map is empty/],
  [{ weight_map: { a: 1 } }, /weight_map has 1; it names files/],
  [{ weight_map: { a: "../../etc/passwd" } }, /weight_map has \.\.\/\.\.\/etc\/passwd/],
  [{ weight_map: { a: "/x.safetensors" } }, /weight_map has \/x\.safetensors/],
  [[], /it is not a JSON object/],
];
for (const [index, message] of INDICES) {
  Deno.test(`an index ${JSON.stringify(index)} is refused`, () => {
    const { "model.safetensors": _, ...rest } = LLAMA;
    using checkpoint = makeCheckpoint({ ...rest, "model.safetensors.index.json": index });
    assert.throws(
      () => loadPolicy(checkpoint.directory),
      new RegExp(`model\\.safetensors\\.index\\.json: ${message.source}`),
    );
  });
}

Deno.test("float16 refuses a weight above 65,504 by name, and holds 65,504", () => {
  const set = (directory: string, value: number) => {
    const file = join(directory, "model.safetensors"), bytes = Deno.readFileSync(file);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    const [at] = header["model.layers.0.mlp.up_proj.weight"].data_offsets;
    new DataView(bytes.buffer).setFloat32(8 + length + at + 20, value, true);
    Deno.writeFileSync(file, bytes);
  };
  // Rows of 32, so that integers can hold them.
  const wide = Object.entries(WEIGHTS).map(([name, [source, ...dims]]) =>
    [name, [source, ...dims.map((dim) => dim === 24 ? 32 : dim)]] as const
  );
  using checkpoint = makeCheckpoint(
    change({ intermediate_size: 32 }, { "model.safetensors": Object.fromEntries(wide) }),
  );
  const { directory } = checkpoint;
  for (const value of [70000, -70000, 65505]) {
    set(directory, value);
    loadPolicy(directory)[Symbol.dispose]();
    assert.throws(
      () => loadPolicy(directory, "float16"),
      new RegExp(
        `up_proj\\.weight is out of range .*hold ${value} in .* as float16: .* 65504\\); load`,
      ),
    );
    loadPolicy(directory, "int8")[Symbol.dispose]();
  }
  set(directory, 1e7);
  assert.throws(
    () => loadPolicy(directory, "int8"),
    /hold 10000000 in .* as int8: no more than 8319008/,
  );
  assert.throws(
    () => loadPolicy(directory, "int4"),
    /hold 10000000 in .* as int4: no more than 524032/,
  );
  set(directory, -65504);
  using policy = loadPolicy(directory, "float16");
  assert.ok(policy.weights.read("model.layers.0.mlp.up_proj.weight").every(Number.isFinite));
});
