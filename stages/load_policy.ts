import { loadPolicy, savePolicy } from "../src/rl/mod.ts";
import { parameterCount } from "../src/models/mod.ts";
import { defineStage } from "./stage.ts";

/** Reads a policy in Hugging Face layout. */
export const load_policy = defineStage({
  name: "load_policy",
  version: 1,
  summary: "Reads a policy from a directory in Hugging Face layout.",
  config: {
    type: "object",
    properties: {
      path: {
        type: "string",
        format: "path",
        description: "The directory, from the pipeline file.",
      },
    },
    required: ["path"],
    additionalProperties: false,
  },
  inputs: {},
  outputs: { policy: "policy" },
  run({ config, outputs }) {
    using policy = loadPolicy(config.path);
    savePolicy(policy, outputs.policy.directory);
    return { parameters: parameterCount(policy.config) };
  },
});
