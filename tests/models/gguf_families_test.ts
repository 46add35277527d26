/** Each architecture's checkpoint written as llama.cpp names it: read back, it has the same config and weights. @module */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { biasedProjections, type ModelType } from "../../src/models/mod.ts";
import { readWeights } from "../../src/policy/hugging_face.ts";
import { loadConfig, loadGguf } from "../../src/policy/mod.ts";
import { asFile, goldenParts, writeGguf } from "../gguf_files.ts";

const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^model\.embed_tokens/, "token_embd"],
  [/^model\.norm/, "output_norm"],
  [/^lm_head/, "output"],
  [/^model\.layers\.(\d+)\./, "blk.$1."],
  [/input_layernorm/, "attn_norm"],
  [/post_attention_layernorm/, "ffn_norm"],
  [/self_attn\.([qk])_norm/, "attn_$1_norm"],
  [/self_attn\.([qkv])_proj/, "attn_$1"],
  [/self_attn\.o_proj/, "attn_output"],
  [/mlp\.(gate|up|down)_proj/, "ffn_$1"],
];

for (const type of ["qwen2", "qwen3"] as const satisfies readonly ModelType[]) {
  Deno.test(`a GGUF file of ${type} has the config and the weights of its checkpoint`, async () => {
    const directory = fileURLToPath(new URL(`../golden/architectures/${type}`, import.meta.url));
    const config = loadConfig(directory);
    using weights = readWeights(directory, config);
    const tokenizer = Object.entries(goldenParts().metadata)
      .filter(([key]) => key.startsWith("tokenizer."));
    const model = {
      block_count: config.num_hidden_layers,
      context_length: config.max_position_embeddings,
      embedding_length: config.hidden_size,
      feed_forward_length: config.intermediate_size,
      "attention.head_count": config.num_attention_heads,
      "attention.head_count_kv": config.num_key_value_heads,
      "attention.key_length": config.head_dim,
      "attention.value_length": config.head_dim,
      "attention.layer_norm_rms_epsilon": config.rms_norm_eps,
      "rope.freq_base": config.rope_theta,
    };
    const metadata = {
      "general.architecture": type,
      ...Object.fromEntries(Object.entries(model).map(([key, value]) => [`${type}.${key}`, value])),
      ...Object.fromEntries(tokenizer),
    };
    const tensors = [...weights.shapes].map(([name, shape]) => ({
      name: NAMES.reduce((short, [from, to]) => short.replace(from, to), name),
      dims: shape.toReversed(),
      type: 0,
      offset: 0,
      bytes: new Uint8Array(weights.read(name).slice().buffer),
    }));
    assert.equal(
      tensors.some(({ name }) => name.endsWith("attn_q.bias")),
      biasedProjections(config).length > 0,
    );
    using file = asFile(writeGguf({ metadata, tensors }));
    using policy = await loadGguf(file.path);
    assert.deepEqual(policy.config, config);
    for (const name of weights.shapes.keys()) {
      assert.deepEqual(policy.weights.read(name), weights.read(name), name);
    }
  });
}
