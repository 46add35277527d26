/**
 * Graphs of the head: scores over a tile of the vocabulary at a time, and their gradient.
 *
 * Shape letters: B rows, T tokens, C completion tokens, D hidden, V vocabulary, R rows of the head in a tile.
 *
 * @module
 */
import { pullback } from "../autodiff/mod.ts";
import {
  embed,
  headName,
  type LlamaConfig,
  norm,
  parameterShapes,
  weight,
  weightInputs,
  type WeightValues,
} from "../models/mod.ts";
import { Graph, layoutRows, type Value } from "../onnx/mod.ts";
import { FINAL_NORM, give } from "./training_graphs.ts";

/** `x` [C, D]: the `hidden` states [B, T, D] at `places` int64 [C], normalized and divided by the temperature. */
export function headInputGraph(config: LlamaConfig): Graph {
  const graph = new Graph("head/input");
  graph.output("x", headInput(graph, config).x);
  return graph;
}

/** How many completion tokens, and rows of the head, products are laid out for; see {@linkcode tileSizes}. */
export type TileSizes = Readonly<Record<string, number>>;

/** The sizes that stand for all for which a tile's products are laid out alike. */
export function tileSizes({ hidden_size }: LlamaConfig, tokens: number, rows: number): TileSizes {
  // Whether there are more terms than one sum takes matters of the rows, beside what they are as columns.
  return { chosen: layoutRows(tokens, [rows, hidden_size]), tile: rows };
}

/**
 * `logits` [C, R] of `x` for the `rows` int64 [R] of the head; and, with those of the tiles before, each [C, 1]:
 * `max.new`, `sum.new` = Σ exp(logit - max), and the label's score `picked.new`. The label is the tile's
 * `index` int64 [C, 1], if `inside` is 1 and not 0.
 *
 * @param first whether there are no tiles before
 */
export function tileGraph(config: LlamaConfig, first: boolean, sizes: TileSizes = {}): Graph {
  const graph = new Graph("head/tile", sizes);
  const { op } = graph, axis = graph.ints([1]);
  const column = (name: string) => graph.input(name, "float32", ["chosen", 1]);
  const x = graph.input("x", "float32", ["chosen", config.hidden_size]);
  const index = graph.input("index", "int64", ["chosen", 1]);
  const logits = graph.product(x, tileOf(graph, config).w, { transB: true });
  graph.output("logits", logits);

  const before = first
    ? undefined
    : { max: column("max"), sum: column("sum"), picked: column("picked") };
  const largest = op.ReduceMax(logits, axis);
  const max = before === undefined ? largest : op.Max(before.max, largest);
  const sum = op.ReduceSum(op.Exp(op.Sub(logits, max)), axis);
  const picked = op.Mul(column("inside"), op.GatherElements(logits, index, { axis: 1 }));
  const rescaled = before && op.Mul(before.sum, op.Exp(op.Sub(before.max, max)));
  graph.output("max.new", max);
  graph.output("sum.new", rescaled === undefined ? sum : op.Add(rescaled, sum));
  graph.output("picked.new", before === undefined ? picked : op.Add(before.picked, picked));
  return graph;
}

/**
 * What the gradient of the head is made of, from the gradient `g` [C, 1] of the log-probabilities:
 * `scaled` [C, D] = -g x / sum, and `labels.gradient` [C, D] = g x, to be added at the labels.
 */
export function headGradientGraph(config: LlamaConfig): Graph {
  const graph = new Graph("head/gradient");
  const { op } = graph;
  const x = graph.input("x", "float32", ["chosen", config.hidden_size]);
  const g = graph.input("g", "float32", ["chosen", 1]);
  const sum = graph.input("sum", "float32", ["chosen", 1]);
  graph.output("scaled", op.Mul(x, op.Neg(op.Div(g, sum))));
  graph.output("labels.gradient", op.Mul(x, g));
  return graph;
}

/**
 * A tile's part of the gradients: `expected.new` [C, D] = expected + exp(logits - max) W, and unless the head is frozen its
 * gradient for the tile's rows, exp(logits - max)' scaled, in a sum that is bound in place.
 *
 * @param first whether `expected` starts here
 * @param fresh whether the sum of gradients does
 */
