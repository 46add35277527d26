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
  layerWeights,
  layoutFor,
  type LlamaConfig,
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

/** How a layer's passes are made. */
export interface PassOptions {
  /** As for {@linkcode splitPasses}. */
  readonly recompute?: boolean;
  /** Whether sums of gradients start here. */
  readonly fresh?: boolean;
  /** As for {@linkcode causalAttention}. */
  readonly blocks?: number;
  /** How many tokens products are laid out for; see {@linkcode layerLayout}. */
  readonly layout?: number;
}

/** How many tokens stand for all for which a layer's products are laid out alike. */
export function layerLayout(config: LlamaConfig, tokens: number): number {
  const shapes = [parameterShapes(config), adapterShapes(config)]
    .flatMap((all) => [...layerWeights(all, 0).values()]);
  return layoutFor(shapes, tokens);
}

/**
 * One layer: `x` to `y`, both [B, T, D]; and `dy` to `dx` and the gradients of the layer's weights, or of its
 * adapters where there are any. Weights have their names within the layer.
 *
 * @param config as {@linkcode layerConfig} gives it
 */
export function layerPasses(config: LlamaConfig, options: PassOptions): Passes {
  const { recompute = false, fresh = false, blocks = 1, layout } = options;
  const graph = new Graph("layer", layout === undefined ? {} : { "batch*length": layout });
  const dims = ["batch", "length", config.hidden_size] as const;
  const input = graph.input("x", "float32", dims);
  const rotary = rotaryInputs(graph, config.head_dim);
  const shapes = layerWeights(parameterShapes(config), 0);
  const adapterOnly = layerWeights(adapterShapes(config), 0);
  const weights = new Map([
    ...weightInputs(graph, config, shapes),
    ...weightInputs(graph, config, adapterOnly),
  ]);
  const trained = [...(config.adapter === undefined ? shapes : adapterOnly).keys()];

  const x = graph.reshape(input, ["batch*length", config.hidden_size]);
  const attend = causalAttention(graph, config, rotary, blocks);
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

/** Gives a gradient, or its sum with what was there; a product is added by the GEMM itself. */
export function give(
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
