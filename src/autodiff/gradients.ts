/**
 * Gradient rules: for each operator, the vector-Jacobian product of its inputs.
 *
 * A rule may give a gradient in the broadcast shape of the output; {@linkcode backward} sums it back to
 * the shape of the input, and adds up gradients of a value that is used more than once.
 *
 * @module
 */
import type { Graph, Node, Operators, OpName, Value } from "../onnx/mod.ts";
import { formatShape } from "../onnx/mod.ts";

/** What a rule works with: the node, its outputs, and the gradients that reached them. */
export interface Pullback {
  readonly graph: Graph;
  readonly node: Node;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Gradient of the first output; rules of operators with one output need no other. */
  readonly g: Value;
}

/** Gradients of a node's inputs (undefined: none), or why the operator has none. */
export type Gradient =
  | ((pullback: Pullback) => readonly (Value | undefined)[])
  | { readonly none: string };

const BOOLEAN: Gradient = { none: "its output is boolean" };
const INTEGER: Gradient = { none: "its output is an integer" };

/** A forgotten operator does not compile. */
export const GRADIENTS: Readonly<Record<OpName, Gradient>> = {
  Add: ({ g }) => [g, g],
  Sub: ({ graph: { op }, g }) => [g, op.Neg(g)],
  Mul: ({ graph: { op }, inputs: [a, b], g }) => [op.Mul(g, b!), op.Mul(g, a!)],
  Div: ({ graph: { op }, inputs: [, b], outputs: [y], g }) => {
    const ga = op.Div(g, b!);
    return [ga, op.Neg(op.Mul(ga, y!))];
  },
  Min: ({ graph: { op }, inputs: [a, b], g }) => split(op, g, op.LessOrEqual(a!, b!)),
  Max: ({ graph: { op }, inputs: [a, b], g }) => split(op, g, op.LessOrEqual(b!, a!)),
  Less: BOOLEAN,
  LessOrEqual: BOOLEAN,
  Neg: ({ graph: { op }, g }) => [op.Neg(g)],
  Exp: ({ graph: { op }, outputs: [y], g }) => [op.Mul(g, y!)],
  Log: ({ graph: { op }, inputs: [x], g }) => [op.Div(g, x!)],
  Sqrt: ({ graph: { op }, outputs: [y], g }) => [op.Div(op.Mul(g, 0.5), y!)],
  Sigmoid: ({ graph: { op }, outputs: [y], g }) => [op.Mul(g, op.Mul(y!, op.Sub(1, y!)))],
  // y = x s, s = σ(alpha x):  dx = g (s + alpha y (1 - s))
  QuickGelu: ({ graph: { op }, node, inputs: [x], outputs: [y], g }) => {
    const alpha = node.attributes.alpha as number;
    const scaled = (x: Value) => alpha === 1 ? x : op.Mul(x, alpha);
    const s = op.Sigmoid(scaled(x!));
    return [op.Mul(g, op.Add(s, op.Mul(scaled(y!), op.Sub(1, s))))];
  },
  // dx = y (g - sum(g y))
  Softmax: ({ graph, node, outputs: [y], g }) => {
    const { op } = graph;
    const axes = graph.ints([node.attributes.axis as number ?? -1]);
    return [op.Mul(y!, op.Sub(g, op.ReduceSum(op.Mul(g, y!), axes)))];
  },
  // dx = g - softmax(x) sum(g)
  LogSoftmax: ({ graph, node, outputs: [y], g }) => {
    const { op } = graph;
    const axes = graph.ints([node.attributes.axis as number ?? -1]);
    return [op.Sub(g, op.Mul(op.Exp(y!), op.ReduceSum(g, axes)))];
  },
  ReduceMax: { none: "it stands only in the head, whose gradient is written out" },
  ReduceSum: (p) => [spread(p), undefined],
  ReduceSumSquare: (p) => [
    p.graph.op.Mul(spread(p), p.graph.op.Mul(p.inputs[0]!, 2)),
    undefined,
  ],
  ReduceMean: (p) => {
    const { graph, inputs: [x], outputs: [y] } = p;
    const count = ratio(graph, x!, y!);
    return [graph.op.Div(spread(p), count), undefined];
  },
  Where: ({ graph: { op }, inputs: [c], g }) => [
    undefined,
    op.Where(c!, g, 0),
    op.Where(c!, 0, g),
  ],
  Cast: ({ graph: { op }, inputs: [x], g }) => [
    x!.dtype === "float32" ? op.Cast(g, { to: "float32" }) : undefined,
  ],
  MatMul: (p) => matmul(p, false, false, 1),
  FusedMatMul: (p) => {
    const { transA = 0, transB = 0, alpha = 1 } = p.node.attributes;
    return matmul(p, transA === 1, transB === 1, alpha as number);
  },
  Gemm: { none: "it stands only in sums of gradients" },
  Transpose: ({ graph: { op }, node, g }) => {
    const perm = node.attributes.perm as readonly number[];
    const inverse = perm.map((_, axis) => perm.indexOf(axis));
    return [op.Transpose(g, { perm: inverse })];
  },
  Reshape: ({ graph, inputs: [x], g }) => [graph.reshape(g, x!.shape), undefined],
  Expand: ({ g }) => [g, undefined],
  Shape: INTEGER,
  Concat: ({ graph, node, inputs, g }) => {
    const axis = node.attributes.axis as number;
    let from = graph.ints([0]);
    return inputs.map((x) => {
      const to = graph.op.Add(from, graph.size(x.shape[axis]!));
      const part = graph.slice(g, axis, from, to, x.shape[axis]!);
      from = to;
      return part;
    });
  },
  Slice: ({ graph, inputs: [x, from, to, axes], g }) => {
    const { source } = axes!;
    if (source.kind !== "constant" || source.data.length !== 1) {
      throw new RangeError("Cannot differentiate Slice on other than one known axis");
    }
    const after = graph.op.Sub(graph.size(x!.shape[source.data[0]!]!), to!);
    const pads = graph.op.Concat(from!, after, { axis: 0 }),
      zero = graph.constant("float32", [], [0]);
    const types = [{ dtype: g.dtype, shape: x!.shape }];
    return [
      graph.apply("Pad", [g, pads, zero, axes!], {}, types)[0],
      undefined,
      undefined,
      undefined,
    ];
  },
  Pad: { none: "it stands only in gradients, and second derivatives are not needed" },
  Gather: ({ graph, node, inputs: [x, indices], g }) => {
    if ((node.attributes.axis ?? 0) !== 0) {
      throw new RangeError(`Cannot differentiate ${node.name}: Gather on an axis other than 0`);
    }
    const rows = graph.reshape(indices!, [...indices!.shape, 1]);
    return [graph.op.ScatterND(zerosLike(graph, x!), rows, g, { reduction: "add" }), undefined];
  },
  GatherElements: ({ graph, node, inputs: [x, indices], g }) => {
    const attributes = { axis: node.attributes.axis as number ?? 0, reduction: "add" };
    return [graph.op.ScatterElements(zerosLike(graph, x!), indices!, g, attributes), undefined];
  },
  ScatterElements: { none: "it stands only in gradients, and second derivatives are not needed" },
  ScatterND: { none: "it stands only in gradients, and second derivatives are not needed" },
  CumSum: { none: "it stands only in sampling" },
  ArgMax: INTEGER,
  // y = x r w, r = 1/sqrt(mean(x^2) + eps):  dx = r (g w - x r^2 mean(g w x)),  dw = sum(g x r)
  // r is computed again: the operator's second output stays empty on WebGPU.
  SimplifiedLayerNormalization: ({ graph, node, inputs: [x, w], g }) => {
    const { op } = graph;
    const last = graph.ints([-1]), epsilon = node.attributes.epsilon as number ?? 1e-5;
    const r = op.Div(1, op.Sqrt(op.Add(op.ReduceMean(op.Mul(x!, x!), last), epsilon)));
    const normal = op.Mul(x!, r);
    const gw = op.Mul(g, w!);
    const mean = op.ReduceMean(op.Mul(gw, normal), last);
    return [op.Mul(r, op.Sub(gw, op.Mul(normal, mean))), op.Mul(g, normal)];
  },
  // A rotation's transpose turns the other way.
  RotaryEmbedding: ({ graph: { op }, inputs: [, positions, cos, sin], g }) => [
    op.RotaryEmbedding(g, positions!, cos!, op.Neg(sin!)),
    undefined,
    undefined,
    undefined,
  ],
  MatMulNBits: { none: "it stands only in generation" },
  TensorScatter: { none: "it stands only in generation" },
  Attention: { none: "it stands only in generation" },
  GroupQueryAttention: { none: "it stands only in generation" },
};

