/** What each key of a GGUF file does: it is used, cannot matter, or is refused by its name. @module */
import assert from "node:assert/strict";
import { loadGguf } from "../../src/policy/mod.ts";
import type { LlamaConfig } from "../../src/models/mod.ts";
import { asFile, ggufWith, goldenParts, type Stored, writeGguf } from "../gguf_files.ts";

type Changes = Readonly<Record<string, Stored>>;

async function configWith(changes: Changes): Promise<LlamaConfig> {
  using file = asFile(ggufWith(changes));
  using policy = await loadGguf(file.path);
  return policy.config;
}

async function refused(changes: Changes, message: RegExp): Promise<void> {
  using file = asFile(ggufWith(changes));
  await assert.rejects(loadGguf(file.path), (error: Error) => {
    assert.ok(error.message.startsWith(`Cannot read ${file.path}: `), error.message);
    assert.match(error.message, message);
    return true;
  });
}

Deno.test("GGUF: rotary angles are stretched by llama.cpp's rules", async () => {
  const scaling = async (changes: Changes) => (await configWith(changes)).rope_scaling;
  const linear = { rope_type: "linear", factor: 4 };
  assert.equal(await scaling({}), undefined);
  assert.deepEqual(await scaling({ "llama.rope.scale_linear": 4 }), linear);
  assert.deepEqual(await scaling({ "llama.rope.scaling.factor": 4 }), linear);
  assert.deepEqual(
    await scaling({ "llama.rope.scaling.factor": 4, "llama.rope.scale_linear": 2 }),
    linear,
  );
  assert.deepEqual(
    await scaling({ "llama.rope.scaling.type": "linear", "llama.rope.scaling.factor": 4 }),
    linear,
  );
  assert.equal(
    await scaling({ "llama.rope.scaling.type": "none", "llama.rope.scaling.factor": 4 }),
    undefined,
  );
  for (const factor of [0, 1]) {
    assert.equal(await scaling({ "llama.rope.scaling.factor": factor }), undefined);
  }
  const yarn = await scaling({
    "llama.rope.scaling.type": "yarn",
    "llama.rope.scaling.factor": 2.5,
    "llama.rope.scaling.original_context_length": 64,
    "llama.rope.scaling.yarn_beta_fast": 16,
  });
  assert.equal(yarn?.rope_type, "yarn");
  assert.deepEqual({ ...yarn, factor: 0 }, {
    ...yarn,
    factor: 0,
    original_max_position_embeddings: 64,
    beta_fast: 16,
  });
  assert.equal((await configWith({ "llama.rope.freq_base": 250_000 })).rope_theta, 250_000);
  await refused({ "llama.rope.freq_base": 0 }, /llama\.rope\.freq_base is 0; it has to be/);
  await refused(
    { "llama.rope.scaling.type": "longrope", "llama.rope.scaling.factor": 4 },
    /llama\.rope\.scaling\.type is longrope; supported are none, linear, yarn/,
  );
  await refused(
    { "llama.rope.scaling.factor": { type: "float32", value: -2 } },
    /llama\.rope\.scaling\.factor is -2; it has to be a number above 0/,
  );
});