export function tileBackwardGraph(
  config: LlamaConfig,
  first: boolean,
  fresh: boolean,
  sizes: TileSizes = {},
): Graph {
  const graph = new Graph("head/tile_backward", sizes);
  const { op } = graph, head = headName(config);
  const { w, rows } = tileOf(graph, config);
  const logits = graph.input("logits", "float32", ["chosen", "tile"]);
  const max = graph.input("max", "float32", ["chosen", 1]);
  const unnormalized = op.Exp(op.Sub(logits, max)); // the probabilities times sum
  const expected = () => graph.input("expected", "float32", ["chosen", config.hidden_size]);
  const part = graph.product(unnormalized, w);
  graph.output("expected.new", first ? part : op.Add(expected(), part));
  if (config.adapter !== undefined) return graph;
  const scaled = graph.input("scaled", "float32", ["chosen", config.hidden_size]);
  const gradient = graph.input(`g:${head}`, "float32", [config.vocab_size, config.hidden_size]);
  const own = graph.product(unnormalized, scaled, { transA: true });
  const at = graph.reshape(rows, ["tile", 1]);
  const attributes = fresh ? {} : { reduction: "add" };
  graph.output(`g:${head}.new`, op.ScatterND(gradient, at, own, attributes));
  return graph;
}

/**
 * From `g` [C, 1] and the `expected` rows of the head to the gradient of the hidden states, `hidden.gradient`
 * [B, T, D], and that of the last norm unless it is frozen: d logits = g (onehot(label) - softmax(logits)), whose
 * product with the head is g (W[label] - expected / sum).
 */
export function headBackwardGraph(config: LlamaConfig, fresh: boolean): Graph {
  const graph = new Graph("head/backward");
  const { op } = graph, head = headName(config);
  const { hidden, places, selected, x, scale } = headInput(graph, config);
  const labels = graph.input("labels", "int64", ["chosen", 1]);
  const g = graph.input("g", "float32", ["chosen", 1]);
  const sum = graph.input("sum", "float32", ["chosen", 1]);
  const expected = graph.input("expected", "float32", ["chosen", config.hidden_size]);
  const weights = weightInputs(graph, config, shapeOf(config, head));
  const dx = op.Mul(op.Sub(embed(graph, weights, labels, head), op.Div(expected, sum)), g);
  const trained = config.adapter === undefined;
  const [dh, dscale] = pullback(graph, new Map([[x, dx]]), [selected, ...trained ? [scale] : []]);
  const results = new Map<string, Value>();
  if (trained) give(graph, FINAL_NORM, dscale!, fresh, results);
  const zeros = graph.expand(
    graph.constant("float32", [1, 1], [0]),
    ["batch*length", config.hidden_size],
  );
  const rows = graph.reshape(places, ["chosen", 1]);
  const gradient = op.ScatterND(zeros, rows, dh!, {});
  results.set("hidden.gradient", graph.reshape(gradient, hidden.shape));
  for (const [name, value] of results) graph.output(name, value);
  return graph;
}

/** What the head reads, and from what. */
function headInput(graph: Graph, config: LlamaConfig) {
  const hidden = graph.input("hidden", "float32", ["batch", "length", config.hidden_size]);
  const places = graph.input("places", "int64", ["chosen"]);
  const inverse = graph.input("inverse_temperature", "float32", []);
  const scale = weightInputs(graph, config, shapeOf(config, FINAL_NORM)).get(FINAL_NORM)!;
  const flat = graph.reshape(hidden, ["batch*length", config.hidden_size]);
  const selected = graph.op.Gather(flat, places); // [C, D]
  const x = graph.op.Mul(norm(graph, config, selected, scale), inverse);
  return { hidden, places, selected, x, scale };
}

/** The head's `rows`, as float32 `w` [R, D]. */
function tileOf(graph: Graph, config: LlamaConfig): { rows: Value; w: Value } {
  const head = headName(config), rows = graph.input("rows", "int64", ["tile"]);
  const whole = weightInputs(graph, config, shapeOf(config, head));
  const held: WeightValues = new Map(
    [...whole].map(([name, value]) => [name, graph.op.Gather(value, rows)] as const),
  );
  return { rows, w: weight(graph, held, head) };
}

function shapeOf(config: LlamaConfig, name: string) {
  return new Map([[name, parameterShapes(config).get(name)!]]);
}
