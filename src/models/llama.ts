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
import type { Graph, Shape, Value } from "../onnx/mod.ts";
import { type LlamaConfig, MODELS, parameterShapes, rotaryFrequencies } from "./config.ts";

/** Declares every weight as a graph input. */
export function weightInputs(graph: Graph, config: LlamaConfig): ReadonlyMap<string, Value> {
  return new Map(
    [...parameterShapes(config)].map(([name, shape]) => [
      name,
      graph.input(name, "float32", shape),
    ]),
  );
}

/** How a layer attends: training sees whole rows, generation goes through a cache. */
export type Attend = (layer: number, query: Value, key: Value, value: Value) => Value;

/** Final hidden states of the decoder, normalized. @returns [N, D] */
export function decoder(
  graph: Graph,
  config: LlamaConfig,
  weights: ReadonlyMap<string, Value>,
  ids: Value, // [B, T]
  attend: Attend,
): Value {
  const { op } = graph;
  const weight = (name: string) => weights.get(`${name}.weight`)!;
  const linear = (x: Value, name: string) => {
    const product = op.FusedMatMul(x, weight(name), { transB: 1 });
    const bias = weights.get(`${name}.bias`);
    return bias === undefined ? product : op.Add(product, bias);
  };
  const norm = (x: Value, name: string) =>
    op.SimplifiedLayerNormalization(x, weight(name), {
      axis: -1,
      epsilon: config.rms_norm_eps,
    });

  const normHeads = (x: Value, name: string) => {
    if (!MODELS[config.model_type].headNorm) return x;
    const heads = (x.shape[1] as number) / config.head_dim;
    return graph.reshape(
      norm(graph.reshape(x, [x.shape[0]!, heads, config.head_dim]), name),
      x.shape,
    );
  };

  const flat = graph.reshape(ids, [rows(ids)]);
  let x = graph.scope("embed", () => op.Gather(weight("model.embed_tokens"), flat)); // [N, D]
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const layer = `model.layers.${i}`;
    x = graph.scope(`layers.${i}/attention`, () => {
      const h = norm(x, `${layer}.input_layernorm`);
      const attended = attend(
        i,
        normHeads(linear(h, `${layer}.self_attn.q_proj`), `${layer}.self_attn.q_norm`), // [N, H·E]
        normHeads(linear(h, `${layer}.self_attn.k_proj`), `${layer}.self_attn.k_norm`), // [N, K·E]
        linear(h, `${layer}.self_attn.v_proj`), // [N, K·E]
      );
      return op.Add(x, linear(attended, `${layer}.self_attn.o_proj`));
    });
    x = graph.scope(`layers.${i}/mlp`, () => {
      const h = norm(x, `${layer}.post_attention_layernorm`);
      const gate = linear(h, `${layer}.mlp.gate_proj`); // [N, F]
      const silu = op.Mul(gate, op.Sigmoid(gate));
      const up = linear(h, `${layer}.mlp.up_proj`);
      return op.Add(x, linear(op.Mul(silu, up), `${layer}.mlp.down_proj`));
    });
  }
  return graph.scope("norm", () => norm(x, "model.norm"));
}

/** Scores over the vocabulary. @returns [N, V] */
export function logits(
  graph: Graph,
  config: LlamaConfig,
  weights: ReadonlyMap<string, Value>,
  hidden: Value, // [N, D]
): Value {
  const name = config.tie_word_embeddings ? "model.embed_tokens.weight" : "lm_head.weight";
  return graph.scope(
    "head",
    () => graph.op.FusedMatMul(hidden, weights.get(name)!, { transB: 1 }),
  );
}

