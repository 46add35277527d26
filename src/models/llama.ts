/**
 * The Llama family of decoders: RMSNorm, rotary positions, grouped-query attention, SwiGLU, tied or untied
 * head (Touvron et al. 2023, arXiv 2302.13971; grouped queries: arXiv 2305.13245).
 *
 * Shape letters: B rows, T tokens, N = B·T, D hidden, H query heads, K key-value heads, E head size,
 * F feed-forward, V vocabulary, C cache capacity. Hidden states are [N, D], so that every projection
 * and its gradient is one GEMM.
 *
 * @module
 */
import type { Graph, Value } from "../onnx/mod.ts";
import { type Attend, rows } from "./attention.ts";
import {
  headName,
  layerConfig,
  layerPrefix,
  type LlamaConfig,
  lowRank,
  MODELS,
  type Projection,
} from "./config.ts";
import { type Project, project, type WeightValues } from "./projection.ts";

/** The rows of an embedding, by token. @returns [N, D] */
export function embed(
  graph: Graph,
  weights: WeightValues,
  ids: Value, // [B, T]
  name = "model.embed_tokens.weight",
): Value {
  const flat = graph.reshape(ids, [rows(ids)]);
  return graph.scope("embed", () => {
    const rows = graph.op.Gather(weights.get(name)!, flat);
    return rows.dtype === "float32" ? rows : graph.op.Cast(rows, { to: "float32" });
  });
}

/** RMSNorm (Zhang & Sennrich 2019, arXiv 1910.07467). */
export function norm(graph: Graph, config: LlamaConfig, x: Value, scale: Value): Value {
  return graph.op.SimplifiedLayerNormalization(x, scale, {
    axis: -1,
    epsilon: config.rms_norm_eps,
  });
}

/**
 * One layer of the decoder.
 *
 * @param config as {@linkcode layerConfig} gives it
 * @param weights the layer's own, by name within the layer, such as `mlp.up_proj.weight`
 * @returns [N, D]
 */
export function decoderLayer(
  graph: Graph,
  config: LlamaConfig,
  weights: WeightValues,
  x: Value, // [N, D]
  attend: (query: Value, key: Value, value: Value) => Value,
  by: Project = project,
): Value {
  const { op } = graph;
  const linear = (x: Value, name: string) => {
    const product = by(graph, x, weights, `${name}.weight`);
    const bias = weights.get(`${name}.bias`);
    const sum = bias === undefined ? product : op.Add(product, bias);
    const adapted = adapter(graph, config, weights, x, name);
    return adapted === undefined ? sum : op.Add(sum, adapted);
  };
  const normed = (x: Value, name: string) => norm(graph, config, x, weights.get(`${name}.weight`)!);
  const normHeads = (x: Value, name: string) => {
    if (!MODELS[config.model_type].headNorm) return x;
    const heads = (x.shape[1] as number) / config.head_dim;
    const split = graph.reshape(x, [x.shape[0]!, heads, config.head_dim]);
    return graph.reshape(normed(split, name), x.shape);
  };

  const middle = graph.scope("attention", () => {
    const h = normed(x, "input_layernorm");
    const attended = attend(
      normHeads(linear(h, "self_attn.q_proj"), "self_attn.q_norm"), // [N, H·E]
      normHeads(linear(h, "self_attn.k_proj"), "self_attn.k_norm"), // [N, K·E]
      linear(h, "self_attn.v_proj"), // [N, K·E]
    );
    return op.Add(x, linear(attended, "self_attn.o_proj"));
  });
  return graph.scope("mlp", () => {
    const h = normed(middle, "post_attention_layernorm");
    const gate = linear(h, "mlp.gate_proj"); // [N, F]
    const silu = op.QuickGelu(gate, { alpha: 1 });
    const up = linear(h, "mlp.up_proj");
    return op.Add(middle, linear(op.Mul(silu, up), "mlp.down_proj"));
  });
}

/** The low-rank part of a projection, α/r · (x A') B'; undefined where there is none (LoRA, arXiv 2106.09685). */
function adapter(
  graph: Graph,
  config: LlamaConfig,
  weights: WeightValues,
  x: Value, // [N, in]
  name: string,
): Value | undefined {
  const down = weights.get(`${name}.lora_A.weight`), up = weights.get(`${name}.lora_B.weight`);
  if (down === undefined || up === undefined) return undefined;
  // The layer is the config's only one.
  const { rank, alpha } = lowRank(config, 0, name.split(".").at(-1) as Projection)!;
  const inner = graph.product(x, down, { transB: true }); // [N, r]
  return graph.product(inner, up, { transB: true, alpha: alpha / rank });
}

/** Final hidden states of the decoder, normalized. @returns [N, D] */
export function decoder(
  graph: Graph,
  config: LlamaConfig,
  weights: WeightValues,
  ids: Value, // [B, T]
  attend: Attend,
  by: Project = project,
): Value {
  let x = embed(graph, weights, ids);
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const own = layerWeights(weights, i), layer = layerConfig(config, i);
    x = graph.scope(
      `layers.${i}`,
      () => decoderLayer(graph, layer, own, x, (...qkv) => attend(i, ...qkv), by),
    );
  }
  return graph.scope("norm", () => norm(graph, config, x, weights.get("model.norm.weight")!));
}

/** The entries of one layer, by name within the layer. */
export function layerWeights<T>(weights: ReadonlyMap<string, T>, layer: number): Map<string, T> {
  const prefix = layerPrefix(layer);
  return new Map(
    [...weights].flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : []
    ),
  );
}

/** Scores over the vocabulary. @returns [N, V] */
export function logits(
  graph: Graph,
  config: LlamaConfig,
  weights: WeightValues,
  hidden: Value, // [N, D]
  by: Project = project,
): Value {
  return graph.scope("head", () => by(graph, hidden, weights, headName(config)));
}
