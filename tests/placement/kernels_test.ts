/** Every node of every graph against what providers have kernels for: what would run elsewhere is told here. @module */
import assert from "node:assert/strict";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { formFor, toModel } from "../../src/onnx/mod.ts";
import { ORT_VERSION } from "../../src/runtime/mod.ts";
import { type Built, builtGraphs } from "./graphs.ts";
import { hasKernel, KERNELS_OF, nodesOf, type Typed } from "./kernels.ts";

type Device = "cpu" | "cuda" | "webgpu";

/** What a device has no kernel for, and why it is left so. What is not in a graph any more is to be taken out here. */
const FALLS_BACK: Readonly<Record<Device, Readonly<Record<string, string>>>> = {
  cpu: {},
  cuda: {},
  webgpu: {
    "Div(uint8, uint8) -> uint8": "WebGPU has no integers of eight bits",
    "Mul(uint8, uint8) -> uint8": "WebGPU has no integers of eight bits",
    "Sub(uint8, uint8) -> uint8": "WebGPU has no integers of eight bits",
    "Concat(uint8, uint8) -> uint8": "WebGPU has no integers of eight bits",
    "Cast(int8) -> float32": "WebGPU has no integers of eight bits",
    "Reshape(int8, int64) -> int8": "WebGPU has no integers of eight bits",
    "Identity(int8) -> int8": "WebGPU has no integers of eight bits",
    "Identity(uint8) -> uint8": "WebGPU has no integers of eight bits",
    "Reshape(int64, int64) -> int64": "ids: an integer a token",
    "Add(int64, int64) -> int64": "ids: an integer a row",
    "Mul(int64, int64) -> int64": "ids: an integer a row",
    "ReduceSum(int64, int64) -> int64": "ids: as many integers as a row has blocks",
    "LessOrEqual(int64, int64) -> bool": "the mask of a length, once a run",
    "Expand(int64, int64) -> int64": "positions: an integer a token",
    "LogSoftmax(float32) -> float32": "there is none",
    "com.microsoft:FusedMatMul(float32, float32) -> float32": "there is none",
  },
};

/** Operators whose kernels for CUDA call cuDNN, which is not asked for. */
const CUDNN = new Set(["ReduceMax", "ReduceMin"]);

const BUILT: Readonly<Record<Device, readonly Built[]>> = {
  // What families differ in has no precision: CUDA, which few machines have, is asked about all the same.
  cpu: await builtGraphs("cpu", ["llama", "qwen3"]),
  cuda: await builtGraphs("cuda"),
  webgpu: await builtGraphs("webgpu", ["llama", "qwen3"]),
};

interface Placed extends Typed {
  /** Graph and node. */
  readonly at: string;
  readonly opset: number;
}

/** Every node as a device is given it. */
function nodesFor(device: Device): readonly Placed[] {
  return BUILT[device].flatMap((built) => {
    const opset = opsetOf(built);
    return nodesOf(formFor(device, built.graph)).map((typed) => ({
      ...typed,
      opset,
      at: `${built.name}: ${typed.node?.name ?? "copy"}`,
    }));
  });
}

function opsetOf({ graph, builtIn }: Built): number {
  const model = toModel(graph, new Map(builtIn.map((name) => [name, "memory"])));
  const { opsetImport } = fromBinary(ModelProtoSchema, model);
  return Number(opsetImport.find(({ domain }) => domain === "")!.version);
}

Deno.test("tables of kernels are of the ONNX Runtime that is used", () => {
  for (const version of KERNELS_OF) {
    assert.equal(version, ORT_VERSION, "make them anew with tools/kernels/");
  }
});

Deno.test("graphs of every kind were found", () => {
  const nodes = nodesFor("cpu");
  const names = new Set(nodes.map(({ at }) => at.split(": ")[1]));
  for (const name of ["embed", "layer/backward", "head/tile", "adamw", "merge", "round/float16"]) {
    assert.ok(names.has(name), name);
  }
  const operators = new Set(nodes.map(({ operator }) => operator));
  for (const name of ["com.microsoft:MatMulNBits", "ScatterND", "Gemm", "Identity"]) {
    assert.ok(operators.has(name), name);
  }
});

for (const device of ["cpu", "cuda", "webgpu"] as const) {
  Deno.test(`${device} has a kernel for every node, but for those that are listed`, () => {
    const missing = new Map<string, string>();
    for (const node of nodesFor(device)) {
      if (node.isShapeArithmetic || hasKernel(node, device, node.opset)) continue;
      if (!missing.has(node.signature)) missing.set(node.signature, node.at);
    }
    const unlisted = [...missing].filter(([signature]) => !(signature in FALLS_BACK[device]));
    assert.deepEqual(unlisted, []);
    const gone = Object.keys(FALLS_BACK[device]).filter((signature) => !missing.has(signature));
    assert.deepEqual(gone, [], "no graph needs these any more: take them out of the list");
  });
}

Deno.test("no node asks for cuDNN on CUDA, though some do in the form of other devices", () => {
  const asking = (device: Device) =>
    [...new Set(nodesFor(device).map(({ operator }) => operator))].filter((op) => CUDNN.has(op));
  assert.deepEqual(asking("cuda"), []);
  assert.deepEqual(asking("cpu"), ["ReduceMax"]);
});
