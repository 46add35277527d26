import type { Sessions } from "../onnx/mod.ts";
import type { LlamaConfig } from "./config.ts";
import type { StoredWeights, Weights } from "./weights.ts";

/** A model to run. */
export interface Model {
  readonly config: LlamaConfig;
  readonly weights: StoredWeights;
  /** Low-rank adapters on the weights, where `config.adapter` is set. */
  readonly adapters?: Weights;
  readonly sessions: Sessions;
}