/** Causal attention over whole rows. Rows are padded on the right, where no real token looks. */
export function causalAttention(graph: Graph, config: LlamaConfig, ids: Value): Attend {
  const { op } = graph;
  const [batch, length] = ids.shape as [string, string];
  const { num_attention_heads: h, num_key_value_heads: k, head_dim: e } = config;
  const { cos, sin } = rotaryTables(graph, config, config.max_position_embeddings);
  const mask = causalMask(graph, length); // [T, T]
  const start = graph.ints([0]);
  const heads = (x: Value, count: number) =>
    op.Transpose(graph.reshape(x, [batch, length, count, e]), { perm: [0, 2, 1, 3] });
  // Grouped queries: [B, K, H/K, T, E] against [B, K, 1, T, E]
  const grouped = (x: Value, count: number) =>
    h === k ? x : graph.reshape(x, [batch, k, count / k, length, e]);

  return (_layer, query, key, value) => {
    const q = grouped(op.RotaryEmbedding(heads(query, h), start, cos, sin), h);
    const ks = grouped(op.RotaryEmbedding(heads(key, k), start, cos, sin), k);
    const scores = op.FusedMatMul(q, ks, { transB: 1, alpha: 1 / Math.sqrt(e) });
    const probabilities = op.Softmax(op.Add(scores, mask), { axis: -1 }); // [B, H, T, T]
    const mixed = op.MatMul(probabilities, grouped(heads(value, k), k)); // [B, H, T, E]
    const back = graph.reshape(mixed, [batch, h, length, e]);
    const joined = op.Transpose(back, { perm: [0, 2, 1, 3] });
    return graph.reshape(joined, [rows(ids), h * e]);
  };
}

/** The tensors that generation keeps between steps. */
export interface CacheInputs {
  /** Per layer: [B, K, C, E]. */
  readonly keys: readonly Value[];
  readonly values: readonly Value[];
  /** Per row: tokens in the cache after this call, less one; int32 [B]. */
  readonly lengths: Value;
  /** Largest of these lengths, plus one; int32 [1]. */
  readonly total: Value;
}

/** Declares the cache's inputs for a capacity of `capacity` tokens a row. */
export function cacheInputs(graph: Graph, config: LlamaConfig, capacity: number): CacheInputs {
  const shape: Shape = ["batch", config.num_key_value_heads, capacity, config.head_dim];
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i) => i);
  return {
    keys: layers.map((i) => graph.input(`cache.${i}.key`, "float32", shape)),
    values: layers.map((i) => graph.input(`cache.${i}.value`, "float32", shape)),
    lengths: graph.input("lengths", "int32", ["batch"]),
    total: graph.input("total", "int32", [1]),
  };
}

/**
 * Attention through the cache, each row at its own position. The cache's new contents are graph outputs
 * under the names of the inputs with `.new`: bind both to one tensor and it is updated in place.
 */
export function cachedAttention(
  graph: Graph,
  config: LlamaConfig,
  ids: Value,
  cache: CacheInputs,
  capacity: number,
): Attend {
  const { num_attention_heads: h, num_key_value_heads: k, head_dim: e } = config;
  const [batch, length] = ids.shape as [string, string | number];
  const { cos, sin } = rotaryTables(graph, config, capacity);
  const attributes = { num_heads: h, kv_num_heads: k, do_rotary: 1, scale: 1 / Math.sqrt(e) };
  return (layer, query, key, value) => {
    const [output, newKey, newValue] = graph.op.GroupQueryAttention(
      graph.reshape(query, [batch, length, h * e]),
      graph.reshape(key, [batch, length, k * e]),
      graph.reshape(value, [batch, length, k * e]),
      cache.keys[layer]!,
      cache.values[layer]!,
      cache.lengths,
      cache.total,
      cos,
      sin,
      attributes,
    );
    graph.output(`cache.${layer}.key.new`, newKey!);
    graph.output(`cache.${layer}.value.new`, newValue!);
    return graph.reshape(output!, [rows(ids), h * e]);
  };
}

/** Cosines and sines of the rotary angles, [positions, E/2]. */
function rotaryTables(graph: Graph, config: LlamaConfig, positions: number) {
  const frequencies = rotaryFrequencies(config);
  const angles = Array.from({ length: positions }, (_, position) => position)
    .flatMap((position) => frequencies.map((frequency) => position * frequency));
  const table = (of: (angle: number) => number) =>
    graph.constant("float32", [positions, frequencies.length], angles.map(of));
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

/** 0 where a token may look, a large negative number where it may not. @returns [T, T] */
function causalMask(graph: Graph, length: string): Value {
  const { op } = graph;
  return graph.scope("mask", () => {
    const ones = graph.expand(graph.constant("int64", [1], [1]), [length]);
    const position = op.CumSum(ones, graph.constant("int64", [], [0]));
    const row = graph.reshape(position, [length, 1]);
    const column = graph.reshape(position, [1, length]);
    const hidden = graph.constant("float32", [], [-1e9]);
    return op.Where(op.LessOrEqual(column, row), 0, hidden);
  });
}

/** Name of the flattened row dimension. */
function rows(ids: Value): string | number {
  const [batch, length] = ids.shape as [string, string | number];
  return length === 1 ? batch : `${batch}*${length}`;
}