Deno.test("GGUF: keys that would change the model are refused by name", async () => {
  const cases: readonly (readonly [string, Stored, RegExp])[] = [
    ["split.count", 2, /split\.count is 2; .*llama-gguf-split --merge/],
    ["split.no", 1, /split\.no is 1; /],
    ["general.type", "adapter", /general\.type is adapter; only model/],
    ["llama.rope.dimension_count", 8, /rope\.dimension_count is 8; supported is .*head, 16/],
    ["llama.attention.value_length", 8, /attention\.value_length is 8; supported is/],
    ["llama.attention.scale", 0.5, /attention\.scale is 0\.5; only 0/],
    ["llama.attention.clamp_kqv", 8, /attention\.clamp_kqv is 8/],
    ["llama.attention.causal", false, /attention\.causal is false; only true/],
    ["llama.attention.sliding_window", 512, /attention\.sliding_window is 512; only 0/],
    ["llama.expert_count", 8, /expert_count is 8; only 0 is supported: mixtures of experts/],
    ["llama.logit_scale", 2, /logit_scale is 2; only 0 or 1/],
    ["llama.final_logit_softcapping", 30, /final_logit_softcapping is 30/],
    ["llama.rope.scaling.attn_factor", 2, /rope\.scaling\.attn_factor is 2; only 1/],
    ["llama.vocab_size", 999, /vocab_size is 999; supported is the number of the embedding's rows/],
    ["llama.block_count", 1_000_000_000, /block_count is 1000000000, the file has \d+ tensors/],
    ["llama.feed_forward_length", 10_000_000, /ffn_\w+\.weight is \[\d+,\d+\], .* ask for/],
    ["llama.attention.head_count", [4, 4], /attention\.head_count is .*; it has to be a whole/],
    ["llama.attention.new_trick", 1, /llama\.attention\.new_trick is 1, which is not known here/],
    ["qwen2.rope.freq_base", 5, /qwen2\.rope\.freq_base is 5, which is not known here/],
    ["rope.scaling.factor", 4, /"?rope\.scaling\.factor"? is 4, which is not known/],
  ];
  for (const [key, value, message] of cases) await refused({ [key]: value }, message);
});

Deno.test("GGUF: keys that cannot matter, or say what is so anyway, change nothing", async () => {
  const plain = await configWith({});
  const changed = await configWith({
    "general.name": "x",
    "general.base_model.0.name": "y",
    "general.type": "model",
    "general.sampling.temp": 0.5,
    "quantize.imatrix.file": "z",
    "mradermacher.quantized_by": "m",
    "split.count": 1,
    "split.no": 0,
    "llama.vocab_size": 23,
    "llama.rope.dimension_count": 16,
    "llama.attention.key_length": 16,
    "llama.attention.value_length": 16,
    "llama.expert_count": 0,
    "llama.attention.causal": true,
    "llama.rope.scaling.finetuned": true,
    "llama.tensor_data_layout": "Meta AI original pth",
    "tokenizer.ggml.add_eos_token": true,
    "tokenizer.ggml.add_sep_token": false,
  });
  assert.deepEqual(changed, plain);
});

Deno.test("GGUF: an unknown key or tensor is read past where the user vouches for it", async () => {
  const { metadata, tensors } = goldenParts();
  const extra = {
    ...tensors.find(({ name }) => name === "output_norm.weight")!,
    name: "blk.0.gate",
  };
  using file = asFile(
    writeGguf({
      metadata: { ...metadata, "llama.new_trick": 1 },
      tensors: [...tensors, extra],
    }),
  );
  await assert.rejects(loadGguf(file.path), /add it to the step's ignore: llama\.new_trick/);
  await assert.rejects(
    loadGguf(file.path, undefined, { ignore: ["llama.new_trick"] }),
    /tensor blk\.0\.gate is none .* add it to the step's ignore: blk\.0\.gate/,
  );
  const plain = await configWith({});
  using policy = await loadGguf(file.path, undefined, { ignore: ["llama.new_*", "blk.0.gate"] });
  assert.equal(policy.config.hidden_size, plain.hidden_size);
});

Deno.test("GGUF: ids of special tokens are in the vocabulary", async () => {
  for (const name of ["eos", "bos", "padding", "unknown", "eot", "seperator", "fim_pre"]) {
    for (const value of [999, 10, { type: "int32", value: -1 }, 1.5, "0"]) {
      await refused(
        { [`tokenizer.ggml.${name}_token_id`]: value },
        new RegExp(`tokenizer\\.ggml\\.${name}_token_id is .*; the vocabulary has tokens 0 to 9`),
      );
    }
  }
  await refused(
    { "tokenizer.ggml.eos_token_id": { type: "uint32", value: 2 ** 31 } },
    /eos_token_id is 2147483648; the vocabulary has tokens 0 to 9/,
  );
});

Deno.test("GGUF: completions end at each end that the file or llama.cpp knows", async () => {
  const ends = async (changes: Changes) => {
    using file = asFile(ggufWith(changes));
    using policy = await loadGguf(file.path);
    return [...policy.endIds];
  };
  assert.deepEqual(await ends({}), [0]);
  assert.deepEqual(await ends({ "tokenizer.ggml.eot_token_id": 3 }), [0, 3]);
  const tokens = ["<end>", "<|eot_id|>", "<|im_end|>", "c", "d", "e", "Ġ", "ab", "abc", "Ġa"];
  assert.deepEqual(
    await ends({
      "tokenizer.ggml.tokens": tokens,
      "tokenizer.ggml.token_type": [3, 3, 1, 1, 1, 1, 1, 1, 1, 1],
      "tokenizer.ggml.merges": [],
    }),
    [0, 1],
    "a control token, and not a text that is written alike",
  );
});

Deno.test("GGUF: a file that does not say how text is split is refused, unless the user says it", async () => {
  const silent = { "tokenizer.ggml.pre": undefined };
  await refused(
    silent,
    /tokenizer\.ggml\.pre is missing: .* Set pretokenizer to .*: gpt-2, smollm/,
  );
  using file = asFile(ggufWith(silent));
  using policy = await loadGguf(file.path, undefined, { pretokenizer: "smollm" });
  assert.deepEqual(policy.tokenizer.encode("abc a"), [8, 9]);
  using other = asFile(ggufWith({}));
  await assert.rejects(
    loadGguf(other.path, undefined, { pretokenizer: "qwen2" }),
    /tokenizer\.ggml\.pre is "smollm", pretokenizer qwen2: leave the setting out/,
  );
});

Deno.test("GGUF: chat templates by name need a default", async () => {
  await refused(
    { "tokenizer.chat_template": undefined, "tokenizer.chat_template.tool_use": "T" },
    /there are chat templates tool_use and none is called default/,
  );
  using file = asFile(ggufWith({ "tokenizer.chat_template.tool_use": "T" }));
  using policy = await loadGguf(file.path);
  assert.equal(policy.chat?.render([{ role: "user", content: "ab" }]), "ab<end>");
});

Deno.test("GGUF: lists that do not fit each other, or say a thing twice, are refused", async () => {
  await refused({ "tokenizer.ggml.token_type": [3, 1] }, /token_type has 2 entries for 10 tokens/);
  const twice = ["a", "a", "b", "c", "d", "e", "Ġ", "ab", "abc", "Ġa"];
  await refused({ "tokenizer.ggml.tokens": twice }, /tokens has "a" as 0 and as 1/);
  await refused({ "tokenizer.ggml.new": 1 }, /key tokenizer\.ggml\.new is not known here/);
});
