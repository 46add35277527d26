import {
  describeModel,
  loadGguf,
  loadGgufConfig,
  loadPolicy,
  savePolicy,
  withAdapters,
  withPrecision,
} from "../src/policy/mod.ts";
import { parameterCount } from "../src/models/mod.ts";
import { PRETOKENIZERS } from "../src/text/gguf_tokenizer.ts";
import { checkSource } from "../src/stage/checks/check_source.ts";
import { DATE, IGNORE, PRECISION } from "../src/stage/shared_settings.ts";
import { defineStage } from "../src/stage/define_stage.ts";

/** Reads a policy in Hugging Face layout, or from a GGUF file. */
export const load_policy = defineStage({
  name: "load_policy",
  version: 1,
  summary: "Reads a policy from a directory in Hugging Face layout, or from a GGUF file.",
  config: {
    type: "object",
    properties: {
      path: {
        type: "string",
        format: "path",
        description: "The directory or the .gguf file, from the pipeline file.",
        hub: "uses: download_policy, with: { repo: … } fetches a model from the hub",
        was: ["model", "model_name_or_path", "model_path", "checkpoint"],
      },
      adapter: {
        type: "string",
        format: "path",
        description: "A directory in PEFT's layout with LoRA adapters for it.",
      },
      precision: PRECISION,
      ignore: IGNORE,
      pretokenizer: {
        enum: PRETOKENIZERS,
        description: "How text is split, for a GGUF file that does not say it.",
      },
      date: DATE,
    },
    required: ["path"],
    additionalProperties: false,
  },
  inputs: {},
  outputs: { policy: "policy" },
  check: checkSource,
  async modelOf({ path, precision, ignore }) {
    const config = path.endsWith(".gguf")
      ? await loadGgufConfig(path)
      : describeModel(path, ignore);
    return withPrecision(config, precision);
  },
  async run({ config, outputs, log }) {
    const { path, adapter, precision, ignore, pretokenizer, date } = config;
    const isGguf = path.endsWith(".gguf");
    const base = isGguf
      ? await loadGguf(path, precision, { ignore, pretokenizer, date })
      : loadPolicy(path, precision, ignore, date);
    using policy = adapter === undefined ? base : withAdapters(base, adapter);
    if (policy.note !== undefined) log(policy.note);
    savePolicy(policy, outputs.policy.directory, outputs.policy.place);
    return { parameters: parameterCount(policy.config) };
  },
});
