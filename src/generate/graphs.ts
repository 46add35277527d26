import { Graph, type Value } from "../onnx/mod.ts";
import {
  adapterShapes,
  cachedAttention,
  cacheInputs,
  decoder,
  type LlamaConfig,
  logits as head,
  parameterShapes,
  weightInputs,
} from "../models/mod.ts";

/** Fills the cache from prompts padded on the right: outputs only the cache. */
export function prefillGraph(config: LlamaConfig): Graph {
  const graph = new Graph("prefill");
  const weights = weightInputs(
    graph,
    new Map([...parameterShapes(config), ...adapterShapes(config)]),
  );
  const ids = graph.input("ids", "int64", ["batch", "length"]);
  const cache = cacheInputs(graph, config);
  decoder(graph, config, weights, ids, cachedAttention(graph, config, ids, cache));
  return graph;
}

/**
 * One token for every row: reads `ids` int64 [B, 1], writes `next` int64 [B, 1] and its log-probability
 * `logps` [B]. Sampling takes `uniforms` [B, 1] in [0, 1) and `inverse_temperature` [].
 */
export function decodeGraph(config: LlamaConfig, greedy: boolean): Graph {
  const graph = new Graph(greedy ? "decode/greedy" : "decode/sample");
  const weights = weightInputs(
    graph,
    new Map([...parameterShapes(config), ...adapterShapes(config)]),
  );
  const ids = graph.input("ids", "int64", ["batch", 1]);
  const cache = cacheInputs(graph, config);
  const attend = cachedAttention(graph, config, ids, cache);
  const scores = head(graph, config, weights, decoder(graph, config, weights, ids, attend));
  graph.scope("choose", () => {
    const { next, logps } = greedy ? chooseBest(graph, scores) : sample(graph, scores);
    graph.output("next", next);
    graph.output("logps", graph.reshape(logps, ["batch"]));
  });
  return graph;
}

function chooseBest(graph: Graph, scores: Value) {
  const { op } = graph;
  const next = op.ArgMax(scores, { axis: -1, keepdims: 1 });
  return { next, logps: op.GatherElements(op.LogSoftmax(scores, { axis: -1 }), next, { axis: 1 }) };
}

/** Inverse transform sampling: the token is the number of cumulated probabilities that are at most u. */
function sample(graph: Graph, scores: Value) {
  const { op } = graph;
  const uniforms = graph.input("uniforms", "float32", ["batch", 1]);
  const inverse = graph.input("inverse_temperature", "float32", []);
  const all = op.LogSoftmax(op.Mul(scores, inverse), { axis: -1 }); // [B, V]
  const cumulated = op.CumSum(op.Exp(all), graph.constant("int64", [], [1]));
  // Scaled by the last sum, which rounding keeps from being exactly 1, so that u < 1 never runs off the end.
  const last = op.Gather(cumulated, graph.ints([(scores.shape[1] as number) - 1]), { axis: 1 });
  const passed = op.LessOrEqual(cumulated, op.Mul(uniforms, last));
  const next = op.ReduceSum(op.Cast(passed, { to: "int64" }), graph.ints([1]));
  return { next, logps: op.GatherElements(all, next, { axis: 1 }) };
}