/** Gives the gradient to the first input where it was taken, else to the second; ties to the first. */
function split(op: Operators, g: Value, first: Value): readonly Value[] {
  const taken = op.Cast(first, { to: "float32" });
  return [op.Mul(g, taken), op.Mul(g, op.Sub(1, taken))];
}

/** Gradients of alpha · A' · B', where ' is transposition of the last two axes if asked. */
function matmul(
  { graph, inputs: [a, b], g }: Pullback,
  ta: boolean,
  tb: boolean,
  alpha: number,
): readonly Value[] {
  const product = (x: Value, y: Value, transA: boolean, transB: boolean) =>
    graph.product(x, y, { transA, transB, alpha });
  return [
    ta ? product(b!, g, tb, true) : product(g, b!, false, !tb),
    tb ? product(g, a!, true, ta) : product(a!, g, !ta, false),
  ];
}

/** The gradient of a reduction, repeated over what was reduced. */
function spread({ graph, node, inputs: [x, axes], g }: Pullback): Value {
  if (node.attributes.keepdims === 0) {
    const reduced = axes!.source.kind === "constant" ? axes!.source.data : [];
    const rank = x!.shape.length;
    const normal = new Set(reduced.map((axis) => (axis + rank) % rank));
    const kept = x!.shape.map((dim, axis) => normal.has(axis) ? 1 : dim);
    return graph.expand(graph.reshape(g, kept), x!.shape);
  }
  return graph.expand(g, x!.shape);
}

/** How many elements of `x` go into one of `y`. */
function ratio(graph: Graph, x: Value, y: Value): Value | number {
  const left = [...y.shape];
  const reduced = x.shape.filter((dim) => {
    const at = left.indexOf(dim);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  if (reduced.every((dim) => typeof dim === "number")) {
    return reduced.reduce((product: number, dim) => product * (dim as number), 1);
  }
  const size = reduced.map((dim) => graph.size(dim)).reduce((a, b) => graph.op.Mul(a, b));
  return graph.op.Cast(size, { to: "float32" });
}

function zerosLike(graph: Graph, x: Value): Value {
  if (x.dtype !== "float32") throw new RangeError(`Cannot differentiate ${formatShape(x.shape)}`);
  return graph.expand(graph.constant("float32", [], [0]), x.shape);
}
