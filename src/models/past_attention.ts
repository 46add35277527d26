/**
 * Attention as run-times other than ours feed it: what was seen before comes in as a tensor and goes out longer, and a
 * mask tells which tokens of a row are padding. Shape letters as in llama.ts; P tokens before, S = P + T in all.
 *
 * @module
 */
import type { Graph, Value } from "../onnx/mod.ts";
import { type Attend, attendTo, maskAfter, positions, rotaryInputs, rows } from "./attention.ts";
import type { LlamaConfig } from "./config.ts";

const BATCH = "batch_size";
const LENGTH = "sequence_length";
const PAST = "past_sequence_length";
const TOTAL = "total_sequence_length";

/** No row is that long. */
const NEVER = 2 ** 31 - 1;

/** Inputs of a decoder under the names that transformers' exporters gave them. */
export interface DecoderInputs {
  /** int64 [B, T]. */
  readonly ids: Value;
  /** 1 for tokens, 0 for padding on any side; int64 [B, S]. */
  readonly mask: Value;
  /** Of each token in its row, padding not counted; int64 [B, T]. */
  readonly positions: Value;
}

/** Declares them. */
export function decoderInputs(graph: Graph): DecoderInputs {
  return {
    ids: graph.input("input_ids", "int64", [BATCH, LENGTH]),
    mask: graph.input("attention_mask", "int64", [BATCH, TOTAL]),
    positions: graph.input("position_ids", "int64", [BATCH, LENGTH]),
  };
}

/**
 * Attention to `past_key_values.N.key` and `.value` [B, K, P, E] and to the tokens themselves; `present.N.key` and
 * `.value` [B, K, S, E] are outputs.
 */
export function pastAttention(
  graph: Graph,
  config: LlamaConfig,
  { ids, mask, positions }: DecoderInputs,
): Attend {
  const { op } = graph;
  const { num_attention_heads: h, num_key_value_heads: k, head_dim: e } = config;
  const past = (layer: number, part: string) =>
    graph.input(`past_key_values.${layer}.${part}`, "float32", [BATCH, k, PAST, e]);
  const pasts = Array.from({ length: config.num_hidden_layers }, (_, layer) => ({
    key: past(layer, "key"),
    value: past(layer, "value"),
  }));
  const { cos, sin } = rotaryInputs(graph, e, config.max_position_embeddings);
  const heads = (x: Value, count: number) =>
    op.Transpose(graph.reshape(x, [BATCH, LENGTH, count, e]), { perm: [0, 2, 1, 3] });
  const seen = graph.scope("mask", () => paddingMask(graph, mask));
  return (layer, query, key, value) => {
    const { key: pastKey, value: pastValue } = pasts[layer]!;
    const turned = (x: Value) => op.RotaryEmbedding(x, positions, cos, sin);
    const keys = graph.concat([pastKey, turned(heads(key, k))], 2, TOTAL);
    const values = graph.concat([pastValue, heads(value, k)], 2, TOTAL);
    graph.output(`present.${layer}.key`, keys);
    graph.output(`present.${layer}.value`, values);
    const mixed = attendTo(graph, config, turned(heads(query, h)), keys, values, seen);
    return graph.reshape(op.Transpose(mixed, { perm: [0, 2, 1, 3] }), [rows(ids), h * e]);
  };
}

/** What each token may not look at: padding, and what comes after it. @returns [B, 1, T, S] */
function paddingMask(graph: Graph, mask: Value): Value {
  const { op } = graph, all = graph.size(TOTAL), own = graph.size(LENGTH);
  const places = positions(graph, TOTAL);
  const row = graph.slice(places, 0, op.Sub(all, own), all, LENGTH);
  // Padding stands after every row.
  const column = op.Where(op.Less(0, mask), places, graph.constant("int64", [], [NEVER]));
  return maskAfter(
    graph,
    graph.reshape(row, [LENGTH, 1]),
    graph.reshape(column, [BATCH, 1, 1, TOTAL]),
  );
}
