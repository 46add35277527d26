// Run by device_test.ts in a process of its own: five chained runs whose state never leaves the device.
import { Graph, toModel } from "../../src/onnx/mod.ts";
import { Session, type Tensor, tensor } from "../../src/runtime/mod.ts";

const graph = new Graph("affine");
const x = graph.input("x", "float32", [4]), b = graph.input("b", "float32", [4]);
graph.output("y", graph.op.Add(graph.op.Mul(x, 2), b));
using session = new Session(toModel(graph), { name: "affine", device: "webgpu" });

using one = tensor("float32", [4], [1, 1, 1, 1]);
let state: Tensor = tensor("float32", [4], [1, 2, 3, 4]);
let refused = false;
for (let i = 0; i < 4; i++) {
  const { y } = await session.run({ x: state, b: one }, ["y"], {}, ["y"]);
  state.dispose();
  state = y;
  try {
    void (y as Tensor<"float32">).data;
  } catch {
    refused = true; // what is on the device cannot be read as host memory
  }
}
const device = state.device;
using last = (await session.run({ x: state, b: one }, ["y"])).y as Tensor<"float32">;
console.log(device, refused, [...last.data].join());
state.dispose();
