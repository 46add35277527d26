export {
  type Adapter,
  adapterShapes,
  biasedProjections,
  headName,
  layerPrefix,
  type LlamaConfig,
  MODELS,
  type ModelType,
  parameterCount,
  parameterShapes,
  type Projection,
  PROJECTIONS,
  type RopeScaling,
} from "./config.ts";
export {
  type Attend,
  cachedAttention,
  cacheInputs,
  causalAttention,
  decoder,
  decoderLayer,
  embed,
  layerWeights,
  logits,
  norm,
  rotaryInputs,
  weightInputs,
  type WeightValues,
} from "./llama.ts";
export { rotaryTables } from "./rotary.ts";
export { type Shapes, Weights } from "./weights.ts";
export { readSafetensors, type StoredTensor, writeSafetensors } from "./safetensors.ts";
