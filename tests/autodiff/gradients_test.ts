import assert from "node:assert/strict";
import { backward, GRADIENTS } from "../../src/autodiff/mod.ts";
import { Graph, type OpName, type Value } from "../../src/onnx/mod.ts";
import { Random } from "../../src/random/random.ts";
import { elementCount, type Tensor, tensor } from "../../src/runtime/mod.ts";
import { testSessions } from "../models.ts";

/** One case of an operator: how it is applied, and the range its inputs are drawn from. */
interface Case {
  readonly shapes: readonly (readonly number[])[];
  /** Inputs are uniform in this range, away from kinks and poles. */
  readonly range?: readonly [number, number];
  readonly build: (graph: Graph, ...inputs: Value[]) => Value;
  /** The result by plain arithmetic, where that is short. */
  readonly expected?: (...inputs: number[][]) => number[];
}

type Cases = readonly Case[] | { readonly testedElsewhere: string };

const zip = (f: (a: number, b: number) => number) => (a: number[], b: number[]) =>
  a.map((x, i) => f(x, b[i]!));
const each = (f: (x: number) => number) => (a: number[]) => a.map(f);

/** A case for each operator; a forgotten one does not compile. */
const CASES: Readonly<Record<OpName, Cases>> = {
  Add: [
    {
      shapes: [[2, 3], [2, 3]],
      build: (g, a, b) => g.op.Add(a, b),
      expected: zip((a, b) => a + b),
    },
    { shapes: [[2, 3], [3]], build: (g, a, b) => g.op.Add(a, b) },
    { shapes: [[4, 1, 3], [2, 1]], build: (g, a, b) => g.op.Add(a, b) },
  ],
  Sub: [
    {
      shapes: [[2, 3], [2, 3]],
      build: (g, a, b) => g.op.Sub(a, b),
      expected: zip((a, b) => a - b),
    },
    { shapes: [[3], [2, 3]], build: (g, a, b) => g.op.Sub(a, b) },
  ],
  Mul: [
    {
      shapes: [[2, 3], [2, 3]],
      build: (g, a, b) => g.op.Mul(a, b),
      expected: zip((a, b) => a * b),
    },
    { shapes: [[2, 1], [2, 3]], build: (g, a, b) => g.op.Mul(a, b) },
    { shapes: [[5]], build: (g, a) => g.op.Mul(a, a), expected: each((x) => x * x) },
  ],
  Div: [
    {
      shapes: [[2, 3], [2, 3]],
      range: [0.5, 2],
      build: (g, a, b) => g.op.Div(a, b),
      expected: zip((a, b) => a / b),
    },
    { shapes: [[2, 3], [3]], range: [0.5, 2], build: (g, a, b) => g.op.Div(a, b) },
  ],
  Min: [{ shapes: [[20], [20]], build: (g, a, b) => g.op.Min(a, b), expected: zip(Math.min) }],
  Max: [{ shapes: [[20], [20]], build: (g, a, b) => g.op.Max(a, b), expected: zip(Math.max) }],
  Less: [{
    shapes: [[20], [20]],
    build: (g, a, b) => g.op.Where(g.op.Less(a, b), a, b),
    expected: zip(Math.min),
  }],
  LessOrEqual: [{
    shapes: [[20], [20]],
    build: (g, a, b) => g.op.Where(g.op.LessOrEqual(a, b), b, a),
    expected: zip(Math.max),
  }],
  Neg: [{ shapes: [[5]], build: (g, a) => g.op.Neg(a), expected: each((x) => -x) }],
  Exp: [{ shapes: [[5]], build: (g, a) => g.op.Exp(a), expected: each(Math.exp) }],
  Log: [{ shapes: [[5]], range: [0.3, 3], build: (g, a) => g.op.Log(a), expected: each(Math.log) }],
  Sqrt: [{
    shapes: [[5]],
    range: [0.3, 3],
    build: (g, a) => g.op.Sqrt(a),
    expected: each(Math.sqrt),
  }],
  Sigmoid: [{
    shapes: [[5]],
    build: (g, a) => g.op.Sigmoid(a),
    expected: each((x) => 1 / (1 + Math.exp(-x))),
  }],
  QuickGelu: [1, 1.7].map((alpha) => ({
    shapes: [[5]],
    build: (g: Graph, a: Value) => g.op.QuickGelu(a, { alpha }),
    expected: each((x) => x / (1 + Math.exp(-alpha * x))),
  })),
  Softmax: [
    { shapes: [[3, 4]], build: (g, a) => g.op.Softmax(a, { axis: -1 }) },
    { shapes: [[3, 4]], build: (g, a) => g.op.Softmax(a, { axis: 0 }) },
  ],
  LogSoftmax: [{ shapes: [[3, 4]], build: (g, a) => g.op.LogSoftmax(a, { axis: -1 }) }],
  ReduceSum: [
    { shapes: [[2, 3, 4]], build: (g, a) => g.op.ReduceSum(a, g.ints([0, -1])) },
    { shapes: [[2, 3]], build: (g, a) => g.op.ReduceSum(a, g.ints([1]), { keepdims: 0 }) },
  ],
  ReduceMax: { testedElsewhere: "tests/train/trainer_test.ts trains through the head" },
  ReduceSumSquare: [
    { shapes: [[2, 3, 4]], build: (g, a) => g.op.ReduceSumSquare(a, g.ints([0, -1])) },
    { shapes: [[2, 3]], build: (g, a) => g.op.ReduceSumSquare(a, g.ints([1]), { keepdims: 0 }) },
  ],
  ReduceMean: [
    { shapes: [[2, 3, 4]], build: (g, a) => g.op.ReduceMean(a, g.ints([-1])) },
    { shapes: [[3, 3]], build: (g, a) => g.op.ReduceMean(a, g.ints([0]), { keepdims: 0 }) },
  ],
  Where: [{
    shapes: [[20], [20], [20]],
    build: (g, c, a, b) => g.op.Where(g.op.Less(c, 0), a, b),
    expected: (c, a, b) => c!.map((x, i) => x < 0 ? a![i]! : b![i]!),
  }],
  Cast: [{
    shapes: [[5]],
    build: (g, a) => g.op.Mul(a, g.op.Cast(g.op.Less(a, 0), { to: "float32" })),
    expected: each((x) => x < 0 ? x : 0),
  }],
  MatMul: [
    { shapes: [[2, 3], [3, 4]], build: (g, a, b) => g.op.MatMul(a, b) },
    { shapes: [[5, 2, 3], [3, 4]], build: (g, a, b) => g.op.MatMul(a, b) },
    { shapes: [[2, 3, 2, 4], [2, 1, 4, 3]], build: (g, a, b) => g.op.MatMul(a, b) },
  ],
  FusedMatMul: [0, 1].flatMap((transA) =>
    [0, 1].map((transB) => ({
      shapes: [transA === 1 ? [3, 2] : [2, 3], transB === 1 ? [4, 3] : [3, 4]],
      build: (g: Graph, a: Value, b: Value) =>
        g.op.FusedMatMul(a, b, { transA, transB, alpha: 0.5 }),
    }))
  ),
  Gemm: { testedElsewhere: "tests/models/architectures_test.ts adds gradients through it" },
  Transpose: [{ shapes: [[2, 3, 4]], build: (g, a) => g.op.Transpose(a, { perm: [1, 2, 0] }) }],
  Reshape: [{
    shapes: [[2, 6]],
    build: (g, a) => g.op.Reshape(a, g.ints([3, -1])),
    expected: each((x) => x),
  }],
  Expand: [{ shapes: [[2, 1]], build: (g, a) => g.op.Expand(a, g.ints([3, 2, 4])) }],
  Shape: [{
    shapes: [[2, 3]],
    build: (g, a) => g.op.Mul(a, g.op.Cast(g.op.Shape(a, { start: 1, end: 2 }), { to: "float32" })),
    expected: each((x) => 3 * x),
  }],
  Concat: [{
    shapes: [[2, 3], [2, 1]],
    build: (g, a, b) => g.op.Concat(a, b, a, { axis: 1 }),
    expected: (a, b) =>
      [0, 1].flatMap((i) => {
        const row = a!.slice(3 * i, 3 * i + 3);
        return [...row, b![i]!, ...row];
      }),
  }],
  Slice: [{
    shapes: [[3, 5]],
    build: (g, a) => g.op.Slice(a, g.ints([1]), g.ints([4]), g.ints([1])),
    expected: (a) => [1, 2, 3, 6, 7, 8, 11, 12, 13].map((i) => a![i]!),
  }],
  Pad: { testedElsewhere: "the gradient of Slice above" },
  Gather: [{
    shapes: [[5, 2]],
    build: (g, a) => g.op.Gather(a, g.constant("int64", [2, 2], [4, 0, 4, 4]), { axis: 0 }),
    expected: (a) => [8, 9, 0, 1, 8, 9, 8, 9].map((i) => a![i]!),
  }],
  GatherElements: [{
    shapes: [[3, 4]],
    build: (g, a) =>
      g.op.GatherElements(a, g.constant("int64", [3, 2], [1, 1, 0, 3, 2, 2]), { axis: 1 }),
    expected: (a) => [1, 1, 4, 7, 10, 10].map((i) => a![i]!),
  }],
  ScatterElements: { testedElsewhere: "the gradient of GatherElements above" },
  ScatterND: { testedElsewhere: "the gradient of Gather above" },
  CumSum: { testedElsewhere: "tests/generate/generate_test.ts samples through it" },
  ArgMax: { testedElsewhere: "tests/generate/generate_test.ts decodes greedily through it" },
  SimplifiedLayerNormalization: [{
    shapes: [[3, 4], [4]],
    build: (g, x, w) => g.op.SimplifiedLayerNormalization(x, w, { axis: -1, epsilon: 1e-5 }),
    expected: (x, w) =>
      x!.map((value, i) => {
        const row = x!.slice(i - i % 4, i - i % 4 + 4);
        const square = row.reduce((sum, y) => sum + y * y, 0) / 4;
        return value * w![i % 4]! / Math.sqrt(square + 1e-5);
      }),
  }],
  RotaryEmbedding: [{
    shapes: [[2, 3, 4, 6]],
    build: (g, x) => {
      const angles = Array.from({ length: 15 }, (_, i) => 0.3 * i);
      const table = (f: (x: number) => number) => g.constant("float32", [5, 3], angles.map(f));
      return g.op.RotaryEmbedding(x, g.ints([0]), table(Math.cos), table(Math.sin));
    },
  }],
  MatMulNBits: {
    testedElsewhere: "tests/models/precision_test.ts compares it with what integers stand for",
  },
  TensorScatter: { testedElsewhere: "tests/generate/attention_test.ts puts rows into a cache" },
  Attention: { testedElsewhere: "tests/generate/attention_test.ts compares it with the other" },
  GroupQueryAttention: {
    testedElsewhere: "tests/generate/generate_test.ts compares it with training",
  },
};

