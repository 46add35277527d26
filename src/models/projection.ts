/** Weights in graphs, in whatever they are held, and products with them. @module */
import { type Graph, layoutRows, type Value } from "../onnx/mod.ts";
import type { LlamaConfig } from "./config.ts";
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
  const integers = held.dtype === "int8"
    ? op.Cast(narrow, { to: "float32" })
    : op.Sub(op.Cast(op.Concat(...nibbles(graph, narrow), { axis: 2 }), { to: "float32" }), 8);
  const scales = graph.reshape(weights.get(scalesName(name))!, [out, blocks, 1]);
  return graph.reshape(op.Mul(integers, scales), [out, blocks * BLOCK]);
}

/** The low four bits of bytes, and the high ones: CUDA has no masks and shifts for them, and division is as fast. */
function nibbles(graph: Graph, bytes: Value): [low: Value, high: Value] {
  const { op } = graph, sixteen = graph.constant("uint8", [], [16]);
  const high = op.Div(bytes, sixteen);
  return [op.Sub(bytes, op.Mul(high, sixteen)), high];
}

/** `x`, but not before `after`: its shape is made to depend on it. */
function delay(graph: Graph, x: Value, after: Value): Value {
  const { op } = graph, nothing = op.Shape(after, { start: 0, end: 0 });
  const shape = op.Concat(nothing, graph.ints(x.shape as readonly number[]), { axis: 0 });
  return graph.apply("Reshape", [x, shape], {}, [x])[0]!;
}

/** x W' for x [N, in] and the weight W [out, in] of a name, however it is held. */
export type Project = (graph: Graph, x: Value, weights: WeightValues, name: string) => Value;

/** Widens a weight for the whole run: for graphs of one layer. */
export function project(graph: Graph, x: Value, weights: WeightValues, name: string): Value {
  return graph.product(x, weight(graph, weights, name), { transB: true });
}

/** Widens a weight when it is needed: for graphs of many layers. */
export function projectLate(graph: Graph, x: Value, weights: WeightValues, name: string): Value {
  return graph.product(x, weight(graph, weights, name, x), { transB: true });
}

/**
 * Multiplies with integers of four bits as they are, where these are built into the session (else ONNX Runtime unpacks
 * them on every run), and computes in float32; everything else as {@linkcode projectLate}.
 */
export function projectIntegers(
  graph: Graph,
  x: Value,
  weights: WeightValues,
  name: string,
): Value {
  const held = weights.get(name)!;
  if (held.dtype !== "uint8") return projectLate(graph, x, weights, name);
  const [out, blocks] = held.shape as [number, number];
  return graph.op.MatMulNBits(x, held, weights.get(scalesName(name))!, {
    K: blocks * BLOCK,
    N: out,
    bits: 4,
    block_size: BLOCK,
    accuracy_level: 1,
  });
}

/** How many rows stand for all that products with matrices of these shapes lay out alike; see {@linkcode layoutRows}. */
export function layoutFor(shapes: Iterable<readonly number[]>, rows: number): number {
  return layoutRows(rows, [...new Set([...shapes].filter((shape) => shape.length === 2).flat())]);
}
