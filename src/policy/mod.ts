export type { LlamaConfig, Precision } from "../models/mod.ts";
export { loadGguf, loadGgufConfig } from "./gguf.ts";
export {
  describeModel,
  loadConfig,
  loadPolicy,
  loadReference,
  loadTrainable,
  saveDescription,
  savePolicy,
  withAdapters,
  withPrecision,
} from "./hugging_face.ts";
export {
  adaptPolicy,
  clonePolicy,
  encodeExample,
  encodePrompt,
  type Example,
  type Policy,
} from "./policy.ts";
export { writeJson } from "./json_files.ts";
export { KNOWN_MODELS, knownModel } from "./known_models.ts";
