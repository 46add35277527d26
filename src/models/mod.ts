export { initializeAdapters, mergeAdapters } from "./adapters.ts";
export {
  type Adapter,
  adapterShapes,
  biasedProjections,
  headName,
  layerConfig,
  layerPrefix,
  type LlamaConfig,
  type LowRank,
  lowRank,
  MODELS,
  type ModelType,
  parameterCount,
  parameterShapes,
  type Projection,
  projectionPath,
  PROJECTIONS,
  type RopeScaling,
} from "./config.ts";
export { type Attend, blockSizes, blocksOf, causalAttention, rotaryInputs } from "./attention.ts";
export { cachedAttention, cachedHeadSize, cacheInputs } from "./cached_attention.ts";
export { decoder, decoderLayer, embed, layerWeights, logits, norm } from "./llama.ts";
export { decoderInputs, pastAttention } from "./past_attention.ts";
export {
  layoutFor,
  type Project,
  projectIntegers,
  projectLate,
  weight,
  weightInputs,
  type WeightValues,
} from "./projection.ts";
export { rotaryTables } from "./rotary.ts";
export { roundWeights } from "./round.ts";
export type { Model } from "./model.ts";
export {
  interleave,
  isQuantized,
  type Precision,
  PRECISIONS,
  scalesName,
  storedTypes,
} from "./precision.ts";
export { filled, makeWeights, type Shapes, StoredWeights, Weights } from "./weights.ts";
export { type ByteSource, fromBytes, openFile } from "./bytes.ts";
export { parseConfig } from "./config_json.ts";
export {
  type Declarations,
  harmless,
  type Ignore,
  isNothing,
  type Json,
  only,
  onlyIf,
  refused,
  shown,
  undeclared,
  used,
} from "./declared.ts";
export { type Place, placeExactly, type Placement, placeWeights } from "./placement.ts";
export { type ElementName, ELEMENTS } from "./elements.ts";
export { fillFromGguf, fillWeights } from "./fill.ts";
export { type GgufFile, readGguf } from "./gguf_tensors.ts";
export { ggufConfig } from "./gguf_config.ts";
export type { GgufMetadata } from "./gguf_header.ts";
export { type FloatTensors, readSafetensors, safetensorsParts } from "./safetensors.ts";
export { readParts, readTensor, type StoredTensor, type TensorFile } from "./tensor_file.ts";
