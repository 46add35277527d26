/**
 * The graphs of a training step, small enough to build in a moment: one layer's passes serve all layers.
 *
 * Gradients are sums: a backward graph takes `g:NAME` and gives `g:NAME.new`, which are bound to one tensor. A `fresh`
 * one starts the sums and takes none.
 *
 * @module
 */
import { type Passes, pullback, splitPasses } from "../autodiff/mod.ts";
import {
  adapterShapes,
  causalAttention,
  decoderLayer,
  embed,
  headName,
  layerWeights,
  type LlamaConfig,
  logits as score,
  norm,
  parameterShapes,
  rotaryInputs,
  weight,
  weightInputs,
} from "../models/mod.ts";
import { Graph, type Value } from "../onnx/mod.ts";

/** Name of the embedding in a checkpoint. */
export const EMBEDDING = "model.embed_tokens.weight";
/** Name of the last norm in a checkpoint. */
export const FINAL_NORM = "model.norm.weight";

/** `ids` int64 [B, T] to `x` [B, T, D]. */
export function embedGraph(config: LlamaConfig): Graph {
  const graph = new Graph("embed");
  const ids = graph.input("ids", "int64", ["batch", "length"]);
  const weights = weightInputs(graph, config, only(config, EMBEDDING));
  const x = embed(graph, weights, ids);
  graph.output("x", graph.reshape(x, ["batch", "length", config.hidden_size]));
  return graph;
}

/**
 * Adds `updates` [B, T, D] to `sum` [V, D] at `rows` int64 [B, T], giving `sum.new`: in place, it costs no more than the rows.
 *
 * @param fresh whether the sum starts here
 */
export function addRowsGraph(config: LlamaConfig, fresh: boolean): Graph {
  const graph = new Graph("add_rows");
  const rows = graph.input("rows", "int64", ["batch", "length"]);
  const updates = graph.input("updates", "float32", ["batch", "length", config.hidden_size]);
  const shape = [config.vocab_size, config.hidden_size];
  const sum = fresh
    ? graph.expand(graph.constant("float32", [1, 1], [0]), shape)
    : graph.input("sum", "float32", shape);
  const indices = graph.reshape(rows, ["batch", "length", 1]);
  graph.output("sum.new", graph.op.ScatterND(sum, indices, updates, { reduction: "add" }));
  return graph;
}

/**
 * One layer: `x` to `y`, both [B, T, D]; and `dy` to `dx` and the gradients of the layer's weights, or of its
 * adapters where there are any. Weights have their names within the layer.
 */
export function layerPasses(config: LlamaConfig, recompute: boolean, fresh = false): Passes {
  const graph = new Graph("layer");
  const dims = ["batch", "length", config.hidden_size] as const;
  const input = graph.input("x", "float32", dims);
  const rotary = rotaryInputs(graph, config);
  const shapes = layerWeights(parameterShapes(config), 0);
  const adapterOnly = layerWeights(adapterShapes(config), 0);
  const weights = new Map([
    ...weightInputs(graph, config, shapes),
    ...weightInputs(graph, config, adapterOnly),
  ]);
  const trained = [...(config.adapter === undefined ? shapes : adapterOnly).keys()];

  const x = graph.reshape(input, ["batch*length", config.hidden_size]);
  const attend = causalAttention(graph, config, rotary);
  const y = decoderLayer(graph, config, weights, x, attend);
  const output = graph.reshape(y, dims);

  const seeds = new Map([[output, graph.input("dy", "float32", dims)]]);
  // The gradient of a float16 weight is that of the float32 number it stands for.
  const values = trained.map((name) => weight(graph, weights, name));
  const [dx, ...gradients] = pullback(graph, seeds, [input, ...values]);
  const results = new Map([["dx", dx!]]);
  trained.forEach((name, i) => give(graph, name, gradients[i]!, fresh, results));
  return splitPasses(graph, new Map([["y", output]]), results, recompute);
}

/**
 * Scores of the tokens at `places` int64 [C] of `hidden` [B, T, D]: `logits` [C, V], divided by the temperature.
 */
export function logitsGraph(config: LlamaConfig): Graph {
  const graph = new Graph("head/logits");
  const { x, weights } = headInputs(graph, config);
  graph.output("logits", score(graph, config, weights, x));
  return graph;
}

/** Log-probabilities `logps` [C] of `labels` int64 [C, 1] under softmax(`logits`). */
export function logpsGraph(): Graph {
  const graph = new Graph("head/logps");
  const { op } = graph;
  const logits = graph.input("logits", "float32", ["chunk", "vocabulary"]);
  const labels = graph.input("labels", "int64", ["chunk", 1]);
  const logps = op.GatherElements(op.LogSoftmax(logits, { axis: -1 }), labels, { axis: 1 });
  graph.output("logps", graph.reshape(logps, ["chunk"]));
  return graph;
}

