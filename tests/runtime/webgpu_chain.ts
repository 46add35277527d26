// Run by device_test.ts in a process of its own: what stays on a device, and when bytes are copied.
import { Graph, toModel } from "../../src/onnx/mod.ts";
import { Session, type Tensor, tensor, TRANSFERS, zeros } from "../../src/runtime/mod.ts";

const size = 1000, bytes = 4 * size;
const graph = new Graph("affine");
const x = graph.input("x", "float32", ["n"]), b = graph.input("b", "float32", ["n"]);
graph.output("y", graph.op.Add(graph.op.Mul(x, 2), b));
using session = new Session(toModel(graph), { name: "affine", device: "webgpu" });

/** Tensors copied to the device and back since the last call. */
function copied(): string {
  const { toDevice, toHost } = TRANSFERS;
  Object.assign(TRANSFERS, { toDevice: 0, toHost: 0 });
  return `${toDevice / bytes}/${toHost / bytes}`;
}

using one = tensor("float32", [size], Array<number>(size).fill(1));
using state = tensor("float32", [size], Array<number>(size).fill(3));
for (let i = 0; i < 5; i++) await session.run({ x: state, b: one }, ["y"], { y: state });
console.log("five runs in place:", copied());
console.log("read:", state.data[size - 1], copied());
state.data.fill(0);
await session.run({ x: state, b: one }, ["y"], { y: state });
console.log("written by the host:", state.data[0], copied());

// Views stand for their parts of the whole, whichever of the two is asked.
using whole = zeros("float32", [2 * size]);
using left = whole.view([size]), right = whole.view([size], size);
await session.run({ x: left, b: one }, ["y"], { y: right });
console.log("views:", whole.data[size - 1], whole.data[size], copied());
whole.data.fill(5);
await session.run({ x: left, b: one }, ["y"], { y: right });
console.log("written through the whole:", right.data[0]);
try {
  using overlapping = whole.view([size], 10);
  await session.run({ x: overlapping, b: one }, ["y"]);
} catch (error) {
  console.log((error as Error).message.split("\n")[0]);
}
using y = (await session.run({ x: state, b: one }, ["y"])).y as Tensor<"float32">;
console.log("an output that is not fetched:", y.data[0], y.device);
