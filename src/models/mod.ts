export {
  biasedProjections,
  type LlamaConfig,
  MODELS,
  type ModelType,
  parameterCount,
  parameterShapes,
  type RopeScaling,
} from "./config.ts";
export {
  type Attend,
  cachedAttention,
  cacheInputs,
  causalAttention,
  decoder,
  logits,
  weightInputs,
} from "./llama.ts";
export { Weights } from "./weights.ts";
export { readSafetensors, type StoredTensor, writeSafetensors } from "./safetensors.ts";