/**
 * From `logps.gradient` [C, 1] to `hidden.gradient` [B, T, D], a sum, and those of the head and the last norm
 * unless they are frozen: d logits = g (onehot(label) - softmax(logits)). Neither the onehots nor a product with g is
 * made as a matrix over the vocabulary: the former are rows of the head, and `labels.gradient` [C, 1, D], to be added to
 * the head's gradient at the labels.
 *
 * @param first whether the sum of hidden gradients starts here
 */
export function headBackwardGraph(config: LlamaConfig, first: boolean, fresh: boolean): Graph {
  const graph = new Graph("head/backward");
  const { op } = graph, head = headName(config);
  const { hidden, selected, x, weights, places } = headInputs(graph, config);
  const logits = graph.input("logits", "float32", ["chunk", config.vocab_size]);
  const labels = graph.input("labels", "int64", ["chunk", 1]);
  const g = graph.input("logps.gradient", "float32", ["chunk", 1]);
  const probabilities = op.Softmax(logits, { axis: -1 });
  const expected = op.MatMul(probabilities, weight(graph, weights, head)); // [C, D]
  const dx = op.Mul(op.Sub(embed(graph, weights, labels, head), expected), g);

  const results = new Map<string, Value>();
  const trained = config.adapter === undefined, scale = weights.get(FINAL_NORM)!;
  const [dh, dscale] = pullback(graph, new Map([[x, dx]]), [selected, ...trained ? [scale] : []]);
  if (trained) {
    const gx = op.Mul(x, g);
    const product = op.FusedMatMul(probabilities, op.Neg(gx), { transA: 1 });
    give(graph, FINAL_NORM, dscale!, fresh, results);
    give(graph, head, product, fresh, results);
    results.set("labels.gradient", graph.reshape(gx, ["chunk", 1, config.hidden_size]));
  }
  const flat = ["batch*length", config.hidden_size];
  const sum = first
    ? graph.expand(graph.constant("float32", [1, 1, 1], [0]), hidden.shape)
    : graph.input("hidden.gradient", "float32", hidden.shape);
  const rows = graph.reshape(places, ["chunk", 1]);
  const added = op.ScatterND(graph.reshape(sum, flat), rows, dh!, { reduction: "add" });
  results.set("hidden.gradient.new", graph.reshape(added, hidden.shape));
  for (const [name, value] of results) graph.output(name, value);
  return graph;
}

/** What the head reads: `x` [C, D], the normalized hidden states at `places`, divided by the temperature. */
function headInputs(graph: Graph, config: LlamaConfig) {
  const hidden = graph.input("hidden", "float32", ["batch", "length", config.hidden_size]);
  const places = graph.input("places", "int64", ["chunk"]);
  const inverse = graph.input("inverse_temperature", "float32", []);
  const weights = weightInputs(graph, config, only(config, FINAL_NORM, headName(config)));
  const flat = graph.reshape(hidden, ["batch*length", config.hidden_size]);
  const selected = graph.op.Gather(flat, places); // [C, D]
  const normed = norm(graph, config, selected, weights.get(FINAL_NORM)!);
  return { hidden, selected, x: graph.op.Mul(normed, inverse), weights, places };
}

/** Gives a gradient, or its sum with what was there; a product is added by the GEMM itself. */
function give(
  graph: Graph,
  name: string,
  gradient: Value,
  fresh: boolean,
  results: Map<string, Value>,
): void {
  const sum = () => gradientInput(graph, name, gradient.shape as readonly number[]);
  results.set(`g:${name}.new`, fresh ? gradient : sumOf(graph, sum(), gradient));
}

function sumOf({ op }: Graph, sum: Value, gradient: Value): Value {
  const { source } = gradient;
  if (source.kind !== "op" || source.op !== "FusedMatMul" || gradient.shape.length !== 2) {
    return op.Add(sum, gradient);
  }
  const { transA = 0, transB = 0, alpha = 1 } = source.attributes as Record<string, number>;
  return op.Gemm(source.inputs[0]!, source.inputs[1]!, sum, { transA, transB, alpha, beta: 1 });
}

function gradientInput(graph: Graph, name: string, shape: readonly number[]): Value {
  return graph.input(`g:${name}`, "float32", shape);
}

function only(config: LlamaConfig, ...names: readonly string[]) {
  const shapes = parameterShapes(config);
  return new Map(names.map((name) => [name, shapes.get(name)!]));
}