const random = new Random("gradients");

async function runGraph(
  graph: Graph,
  feeds: Record<string, Tensor>,
): Promise<Record<string, number[]>> {
  using session = testSessions();
  const built = session.get(graph.name, () => graph);
  const results = await built.run(feeds, [...graph.outputs.keys()]);
  return Object.fromEntries(
    Object.entries(results).map(([name, result]) => {
      using owned = result as Tensor<"float32">;
      return [name, Array.from(owned.data)];
    }),
  );
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0);

for (const [op, cases] of Object.entries(CASES)) {
  if ("testedElsewhere" in cases) continue;
  cases.forEach((test, number) => {
    Deno.test(`${op} case ${number}: forward by arithmetic, gradient by central differences`, async () => {
      const [low, high] = test.range ?? [-1.5, 1.5];
      const source = random.derive(op, number);
      const draw = (count: number, from: number, to: number) =>
        Array.from({ length: count }, () => from + (to - from) * source.next());
      const sizes = test.shapes.map((shape) => elementCount(shape));
      const values = sizes.map((size) => draw(size, low, high));
      const feed = (data: readonly (readonly number[])[]) =>
        Object.fromEntries(
          data.map((part, i) => [`x${i}`, tensor("float32", test.shapes[i]!, part)]),
        );

      const forward = new Graph("forward");
      const inputs = test.shapes.map((shape, i) => forward.input(`x${i}`, "float32", shape));
      forward.output("y", test.build(forward, ...inputs));
      const y = (await runGraph(forward, feed(values))).y!;
      if (test.expected !== undefined) {
        test.expected(...values).forEach((expected, i) =>
          assert.ok(Math.abs(expected - y[i]!) < 1e-5, `${op}[${i}]: ${y[i]} is not ${expected}`)
        );
      }

      // <w, J v> by central differences must equal <Jᵀ w, v>
      const w = draw(y.length, -1, 1), v = sizes.map((size) => draw(size, -1, 1));
      const graph = new Graph("backward");
      const xs = test.shapes.map((shape, i) => graph.input(`x${i}`, "float32", shape));
      const result = test.build(graph, ...xs);
      const weights = graph.constant("float32", result.shape as number[], w);
      const axes = graph.ints(result.shape.map((_, i) => i));
      const loss = graph.op.ReduceSum(graph.op.Mul(result, weights), axes, { keepdims: 0 });
      // An input that only decides, such as a condition, has no gradient: 0 · x gives it one.
      const all = xs.reduce((sum, x) => {
        const every = graph.ints(x.shape.map((_, i) => i));
        return graph.op.Add(sum, graph.op.Mul(graph.op.ReduceSum(x, every, { keepdims: 0 }), 0));
      }, loss);
      backward(graph, all, xs).forEach((gradient, i) => graph.output(`g${i}`, gradient));
      const gradients = await runGraph(graph, feed(values));
      const analytic = v.reduce((sum, part, i) => sum + dot(gradients[`g${i}`]!, part), 0);

      const step = 1e-2;
      const shifted = async (sign: number) => {
        const moved = values.map((part, i) => part.map((x, j) => x + sign * step * v[i]![j]!));
        return dot(w, (await runGraph(forward, feed(moved))).y!);
      };
      const numeric = (await shifted(1) - await shifted(-1)) / (2 * step);
      const scale = Math.max(1, Math.abs(numeric));
      assert.ok(
        Math.abs(analytic - numeric) / scale < 5e-3,
        `${op}: gradient ${analytic}, central difference ${numeric}`,
      );
    });
  });
}

Deno.test("an operator without a gradient says why, by its scoped name", () => {
  const graph = new Graph("g");
  const x = graph.input("x", "float32", [3]);
  const sum = graph.scope("outer", () => graph.op.CumSum(x, graph.constant("int64", [], [0])));
  const loss = graph.op.ReduceSum(sum, graph.ints([0]), { keepdims: 0 });
  assert.ok(!(typeof GRADIENTS.CumSum === "function"));
  assert.throws(() => backward(graph, loss, [x]), {
    name: "RangeError",
    message: "Cannot differentiate outer/CumSum: it stands only in sampling",
  });
});

Deno.test("backward() refuses a loss that is no scalar, and inputs it does not depend on", () => {
  const graph = new Graph("g");
  const x = graph.input("x", "float32", [3]), y = graph.input("y", "float32", [3]);
  assert.throws(() => backward(graph, x, [x]), /Cannot differentiate a loss of shape \[3\]/);
  const loss = graph.op.ReduceSum(x, graph.ints([0]), { keepdims: 0 });
  assert.throws(() => backward(graph, loss, [y]), /the loss does not depend on y/);
});
