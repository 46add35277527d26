export {
  type Attend,
  cachedAttention,
  cacheInputs,
  causalAttention,
  decoder,
  type LlamaConfig,
  logits,
  parameterCount,
  parameterShapes,
  weightInputs,
} from "./llama.ts";
export { Weights } from "./weights.ts";
export { readSafetensors, type StoredTensor, writeSafetensors } from "./safetensors.ts";
