/**
 * Attention with rotary positions and grouped queries (arXiv 2305.13245), over whole rows; through a cache
 * in cached_attention.ts. Shape letters as in llama.ts.
 *
 * @module
 */
import { type Dim, type Graph, multiply, type Value } from "../onnx/mod.ts";
import type { LlamaConfig } from "./config.ts";

/** How a layer attends: training sees whole rows, generation goes through a cache. */
export type Attend = (layer: number, query: Value, key: Value, value: Value) => Value;

/** Declares the tables of rotary angles, whose rows are positions, for heads of a size. */
export function rotaryInputs(graph: Graph, headSize: number, count: Dim = "positions"): Rotary {
  const shape = [count, headSize / 2];
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

/**
 * Causal attention over whole rows. Rows are padded on the right, where no real token looks.
 *
 * @param blocks how many parts the queries are taken in: each meets the keys up to its end alone, so that of the scores
 *   (blocks + 1) / (2 blocks) are computed and kept; see {@linkcode blocksOf}
 */
export function causalAttention(
  graph: Graph,
  config: LlamaConfig,
  { cos, sin }: Rotary,
  blocks = 1,
): (query: Value, key: Value, value: Value) => Value {
  const { op } = graph;
  const batch = "batch", length = "length";
  const { num_attention_heads: h, num_key_value_heads: k, head_dim: e } = config;
  const start = graph.ints([0]);
  const heads = (x: Value, count: number) =>
    op.Transpose(graph.reshape(x, [batch, length, count, e]), { perm: [0, 2, 1, 3] });

  return (query, key, value) => {
    const q = op.RotaryEmbedding(heads(query, h), start, cos, sin); // [B, H, T, E]
    const ks = op.RotaryEmbedding(heads(key, k), start, cos, sin); // [B, K, T, E]
    const vs = heads(value, k);
    const position = positions(graph, length);
    const mixed = splitRows(graph, length, blocks).map(({ from, to, size, seen }) => {
      const rows = (x: Value, axis: number) => graph.slice(x, axis, from, to, size);
      const before = (x: Value, axis: number) => graph.slice(x, axis, start, to, seen);
      const mask = causalMask(graph, rows(position, 0), before(position, 0)); // [t, s]
      return attendTo(graph, config, rows(q, 2), before(ks, 2), before(vs, 2), mask);
    });
    const joined = op.Transpose(graph.concat(mixed, 2, length), { perm: [0, 2, 1, 3] });
    return graph.reshape(joined, [`${batch}*${length}`, h * e]);
  };
}

/**
 * What queries make of keys and values.
 *
 * @param mask is added to the scores
 * @returns [B, H, t, E]
 */
export function attendTo(
  graph: Graph,
  { num_attention_heads: h, num_key_value_heads: k, head_dim: e }: LlamaConfig,
  query: Value, // [B, H, t, E]
  keys: Value, // [B, K, s, E]
  values: Value, // [B, K, s, E]
  mask: Value, // [t, s] or [B, 1, t, s]
): Value {
  const { op } = graph;
  const [batch, , size] = query.shape as [Dim, Dim, Dim], seen = keys.shape[2]!;
  // The queries that share a key are rows of one product: [B, K, G·t, E] against [B, K, s, E], for G = H/K.
  const shared = multiply([h / k, size]);
  const own = graph.reshape(query, [batch, k, shared, e]);
  const scores = op.FusedMatMul(own, keys, { transB: 1, alpha: 1 / Math.sqrt(e) });
  const apart = graph.reshape(scores, [batch, h, size, seen]);
  const probabilities = op.Softmax(op.Add(apart, mask), { axis: -1 });
  const together = graph.reshape(probabilities, [batch, k, shared, seen]);
  return graph.reshape(op.MatMul(together, values), [batch, h, size, e]);
}

/** Queries in a block, about: fewer would make the products small. */
const BLOCK_ROWS = 128;

/** How many blocks pay for rows of a length: what is skipped has to be worth the copies. */
export function blocksOf(length: number): number {
  return length < 3 * BLOCK_ROWS ? 1 : Math.min(8, Math.floor(length / BLOCK_ROWS));
}

/** The symbolic sizes of the blocks of {@linkcode causalAttention}. */
export function blockSizes(length: number, blocks: number): Record<string, number> {
  const most = Math.ceil(length / blocks);
  const ends = Array.from({ length: blocks }, (_, i) => Math.min(length, (i + 1) * most));
  return Object.fromEntries(
    ends.flatMap((end, i) => [[`block.${i}`, end - i * most], [`seen.${i}`, end]]),
  );
}

/** A block of queries: rows `from` to `to`, int64 [1] each; how many, and how many keys they see. */
interface Block {
  readonly from: Value;
  readonly to: Value;
  readonly size: Dim;
  readonly seen: Dim;
}

/** As {@linkcode blockSizes}, in the graph. */
function splitRows(graph: Graph, length: string, blocks: number): Block[] {
  const { op } = graph, whole = graph.size(length);
  if (blocks === 1) return [{ from: graph.ints([0]), to: whole, size: length, seen: length }];
  const most = op.Div(op.Add(whole, graph.ints([blocks - 1])), graph.ints([blocks]));
  return Array.from({ length: blocks }, (_, i) => {
    const last = i === blocks - 1, size = `block.${i}`, seen = last ? length : `seen.${i}`;
    const from = op.Mul(most, graph.ints([i]));
    const to = last ? whole : op.Mul(most, graph.ints([i + 1]));
    graph.define(size, op.Sub(to, from));
    if (!last) graph.define(seen, to);
    return { from, to, size, seen };
  });
}

/** 1, 2, 3, … int64 [length]. */
export function positions(graph: Graph, length: string): Value {
  const ones = graph.expand(graph.constant("int64", [1], [1]), [length]);
  return graph.op.CumSum(ones, graph.constant("int64", [], [0]));
}

/** @returns [rows, columns] */
function causalMask(
  graph: Graph,
  rows: Value, // int64 [rows]
  columns: Value, // int64 [columns]
): Value {
  return graph.scope("mask", () => {
    const row = graph.reshape(rows, [rows.shape[0]!, 1]);
    const column = graph.reshape(columns, [1, columns.shape[0]!]);
    return maskAfter(graph, row, column);
  });
}

/** 0 where a token may look, a large negative number where a column comes after its row. */
export function maskAfter(graph: Graph, row: Value, column: Value): Value {
  const { op } = graph, hidden = graph.constant("float32", [], [-1e9]);
  return op.Where(op.LessOrEqual(column, row), 0, hidden);
}

/** Name of the flattened row dimension. */
export function rows(ids: Value): string | number {
  const [batch, length] = ids.shape as [string, string | number];
  return length === 1 ? batch : `${batch}*${length}`;
}
