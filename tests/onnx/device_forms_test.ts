import assert from "node:assert/strict";
import { formFor, Graph, reachableNodes, toModel } from "../../src/onnx/mod.ts";
import { Session, type Tensor, tensor } from "../../src/runtime/mod.ts";
import { tileGraph } from "../../src/train/head_graphs.ts";
import { tinyConfig } from "../models.ts";

const operators = (graph: Graph) =>
  reachableNodes(graph.outputs.values()).map(({ op }) => op as string);

Deno.test("the largest score is found without cuDNN on CUDA, and is the same number", async () => {
  const graph = new Graph("largest");
  graph.output("y", graph.op.ReduceMax(graph.input("x", "float32", ["rows", 7]), graph.ints([1])));
  const written = formFor("cuda", graph);
  assert.deepEqual(operators(written), ["ArgMax", "GatherElements"]);
  using x = tensor("float32", [3, 7], [
    ...[-Infinity, -5, -0.5, -1, -2, -3, -4],
    ...[2, 2, 2, 2, 2, 2, 2],
    ...[0, 1, 5, 6, 3, Infinity, 4],
  ]);
  for (const form of [graph, written]) {
    using session = new Session(toModel(form), { name: "largest" });
    const { y } = await session.run({ x }, ["y"]);
    using largest = y as Tensor<"float32">;
    assert.deepEqual([...largest.data], [-0.5, 2, Infinity]);
    assert.deepEqual(largest.dims, [3, 1]);
  }
});

Deno.test("a form keeps inputs, outputs and what else there is", () => {
  const graph = tileGraph(tinyConfig(), false);
  const written = formFor("cuda", graph);
  const names = ({ inputs }: Graph) => inputs.map(({ source }) => source.name).sort();
  assert.deepEqual(names(written), names(graph));
  assert.deepEqual([...written.outputs.keys()], [...graph.outputs.keys()]);
  assert.ok(!operators(written).includes("ReduceMax"));
  assert.equal(operators(written).length, operators(graph).length + 1);
  for (const device of ["cpu", "webgpu"] as const) assert.equal(formFor(device, graph), graph);
});

Deno.test("a maximum that has no such form is told when the graph is built", () => {
  const graph = new Graph("flat");
  const x = graph.input("x", "float32", ["rows", 7]);
  graph.output("y", graph.op.ReduceMax(x, graph.ints([1]), { keepdims: 0 }));
  assert.throws(() => formFor("cuda", graph), /Cannot take a maximum on CUDA but along one axis/);
});
