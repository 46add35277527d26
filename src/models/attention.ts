/**
 * Attention with rotary positions and grouped queries (arXiv 2305.13245), over whole rows and through a cache. Shape
 * letters as in llama.ts.
 *
 * @module
 */
import type { Graph, Shape, Value } from "../onnx/mod.ts";
import type { LlamaConfig } from "./config.ts";

/** How a layer attends: training sees whole rows, generation goes through a cache. */
export type Attend = (layer: number, query: Value, key: Value, value: Value) => Value;

/** Declares the tables of rotary angles, whose rows are positions. */
export function rotaryInputs(graph: Graph, config: LlamaConfig): Rotary {
  const shape = ["positions", config.head_dim / 2];
  return {
    cos: graph.input("rotary.cos", "float32", shape),
    sin: graph.input("rotary.sin", "float32", shape),
  };
}

/** Cosines and sines of the rotary angles, [positions, E/2]. */
export interface Rotary {
  readonly cos: Value;
  readonly sin: Value;
}

/** Causal attention over whole rows. Rows are padded on the right, where no real token looks. */
export function causalAttention(
  graph: Graph,
  config: LlamaConfig,
  { cos, sin }: Rotary,
): (query: Value, key: Value, value: Value) => Value {
  const { op } = graph;
  const batch = "batch", length = "length";
  const { num_attention_heads: h, num_key_value_heads: k, head_dim: e } = config;
  const start = graph.ints([0]);
  const heads = (x: Value, count: number) =>
    op.Transpose(graph.reshape(x, [batch, length, count, e]), { perm: [0, 2, 1, 3] });
  // Grouped queries: [B, K, H/K, T, E] against [B, K, 1, T, E]
  const grouped = (x: Value, count: number) =>
    h === k ? x : graph.reshape(x, [batch, k, count / k, length, e]);

  return (query, key, value) => {
    const mask = causalMask(graph, length); // [T, T]
    const q = grouped(op.RotaryEmbedding(heads(query, h), start, cos, sin), h);
    const ks = grouped(op.RotaryEmbedding(heads(key, k), start, cos, sin), k);
    const scores = op.FusedMatMul(q, ks, { transB: 1, alpha: 1 / Math.sqrt(e) });
    const probabilities = op.Softmax(op.Add(scores, mask), { axis: -1 }); // [B, H, T, T]
    const mixed = op.MatMul(probabilities, grouped(heads(value, k), k)); // [B, H, T, E]
    const back = graph.reshape(mixed, [batch, h, length, e]);
    const joined = op.Transpose(back, { perm: [0, 2, 1, 3] });
    return graph.reshape(joined, [`${batch}*${length}`, h * e]);
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

/** Declares the cache's inputs. */
export function cacheInputs(graph: Graph, config: LlamaConfig): CacheInputs {
  const shape: Shape = ["batch", config.num_key_value_heads, "capacity", config.head_dim];
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
): Attend {
  const { num_attention_heads: h, num_key_value_heads: k, head_dim: e } = config;
  const [batch, length] = ids.shape as [string, string | number];
  const { cos, sin } = rotaryInputs(graph, config);
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
export function rows(ids: Value): string | number {
  const [batch, length] = ids.shape as [string, string | number];
  return length === 1 ? batch : `${batch}*${length}`;
}
