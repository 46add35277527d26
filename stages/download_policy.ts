import { downloadModel, findModel } from "../src/hub/download.ts";
import { parameterCount } from "../src/models/mod.ts";
import {
  describeModel,
  knownModel,
  loadPolicy,
  savePolicy,
  withPrecision,
} from "../src/policy/mod.ts";
import { DATE, IGNORE, PRECISION } from "../src/stage/shared_settings.ts";
import { defineStage } from "../src/stage/define_stage.ts";

/** Fetches a policy from the Hugging Face hub. */
export const download_policy = defineStage({
  name: "download_policy",
  version: 1,
  summary: "Fetches a policy from the Hugging Face hub, or finds it in the hub's cache.",
  config: {
    type: "object",
    properties: {
      repo: {
        type: "string",
        description: "Owner and name, such as HuggingFaceTB/SmolLM2-135M-Instruct.",
        was: ["model", "model_name_or_path", "model_id", "repo_id"],
      },
      revision: {
        type: "string",
        default: "main",
        description: "Branch, tag or commit; only a commit always means the same.",
      },
      precision: PRECISION,
      ignore: IGNORE,
      date: DATE,
    },
    required: ["repo"],
    additionalProperties: false,
  },
  inputs: {},
  outputs: { policy: "policy" },
  modelOf({ repo, revision, precision, ignore }) {
    const directory = findModel({ repo, revision });
    const config = directory === undefined ? knownModel(repo) : describeModel(directory, ignore);
    return Promise.resolve(config && withPrecision(config, precision));
  },
  async run({ config, outputs, signal, progress, log }) {
    const { precision, ignore, date, ...model } = config;
    const directory = await downloadModel({ ...model, signal, progress });
    using policy = loadPolicy(directory, precision, ignore, date);
    if (policy.note !== undefined) log(policy.note);
    savePolicy(policy, outputs.policy.directory, outputs.policy.place);
    return { parameters: parameterCount(policy.config) };
  },
});
