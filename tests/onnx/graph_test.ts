import assert from "node:assert/strict";
import { backward } from "../../src/autodiff/mod.ts";
import { Graph, printGraph, reachableNodes, Sessions, toModel } from "../../src/onnx/mod.ts";
import {
  cachedAttention,
  cacheInputs,
  decoder,
  parameterShapes,
  weightInputs,
} from "../../src/models/mod.ts";
import { Session, type Tensor, tensor } from "../../src/runtime/mod.ts";
import { layerPasses } from "../../src/train/training_graphs.ts";
import { tinyConfig } from "../models.ts";

Deno.test("equal nodes and constants are one", () => {
  const graph = new Graph("g");
  const x = graph.input("x", "float32", ["n", 3]);
  assert.equal(graph.op.Add(x, 1), graph.op.Add(x, 1));
  assert.equal(graph.op.Softmax(x, { axis: -1 }), graph.op.Softmax(x, { axis: -1 }));
  assert.notEqual(graph.op.Softmax(x, { axis: -1 }), graph.op.Softmax(x, { axis: 0 }));
  assert.equal(graph.ints([1, 2]), graph.ints([1, 2]));
});

Deno.test("a graph prints like the model it came from", async (t) => {
  const graph = new Graph("readable");
  const x = graph.input("x", "float32", ["batch", 3]);
  const w = graph.input("w", "float32", [4, 3]);
  const y = graph.scope("layer", () => {
    const h = graph.scope("linear", () => graph.op.FusedMatMul(x, w, { transB: 1 }));
    return graph.op.Mul(h, graph.op.Sigmoid(h));
  });
  const loss = graph.op.ReduceSum(y, graph.ints([0, 1]), { keepdims: 0 });
  graph.output("loss", loss);
  graph.output("dw", backward(graph, loss, [w])[0]!);
  await t.assertSnapshot(printGraph(graph));
});

Deno.test("a layer of the decoder prints like the paper's", async (t) => {
  const config = tinyConfig({ num_hidden_layers: 1 });
  const graph = new Graph("decoder");
  const weights = weightInputs(graph, config, parameterShapes(config));
  const ids = graph.input("ids", "int64", ["batch", 1]);
  const cache = cacheInputs(graph, config);
  graph.output(
    "hidden",
    decoder(graph, config, weights, ids, cachedAttention(graph, config, ids, cache, "cpu")),
  );
  await t.assertSnapshot(printGraph(graph));
});

Deno.test("the passes of a layer stay as small as they are, and keep what costs", () => {
  const count = (graph: Graph) => reachableNodes(graph.outputs.values()).length;
  const { forward, backward, saved } = layerPasses(tinyConfig(), {});
  assert.ok(count(forward) <= 65, `forward takes ${count(forward)} nodes`);
  assert.ok(count(backward) <= 150, `backward takes ${count(backward)} nodes`);
  // Query, key, value, probabilities, mixed values, attention's output, gate and up.
  assert.equal(saved.size, 8);
  assert.equal(layerPasses(tinyConfig(), { recompute: true }).saved.size, 0);
});

Deno.test("shapes that do not fit are told with the node's scoped name and both shapes", () => {
  const graph = new Graph("g");
  const a = graph.input("a", "float32", [2, 3]), b = graph.input("b", "float32", [4]);
  assert.throws(() => graph.scope("layers.0/mlp", () => graph.op.Add(a, b)), {
    name: "RangeError",
    message: "Cannot build layers.0/mlp/Add(float32[2,3], float32[4]) in graph g: " +
      "Cannot broadcast shapes [2,3] and [4]: dimension 1 is 3 and 4",
  });
  assert.throws(
    () => graph.op.MatMul(a, a),
    /Cannot multiply \[2,3\] and \[2,3\]: 3 columns meet 2 rows/,
  );
  assert.throws(
    () => graph.op.Reshape(a, graph.ints([4, -1])),
    /Cannot reshape \[2,3\] to \[4,-1\]/,
  );
  assert.throws(
    () => graph.op.Transpose(a, { perm: [0, 0] }),
    /Cannot transpose \[2,3\] by \[0,0\]/,
  );
  assert.throws(
    () => graph.input("a", "float32", []),
    /Cannot add input a to graph g: the name is taken/,
  );
});

Deno.test("a shape with two symbolic sizes is computed from the inputs that have them", async () => {
  const graph = new Graph("two sizes");
  const x = graph.input("x", "float32", ["batch", "length", 4]);
  const flat = graph.reshape(x, ["batch*length", 4]);
  graph.output("y", graph.reshape(graph.op.Mul(flat, 2), ["batch", "length", 2, 2]));
  using session = new Session(toModel(graph), { name: "two sizes" });
  using fed = tensor("float32", [2, 3, 4], Array.from({ length: 24 }, (_, i) => i));
  using y = (await session.run({ x: fed }, ["y"])).y as Tensor<"float32">;
  assert.deepEqual(y.dims, [2, 3, 2, 2]);
  assert.deepEqual([...y.data], Array.from({ length: 24 }, (_, i) => 2 * i));
});

Deno.test("an output may be an input, a constant, or another output", async () => {
  const graph = new Graph("copies");
  const x = graph.input("x", "float32", [2]);
  const y = graph.op.Neg(x);
  for (
    const [name, value] of Object.entries({
      x2: x,
      c: graph.constant("float32", [1], [5]),
      y,
      y2: y,
    })
  ) {
    graph.output(name, value);
  }
  using sessions = new Sessions();
  using fed = tensor("float32", [2], [1, 2]);
  const results = await sessions.get("copies", () => graph).run({ x: fed }, ["x2", "c", "y", "y2"]);
  const data = Object.values(results).map((t) => [...(t as Tensor<"float32">).data]);
  assert.deepEqual(data, [[1, 2], [5], [-1, -2], [-1, -2]]);
});
