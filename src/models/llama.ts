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
import { headName, layerPrefix, type LlamaConfig, MODELS } from "./config.ts";
import { BLOCK, scalesName, storedTypes } from "./precision.ts";

/** The values of weights by Hugging Face name. */
export type WeightValues = ReadonlyMap<string, Value>;

/** Declares weights as graph inputs, in the types that they are held in. */
export function weightInputs(
  graph: Graph,
  { precision }: Pick<LlamaConfig, "precision">,
  shapes: ReadonlyMap<string, readonly number[]>,
): WeightValues {
  return new Map(
    [...storedTypes(shapes, precision)].map(([name, { dtype, shape }]) =>
      [name, graph.input(name, dtype, shape)] as const
    ),
  );
}

/**
 * A weight as float32, whatever it is held in.
 *
 * @param after a value that is to be there first: ONNX Runtime would widen the weights of all layers before it begins,
 *   and hold them
 */
export function weight(graph: Graph, weights: WeightValues, name: string, after?: Value): Value {
  const { op } = graph, held = weights.get(name)!;
  if (held.dtype === "float32") return held;
  const narrow = after === undefined ? held : delay(graph, held, after);
  if (held.dtype === "float16") return op.Cast(narrow, { to: "float32" });
  const [out, blocks] = held.shape as [number, number];
  // DequantizeLinear does the same several times as slowly.
  const integers = held.dtype === "int8" ? op.Cast(narrow, { to: "float32" }) : op.Sub(
    op.Cast(
      op.Concat(
        op.BitwiseAnd(narrow, graph.constant("uint8", [], [15])),
        op.BitShift(narrow, graph.constant("uint8", [], [4]), { direction: "RIGHT" }),
        { axis: 2 },
      ),
      { to: "float32" },
    ),
    8,
  );
  const scales = graph.reshape(weights.get(scalesName(name))!, [out, blocks, 1]);
  return graph.reshape(op.Mul(integers, scales), [out, blocks * BLOCK]);
}

/** `x`, but not before `after`: its shape is made to depend on it. */
function delay(graph: Graph, x: Value, after: Value): Value {
  const { op } = graph, nothing = op.Shape(after, { start: 0, end: 0 });
  const shape = op.Concat(nothing, graph.ints(x.shape as readonly number[]), { axis: 0 });
  return graph.apply("Reshape", [x, shape], {}, [x])[0]!;
}

/** How a layer attends: training sees whole rows, generation goes through a cache. */
export type Attend = (layer: number, query: Value, key: Value, value: Value) => Value;

/** x W' for x [N, in] and W [out, in]. */
export type Product = (graph: Graph, x: Value, w: Value) => Value;

/** As one would write it: best for one row, and for hundreds. */
export function rowsFirst({ op }: Graph, x: Value, w: Value): Value {
  return op.FusedMatMul(x, w, { transB: 1 });
}

/**
 * (W x')': ONNX Runtime copies the right matrix of a product into panels first, and for a few dozen rows the weight is
 * the larger one by far.
 */
export function weightFirst({ op }: Graph, x: Value, w: Value): Value {
  return op.Transpose(op.FusedMatMul(w, x, { transB: 1 }), { perm: [1, 0] });
}

/** x W' for x [N, in] and the weight W [out, in] of a name, however it is held. */
export type Project = (graph: Graph, x: Value, weights: WeightValues, name: string) => Value;

/** Widens a weight for the whole run: for graphs of one layer. */
export function project(graph: Graph, x: Value, weights: WeightValues, name: string): Value {
  return rowsFirst(graph, x, weight(graph, weights, name));
}

/** Widens a weight when it is needed: for graphs of many layers. */
export function projectLate(product: Product): Project {
  return (graph, x, weights, name) => product(graph, x, weight(graph, weights, name, x));
}

/**
 * Multiplies with integers of four bits as they are, where these are built into the session (else ONNX Runtime unpacks
 * them on every run), and computes in float32; everything else by `otherwise`.
 */
export function projectIntegers(otherwise: Project): Project {
  return (graph, x, weights, name) => {
    const held = weights.get(name)!;
    if (held.dtype !== "uint8") return otherwise(graph, x, weights, name);
    const [out, blocks] = held.shape as [number, number];
    return graph.op.MatMulNBits(x, held, weights.get(scalesName(name))!, {
      K: blocks * BLOCK,
      N: out,
      bits: 4,
      block_size: BLOCK,
      accuracy_level: 1,
    });
  };
}

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
    const silu = op.Mul(gate, op.Sigmoid(gate));
    const up = linear(h, "mlp.up_proj");
    return op.Add(middle, linear(op.Mul(silu, up), "mlp.down_proj"));
  });
}

/** The low-rank part of a projection, α/r · (x A') B'; undefined where there is none (LoRA, arXiv 2106.09685). */
function adapter(
  { op }: Graph,
  config: LlamaConfig,
  weights: WeightValues,
  x: Value, // [N, in]
  name: string,
): Value | undefined {
  const down = weights.get(`${name}.lora_A.weight`), up = weights.get(`${name}.lora_B.weight`);
  if (down === undefined || up === undefined) return undefined;
  const { rank, alpha } = config.adapter!;
  const inner = op.FusedMatMul(x, down, { transB: 1 }); // [N, r]
  return op.FusedMatMul(inner, up, { transB: 1, alpha: alpha / rank });
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
    const own = layerWeights(weights, i);
    x = graph.scope(
      `layers.${i}`,
      () => decoderLayer(graph, config, own, x, (...qkv) => attend(i, ...qkv), by),
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
function rows(ids: Value): string | number {
  const [batch, length] = ids.shape as [string, string | number];
  return length === 1 ? batch : `${batch}*${length}`;
}
