/**
 * Floating-point operations of work on a policy, told before it is done. A product of weights takes two for each weight and
 * token, attention four for each token and each token before it, head by head (Kaplan et al., arXiv 2001.08361, section
 * 2.1); norms, softmax and the optimizer are left out.
 *
 * @module
 */
import { adapterShapes, headName, type LlamaConfig, parameterShapes } from "../models/mod.ts";
import { elementCount } from "../runtime/mod.ts";

/** A prompt and its completion, in tokens. */
export interface Extent {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Of drawing completions of one prompt, which is read once. */
export function drawingFlops(config: LlamaConfig, extent: Extent, samples: number): number {
  const { promptTokens, completionTokens } = extent;
  const prompt = bodyFlops(config, 0, promptTokens);
  const completion = bodyFlops(config, promptTokens, completionTokens) +
    headFlops(config, completionTokens);
  return prompt + samples * completion;
}

/** Of the log-probabilities of a completion. */
export function scoringFlops(config: LlamaConfig, extent: Extent): number {
  const { promptTokens, completionTokens } = extent;
  return bodyFlops(config, 0, promptTokens + completionTokens) +
    headFlops(config, completionTokens);
}

/**
 * Of the gradient of a completion: forwards, and backwards twice as much, once of it for what comes in and once for the
 * weights, which adapters leave out.
 *
 * @param recompute whether a layer's forward pass is done again on the way back
 */
export function trainingFlops(config: LlamaConfig, extent: Extent, recompute: boolean): number {
  const backward = config.adapter === undefined ? 2 : 1;
  return scoringFlops(config, extent) * (1 + backward + Number(recompute));
}

/** Of tokens that go through the layers after others. */
function bodyFlops(config: LlamaConfig, before: number, tokens: number): number {
  const { num_hidden_layers, num_attention_heads, head_dim } = config;
  const contexts = tokens * before + tokens * (tokens + 1) / 2;
  const attention = 4 * num_hidden_layers * num_attention_heads * head_dim * contexts;
  return 2 * matrixWeights(config) * tokens + attention;
}

function headFlops({ hidden_size, vocab_size }: LlamaConfig, tokens: number): number {
  return 2 * hidden_size * vocab_size * tokens;
}

/** Weights of the layers' products and of adapters: neither embedding nor head. */
function matrixWeights(config: LlamaConfig): number {
  const outside = new Set(["model.embed_tokens.weight", headName(config)]);
  const layers = [...parameterShapes(config)].filter(([name]) => !outside.has(name));
  const shapes = [...layers.map(([, shape]) => shape), ...adapterShapes(config).values()];
  return shapes.filter(({ length }) => length === 2)
    .reduce((sum, shape) => sum + elementCount(shape), 0);
}
