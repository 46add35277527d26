import {
  formatShape,
  type Graph,
  type Node,
  reachableNodes,
  type Shape,
  type Value,
} from "../onnx/mod.ts";
import { GRADIENTS } from "./gradients.ts";

/**
 * Extends the graph with the gradients of `loss`.
 *
 * @param loss a scalar float32 value
 * @returns d loss / d x for every x of `wrt`, in the shape of x
 * @throws {RangeError} as {@linkcode pullback}, and when the loss is no scalar
 */
export function backward(graph: Graph, loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.shape.length > 0) {
    throw new RangeError(`Cannot differentiate a loss of shape ${formatShape(loss.shape)}`);
  }
  return pullback(graph, new Map([[loss, graph.constant("float32", [], [1])]]), wrt);
}

/**
 * Extends the graph with a vector-Jacobian product.
 *
 * Reverse-mode differentiation: nodes are visited from the results back, each asking its rule for the
 * gradients of what it read; contributions to one value are added.
 *
 * @param seeds the gradients of some values
 * @returns the gradients that these make for every x of `wrt`, in the shape of x
 * @throws {RangeError} when no result depends on one of `wrt`, or depends on it through an operator without
 *   a gradient
 */
export function pullback(
  graph: Graph,
  seeds: ReadonlyMap<Value, Value>,
  wrt: readonly Value[],
): Value[] {
  const nodes = reachableNodes(seeds.keys());
  const needed = dependents(graph, nodes, wrt);
  const gradients = new Map(seeds);
  for (const node of nodes.toReversed()) {
    const outputs = graph.valuesOf(node);
    const g = gradients.get(outputs[0]!);
    if (g === undefined || !node.inputs.some((input) => needed.has(input))) continue;
    const rule = GRADIENTS[node.op];
    if (typeof rule !== "function") {
      throw new RangeError(`Cannot differentiate ${node.name}: ${rule.none}`);
    }
    graph.scope(`gradient/${node.name}`, () => {
      const pulled = rule({ graph, node, inputs: node.inputs, outputs, g });
      node.inputs.forEach((input, i) => {
        const contribution = pulled[i];
        if (contribution === undefined || !needed.has(input)) return;
        const reduced = sumTo(graph, contribution, input.shape);
        const sum = gradients.get(input);
        gradients.set(input, sum === undefined ? reduced : graph.op.Add(sum, reduced));
      });
    });
  }
  return wrt.map((value) => {
    const gradient = gradients.get(value);
    if (gradient === undefined) {
      throw new RangeError(
        `Cannot differentiate: the loss does not depend on ${value.source.name}`,
      );
    }
    return gradient;
  });
}

/** The values that depend on one of `wrt`, these included: only their gradients are worth computing. */
function dependents(
  graph: Graph,
  nodes: readonly Node[],
  wrt: readonly Value[],
): ReadonlySet<Value> {
  const found = new Set(wrt);
  for (const node of nodes) {
    if (!node.inputs.some((input) => found.has(input))) continue;
    for (const output of graph.valuesOf(node)) found.add(output);
  }
  return found;
}

/** Sums a gradient over the dimensions along which its value was broadcast. */
export function sumTo(graph: Graph, gradient: Value, shape: Shape): Value {
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((dim, axis) =>
    axis < extra || (shape[axis - extra] === 1 && dim !== 1) ? [axis] : []
  );
  if (axes.length === 0) return gradient;
  const summed = graph.op.ReduceSum(gradient, graph.ints(axes));
  return graph.reshape(summed, shape);
}
