import { Graph, type Value } from "../onnx/mod.ts";
import type { DeviceName } from "../runtime/mod.ts";
import { type Choice, type Rule, truncated } from "./truncation.ts";
import {
  adapterShapes,
  cachedAttention,
  cacheInputs,
  decoder,
  layoutFor,
  type LlamaConfig,
  logits as head,
  type Model,
  parameterShapes,
  type Project,
  projectLate,
  weightInputs,
  type WeightValues,
} from "../models/mod.ts";

/**
 * Fills the cache from prompts padded on the right: outputs only the cache.
 *
 * @param layout as for {@linkcode layoutOf}
 */
export function prefillGraph(config: LlamaConfig, device: DeviceName, layout?: number): Graph {
  const graph = new Graph("prefill", layout === undefined ? {} : { "batch*length": layout });
  const weights = modelInputs(graph, config);
  const ids = graph.input("ids", "int64", ["batch", "length"]);
  const cache = cacheInputs(graph, config);
  const attend = cachedAttention(graph, config, ids, cache, device);
  decoder(graph, config, weights, ids, attend, projectLate);
  return graph;
}

/**
 * One token for every row: reads `ids` int64 [B, 1], writes `next` int64 [B, 1], its log-probability `logps` [B], and
 * `defects` [B], 0 where all scores are finite, and NaN where one is not: shaders may compare, and so take the maximum of,
 * what is no number as they like, but add and multiply as IEEE 754 has it. Sampling takes `uniforms` [B, 1] in [0, 1),
 * `inverse_temperature` [] and the number [] of each rule.
 *
 * @param layout as for {@linkcode layoutOf}
 */
export function decodeGraph(
  config: LlamaConfig,
  choice: Choice,
  project: Project,
  device: DeviceName,
  layout?: number,
): Graph {
  const name = choice === "greedy" ? "decode/greedy" : "decode/sample";
  const graph = new Graph(name, layout === undefined ? {} : { batch: layout });
  const weights = modelInputs(graph, config);
  const ids = graph.input("ids", "int64", ["batch", 1]);
  const cache = cacheInputs(graph, config);
  const attend = cachedAttention(graph, config, ids, cache, device);
  const hidden = decoder(graph, config, weights, ids, attend, project);
  const scores = head(graph, config, weights, hidden, project);
  graph.scope("choose", () => {
    const { next, logps } = choice === "greedy"
      ? chooseBest(graph, scores)
      : sample(graph, scores, choice);
    graph.output("next", next);
    graph.output("logps", graph.reshape(logps, ["batch"]));
    graph.output("defects", defectsOf(graph, scores));
  });
  return graph;
}

/** How many tokens stand for all for which a model's products are laid out alike; only threads ask for it. */
export function layoutOf({ config, sessions }: Model, tokens: number): number | undefined {
  if (sessions.device !== "cpu") return undefined;
  return layoutFor(
    [...parameterShapes(config).values(), ...adapterShapes(config).values()],
    tokens,
  );
}

/** Declares the weights, and the adapters where there are any. */
function modelInputs(graph: Graph, config: LlamaConfig): WeightValues {
  return weightInputs(
    graph,
    config,
    new Map([...parameterShapes(config), ...adapterShapes(config)]),
  );
}

/** Σ 0 · score of each row [B]. Sums of zeros round nothing, so that they do not depend on threads. */
function defectsOf(graph: Graph, scores: Value): Value {
  const { op } = graph;
  return op.ReduceSum(op.Mul(scores, 0), graph.ints([1]), { keepdims: 0 });
}

function chooseBest(graph: Graph, scores: Value) {
  const { op } = graph;
  const next = op.ArgMax(scores, { axis: -1, keepdims: 1 });
  return { next, logps: op.GatherElements(op.LogSoftmax(scores, { axis: -1 }), next, { axis: 1 }) };
}

/**
 * Inverse transform sampling after the rules, which leave log-probabilities as they are: the token is the number of cumulated probabilities that are at most u. A large vocabulary
 * is cut into blocks, of which one is drawn and then a token in it, since cumulating all of it is slow.
 */
function sample(graph: Graph, scores: Value, rules: readonly Rule[]) {
  const { op } = graph;
  const uniforms = graph.input("uniforms", "float32", ["batch", 1]);
  const inverse = graph.input("inverse_temperature", "float32", []);
  const scaled = op.Mul(scores, inverse);
  const all = truncated(graph, scaled, op.Softmax(scaled, { axis: -1 }), rules); // [B, V]
  const size = scores.shape[1] as number, width = blockWidth(size), blocks = size / width;
  if (blocks === 1) {
    const { index, weight } = pick(graph, all, (total) => op.Mul(uniforms, total));
    return { next: index, logps: op.Log(weight) };
  }
  const grid = graph.reshape(all, ["batch", blocks, width]);
  const masses = op.ReduceSum(grid, graph.ints([2]), { keepdims: 0 });
  const block = pick(graph, masses, (total) => op.Mul(uniforms, total));
  const rows = graph.expand(graph.reshape(block.index, ["batch", 1, 1]), ["batch", 1, width]);
  const inBlock = graph.reshape(op.GatherElements(grid, rows, { axis: 1 }), ["batch", width]);
  const token = pick(graph, inBlock, () => block.rest);
  const next = op.Add(op.Mul(block.index, graph.ints([width])), token.index);
  return { next, logps: op.Log(token.weight) };
}

/**
 * The first of `weights` [B, n] up to which they sum to more than the target [B, 1], which is kept below their total, so
 * that rounding never picks a weight of 0; and what is left of the target there.
 */
function pick(graph: Graph, weights: Value, targetOf: (total: Value) => Value) {
  const { op } = graph;
  const cumulated = op.CumSum(weights, graph.constant("int64", [], [1]));
  const total = op.Gather(cumulated, graph.ints([(weights.shape[1] as number) - 1]), { axis: 1 });
  const target = op.Min(targetOf(total), op.Mul(total, 1 - 2 ** -22));
  const passed = op.Cast(op.LessOrEqual(cumulated, target), { to: "int64" });
  const index = op.ReduceSum(passed, graph.ints([1])); // [B, 1]
  const weight = op.GatherElements(weights, index, { axis: 1 });
  const before = op.Sub(op.GatherElements(cumulated, index, { axis: 1 }), weight);
  return { index, weight, rest: op.Sub(target, before) };
}

/** The divisor of a vocabulary's size that is nearest to its square root; small ones are not cut. */
function blockWidth(size: number): number {
  if (size < 1024) return size;
  let width = Math.floor(Math.sqrt(size));
  while (size % width !== 0) width--;
  return width < 32 ? size : size / width;
}
