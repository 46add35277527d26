import {
  decoder,
  decoderInputs,
  type LlamaConfig,
  logits,
  parameterShapes,
  pastAttention,
  weightInputs,
} from "../models/mod.ts";
import { Graph, portable } from "../onnx/mod.ts";

/**
 * A model in standard operators, with the inputs and outputs that run-times for Hugging Face's models feed and fetch:
 * `input_ids`, `attention_mask`, `position_ids` and `past_key_values.N.key` and `.value`; `logits` and `present.N.key`
 * and `.value`. Weights and rotary tables are inputs too.
 */
export function decoderModel(config: LlamaConfig): Graph {
  const graph = new Graph("decoder");
  const inputs = decoderInputs(graph), { ids } = inputs;
  const weights = weightInputs(graph, config, parameterShapes(config));
  const attend = pastAttention(graph, config, inputs);
  const hidden = decoder(graph, config, weights, ids, attend);
  const scores = logits(graph, config, weights, hidden);
  graph.output("logits", graph.reshape(scores, [...ids.shape, config.vocab_size]));
  return portable(graph);
}
