/** Attention through a cache of keys and values, as generation needs it. Shape letters as in llama.ts. @module */
import type { Graph, Shape, Value } from "../onnx/mod.ts";
import type { DeviceName } from "../runtime/mod.ts";
import { type Attend, rotaryInputs, rows } from "./attention.ts";
import type { LlamaConfig } from "./config.ts";

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

/**
 * Size of heads in the cache, E: ONNX Runtime attends with multiples of 16 alone. In a smaller head each half, which
 * rotary positions turn against the other, has zeros behind it.
 */
export function cachedHeadSize({ head_dim }: Pick<LlamaConfig, "head_dim">): number {
  return 16 * Math.ceil(head_dim / 16);
}

/** Declares the cache's inputs. */
export function cacheInputs(graph: Graph, config: LlamaConfig): CacheInputs {
  const shape: Shape = ["batch", config.num_key_value_heads, "capacity", cachedHeadSize(config)];
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
  device: DeviceName,
): Attend {
  // CUDA has the one in 16 bits alone, and the processor takes longer for the other (decision 53).
  const form = device === "cuda" ? scattered : grouped;
  const attend = form(graph, config, ids, cache);
  return (layer, query, key, value) => {
    const { output, newKey, newValue } = attend(layer, query, key, value);
    graph.output(`cache.${layer}.key.new`, newKey);
    graph.output(`cache.${layer}.value.new`, newValue);
    const { num_attention_heads: h, head_dim: e } = config, size = cachedHeadSize(config);
    return narrowHeads(graph, graph.reshape(output, [rows(ids), h * size]), h, size, e);
  };
}

/** What a layer attends to and what the cache becomes: [B, T, H · E], [B, K, C, E]. */
type AttendCached = (layer: number, query: Value, key: Value, value: Value) => {
  readonly output: Value;
  readonly newKey: Value;
  readonly newValue: Value;
};

/** All of it by ONNX Runtime's own operator. */
function grouped(
  graph: Graph,
  config: LlamaConfig,
  ids: Value,
  cache: CacheInputs,
): AttendCached {
  const { num_attention_heads: h, num_key_value_heads: k, head_dim: e } = config;
  const [batch, length] = ids.shape as [string, string | number];
  const size = cachedHeadSize(config), { cos, sin } = rotaryInputs(graph, size);
  const attributes = { num_heads: h, kv_num_heads: k, do_rotary: 1, scale: 1 / Math.sqrt(e) };
  const widened = (x: Value, heads: number) =>
    graph.reshape(widenHeads(graph, x, heads, e, size), [batch, length, heads * size]);
  return (layer, query, key, value) => {
    const [output, newKey, newValue] = graph.op.GroupQueryAttention(
      widened(query, h),
      widened(key, k),
      widened(value, k),
      cache.keys[layer]!,
      cache.values[layer]!,
      cache.lengths,
      cache.total,
      cos,
      sin,
      attributes,
    );
    return { output: output!, newKey: newKey!, newValue: newValue! };
  };
}

/**
 * The same of ONNX's operators since version 24. A call of one token for each row puts it behind what the row has; a longer
 * one begins the cache, and attends over all of its padded length: what pads give is not read, and what they leave is
 * overwritten or hidden. The cache must hold numbers wherever nothing was put yet: they are multiplied by 0.
 */
function scattered(
  graph: Graph,
  config: LlamaConfig,
  ids: Value,
  cache: CacheInputs,
): AttendCached {
  const { op } = graph;
  const { num_attention_heads: h, num_key_value_heads: k, head_dim: e } = config;
  const [batch, length] = ids.shape as [string, string | number], isStep = length === 1;
  const size = cachedHeadSize(config), { cos, sin } = rotaryInputs(graph, size);
  const last = op.Cast(cache.lengths, { to: "int64" });
  const first = isStep ? last : op.Mul(last, graph.ints([0]));
  const positions = isStep ? graph.reshape(last, [batch, 1]) : graph.ints([0]);
  const seen = isStep
    ? op.Add(last, graph.ints([1]))
    : graph.expand(graph.size(length as string), [batch]);
  const heads = (x: Value, count: number) => {
    const wide = widenHeads(graph, x, count, e, size);
    if (isStep) return graph.reshape(wide, [batch, count, 1, size]);
    return op.Transpose(graph.reshape(wide, [batch, length, count, size]), { perm: [0, 2, 1, 3] });
  };
  const turned = (x: Value) => op.RotaryEmbedding(x, positions, cos, sin);
  const attributes = { scale: 1 / Math.sqrt(e), is_causal: isStep ? 0 : 1 };
  return (layer, query, key, value) => {
    const keys = turned(heads(key, k));
    const newKey = op.TensorScatter(cache.keys[layer]!, keys, first, { axis: 2 });
    const newValue = op.TensorScatter(cache.values[layer]!, heads(value, k), first, { axis: 2 });
    const mixed = op.Attention(turned(heads(query, h)), newKey, newValue, seen, attributes);
    const output = isStep ? mixed : op.Transpose(mixed, { perm: [0, 2, 1, 3] });
    return { output, newKey, newValue };
  };
}

/** Heads of a size with zeros behind each half: [N, heads · from] to [N, heads · to]. */
function widenHeads(graph: Graph, x: Value, heads: number, from: number, to: number): Value {
  if (from === to) return x;
  const halves = graph.reshape(x, [x.shape[0]!, 2 * heads, from / 2]);
  const zero = graph.constant("float32", [1, 1, 1], [0]);
  const zeros = graph.expand(zero, [x.shape[0]!, 2 * heads, (to - from) / 2]);
  return graph.reshape(graph.concat([halves, zeros], 2, to / 2), [x.shape[0]!, heads * to]);
}

/** The other way round. */
function narrowHeads(graph: Graph, x: Value, heads: number, from: number, to: number): Value {
  if (from === to) return x;
  const halves = graph.reshape(x, [x.shape[0]!, 2 * heads, from / 2]);
  const kept = graph.slice(halves, 2, graph.ints([0]), graph.ints([to / 2]), to / 2);
  return graph.reshape(kept, [x.shape[0]!, heads * to]);
}
