/** Adapters of which PEFT computes what this program does not are refused by the name of the setting or tensor. @module */
import assert from "node:assert/strict";
import { join } from "node:path";
import { loadPolicy, withAdapters } from "../../src/policy/mod.ts";
import { goldenCase, type MadeFiles, type MadeTensors, makeCheckpoint } from "../checkpoints.ts";

type Case = readonly [files: MadeFiles, message: RegExp];

const PLAIN = goldenCase("adapter: plain").files;
const ADAPTER = PLAIN["adapter/adapter_model.safetensors"] as MadeTensors;
const PREFIX = "base_model.model.model.layers.0";

function adapter(settings: object, tensors: object = {}): MadeFiles {
  return {
    ...PLAIN,
    "adapter/adapter_config.json": { ...PLAIN["adapter/adapter_config.json"], ...settings },
    "adapter/adapter_model.safetensors": { ...ADAPTER, ...tensors },
  };
}

const REFUSED_ADAPTERS: Readonly<Record<string, Case>> = {
  "peft_lora_bias": [
    adapter({ lora_bias: true }),
    /lora_bias is true; only false .*merge_and_unload/,
  ],
  "biases that no setting tells": [
    adapter({}, { [`${PREFIX}.mlp.up_proj.lora_B.bias`]: ["b", 24] }),
    /tensor \S+up_proj\.lora_B\.bias is no part of the model that adapter_config\.json describes; merge/,
  ],
  "peft_modules_to_save_head": [
    adapter({ modules_to_save: ["lm_head"] }, { "base_model.model.lm_head.weight": ["h", 27, 32] }),
    /modules_to_save is \["lm_head"\]/,
  ],
  "peft_save_embedding_layers": [
    adapter({}, { "base_model.model.model.embed_tokens.weight": ["h", 27, 32] }),
    /tensor base_model\.model\.model\.embed_tokens\.weight is no part of the model/,
  ],
  "trainable tokens": [
    adapter({ trainable_token_indices: { embed_tokens: [1, 2] } }),
    /trainable_token_indices is {"embed_tokens":\[1,2\]}/,
  ],
  "peft_target_parameters": [
    adapter({ target_parameters: ["mlp.up_proj.weight"] }),
    /target_parameters is \["mlp\.up_proj\.weight"\]/,
  ],
  "peft_layer_replication": [
    adapter({ layer_replication: [[0, 2], [0, 2]] }),
    /layer_replication is \[\[0,2\],\[0,2\]\]/,
  ],
  "peft_pissa": [
    adapter({ init_lora_weights: "pissa" }),
    /init_lora_weights is pissa; only true, .* change the model .*path_initial_model_for_weight/,
  ],
  "pissa by steps": [adapter({ init_lora_weights: "pissa_niter_16" }), /is pissa_niter_16; only/],
  "olora": [adapter({ init_lora_weights: "olora" }), /init_lora_weights is olora; only/],
  "corda": [adapter({ init_lora_weights: "corda" }), /init_lora_weights is corda; only/],
  "loftq": [adapter({ init_lora_weights: "loftq" }), /init_lora_weights is loftq; only/],
  "lora_ga": [adapter({ init_lora_weights: "lora_ga" }), /init_lora_weights is lora_ga; only/],
  "DoRA": [
    adapter({ use_dora: true }, { [`${PREFIX}.mlp.up_proj.lora_magnitude_vector`]: ["m", 24] }),
    /use_dora is true/,
  ],
  "trained biases": [adapter({ bias: "lora_only" }), /bias is lora_only; only none is supported/],
  "fan_in_fan_out": [adapter({ fan_in_fan_out: true }), /fan_in_fan_out is true/],
  "activated LoRA": [adapter({ alora_invocation_tokens: [1] }), /alora_invocation_tokens is \[1\]/],
  "KaSA": [adapter({ kasa_config: { beta: 1 } }), /kasa_config is {"beta":1}/],
  "BD-LoRA": [adapter({ use_bdlora: { nblocks: 2 } }), /use_bdlora is {"nblocks":2}/],
  "a setting that nobody knows": [
    adapter({ use_novelty: true }),
    /use_novelty is true, which is not known here .*merge_and_unload/,
  ],
  "another method": [adapter({ peft_type: "IA3" }), /peft_type is IA3; only LORA/],
  "no method": [adapter({ peft_type: null }), /peft_type is missing; it is LORA/],
  "an adapter on the head": [
    adapter({ target_modules: ["q_proj", "lm_head"] }),
    /target_modules has lm_head, which gets no adapter/,
  ],
  "an adapter on the embedding": [
    adapter({ target_modules: ".*embed_tokens|.*q_proj" }),
    /target_modules has model\.embed_tokens, which gets no adapter/,
  ],
  "targets that are not there": [
    adapter({ target_modules: ["c_attn", "c_fc"] }),
    /target_modules has c_attn, c_fc; supported are q_proj/,
  ],
  "no targets": [adapter({ target_modules: null }), /target_modules is no list of projections/],
  "targets that are numbers": [adapter({ target_modules: [1] }), /target_modules is no list/],
  "a target without its tensors": [
    adapter({ target_modules: ["q_proj", "up_proj", "v_proj"] }),
    /tensor model\.layers\.0\.self_attn\.v_proj\.lora_A\.weight is missing/,
  ],
  "tensors without their target": [
    adapter({ target_modules: ["q_proj"] }),
    /up_proj\.lora_A\.weight is no part of the model that adapter_config\.json describes/,
  ],
  "another rank than the file's": [
    adapter({ rank_pattern: { q_proj: 2 } }),
    /q_proj\.lora_A\.weight is \[4,32\], .* asks for \[2,32\]/,
  ],
  "a rank of a billion": [adapter({ r: 1e9 }), /lora_A\.weight is \[4,32\], .* \[1000000000,32\]/],
  "a rank that is none": [
    adapter({ rank_pattern: { q_proj: 0 } }),
    /rank_pattern\.q_proj is 0; it is/,
  ],
  "an alpha that is text": [
    adapter({ alpha_pattern: { q_proj: "8" } }),
    /alpha_pattern\.q_proj is 8; it/,
  ],
  "patterns that are a list": [
    adapter({ alpha_pattern: ["q_proj"] }),
    /alpha_pattern is \["q_proj"\]/,
  ],
  "an expression that is none": [
    adapter({ target_modules: "(q_proj" }),
    /target_modules has the expression \(q_proj, which cannot be read/,
  ],
  "an expression of Python's": [
    adapter({ target_modules: ".*q_proj\\Z" }),
    /target_modules has the expression .*q_proj\\Z, which only Python reads; write names instead/,
  ],
  "a bracket that stands first in brackets, which JavaScript reads as none": [
    adapter({ alpha_pattern: { "[]q]_proj": 64 } }),
    /alpha_pattern has the expression \[\]q\]_proj, which only Python reads/,
  ],
  "the number of a group": [
    adapter({ alpha_pattern: { "(q)_proj|\\1x": 64 } }),
    /alpha_pattern has the expression .*, which only Python reads/,
  ],
  "an expression that explodes": [
    adapter({ target_modules: "(([a-z._0-9]*)*)*x" }),
    /repeats a repetition/,
  ],
  "an expression that explodes slowly": [
    adapter({ rank_pattern: { [`${".*".repeat(20)}x`]: 4 } }),
    /rank_pattern has the expression .* has 20 repetitions/,
  ],
  "layers with an expression": [
    adapter({ target_modules: ".*q_proj", layers_to_transform: [0] }),
    /layers_to_transform is \[0\], which PEFT does not take/,
  ],
  "layers with all-linear": [
    adapter({ target_modules: "all-linear", layers_to_transform: [0] }),
    /layers_to_transform is \[0\], which PEFT does not take/,
  ],
  "a pattern without layers": [adapter({ layers_pattern: "layers" }), /needs layers_to_transform/],
};
for (const [name, [files, message]] of Object.entries(REFUSED_ADAPTERS)) {
  Deno.test(`loadAdapters() refuses ${name} by name`, () => {
    using checkpoint = makeCheckpoint(files);
    assert.throws(() => loadPolicy(checkpoint.directory), (error: Error) => {
      assert.match(error.message, message);
      assert.ok(error.message.includes(checkpoint.directory), error.message);
      return true;
    });
  });
}

Deno.test("peft_on_exported_adapter: a second adapter is refused, and both are told", () => {
  using checkpoint = makeCheckpoint(PLAIN);
  const { directory } = checkpoint;
  using other = makeCheckpoint(PLAIN);
  assert.throws(
    () => withAdapters(loadPolicy(directory), join(other.directory, "adapter")),
    (error: Error) => {
      assert.ok(error.message.includes(join(other.directory, "adapter")), error.message);
      assert.match(error.message, /on a policy that has some already, in its directory adapter/);
      return true;
    },
  );
});
