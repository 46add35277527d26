import { loadGguf, loadPolicy, savePolicy, withAdapters } from "../src/rl/mod.ts";
import { parameterCount } from "../src/models/mod.ts";
import { IGNORE, PRECISION } from "./settings.ts";
import { defineStage } from "./stage.ts";

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
      },
      adapter: {
        type: "string",
        format: "path",
        description: "A directory in PEFT's layout with LoRA adapters for it.",
      },
      precision: PRECISION,
      ignore: IGNORE,
    },
    required: ["path"],
    additionalProperties: false,
  },
  inputs: {},
  outputs: { policy: "policy" },
  async run({ config, outputs }) {
    const { path, adapter, precision, ignore } = config, isGguf = path.endsWith(".gguf");
    if (isGguf && ignore !== undefined) {
      throw new RangeError(
        `Cannot ignore ${ignore.join(", ")} of ${path}: a GGUF file has no such`,
      );
    }
    const base = isGguf ? await loadGguf(path, precision) : loadPolicy(path, precision, ignore);
    using policy = adapter === undefined ? base : withAdapters(base, adapter);
    savePolicy(policy, outputs.policy.directory, outputs.policy.place);
    return { parameters: parameterCount(policy.config) };
  },
});
