import { extract } from "./extract.ts";
import type { Graph, Node, Value } from "./graph.ts";
import { type OpDefinition, type OpName, OPS } from "./ops.ts";

/** Makes of standard operators what a node computes. */
type Rule = (graph: Graph, inputs: readonly Value[], node: Node) => Value;

/** Operators that ONNX Runtime alone has, in standard ones. */
const RULES: Partial<Record<OpName, Rule>> = {
  QuickGelu({ op }, [x], { attributes: { alpha } }) {
    return op.Mul(x!, op.Sigmoid(alpha === 1 ? x! : op.Mul(x!, alpha as number)));
  },
  FusedMatMul(graph, [a, b], { attributes }) {
    const { transA = 0, transB = 0, alpha = 1 } = attributes;
    if (a!.shape.length === 2 && b!.shape.length === 2) {
      return graph.apply("Gemm", [a!, b!], attributes)[0]!;
    }
    const turned = (x: Value, turn: unknown) => turn === 1 ? swapped(graph, x) : x;
    const product = graph.op.MatMul(turned(a!, transA), turned(b!, transB));
    return alpha === 1 ? product : graph.op.Mul(product, alpha as number);
  },
  SimplifiedLayerNormalization(graph, [x, scale], { attributes: { epsilon } }) {
    const { op } = graph;
    const mean = op.ReduceMean(op.Mul(x!, x!), graph.ints([-1]));
    return op.Mul(op.Div(x!, op.Sqrt(op.Add(mean, epsilon as number))), scale!);
  },
  /** The halves of each head turn against each other. */
  RotaryEmbedding(graph, [x, positions, cosines, sines]) {
    const { op } = graph, size = x!.shape.at(-1) as number, half = size / 2;
    if (positions!.shape.length !== 2 || x!.shape.length !== 4) {
      throw new TypeError("Cannot rotate: what is portable has a position for each token");
    }
    const [rows, length] = positions!.shape;
    const table = (all: Value) =>
      graph.reshape(op.Gather(all, positions!), [rows!, 1, length!, half]);
    const part = (from: number, to: number) =>
      graph.slice(x!, 3, graph.ints([from]), graph.ints([to]), half);
    const cos = table(cosines!),
      sin = table(sines!),
      first = part(0, half),
      last = part(half, size);
    return graph.concat(
      [
        op.Sub(op.Mul(first, cos), op.Mul(last, sin)),
        op.Add(op.Mul(last, cos), op.Mul(first, sin)),
      ],
      3,
      size,
    );
  },
};

/**
 * The graph in the operators of the ONNX standard, so that any run-time takes it.
 *
 * @throws {TypeError} when an operator has no standard form
 */
export function portable(graph: Graph): Graph {
  const made = extract(graph, graph.name, graph.outputs, new Map(), (made, node, inputs) => {
    const rule = RULES[node.op], definition: OpDefinition = OPS[node.op];
    if (rule !== undefined) return [made.scope(node.name, () => rule(made, inputs, node))];
    if (definition.domain === undefined) return undefined;
    throw new TypeError(`Cannot write ${node.name} in standard operators`);
  });
  const order = new Map(graph.inputs.map(({ source: { name } }, place) => [name, place]));
  made.inputs.sort((a, b) => order.get(a.source.name)! - order.get(b.source.name)!);
  return made;
}

function swapped({ op }: Graph, x: Value): Value {
  const axes = x.shape.map((_, axis) => axis);
  return op.Transpose(x, { perm: [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!] });
}
