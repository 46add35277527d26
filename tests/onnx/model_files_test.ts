import assert from "node:assert/strict";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, TensorProto_DataLocation } from "onnx-buf";
import { Graph, portable, Sessions, toModel, writeModel } from "../../src/onnx/mod.ts";
import { Session, tensor } from "../../src/runtime/mod.ts";

/** x W' + b */
function affine(): Graph {
  const graph = new Graph("affine");
  const x = graph.input("x", "float32", ["n", 3]);
  const w = graph.input("w", "float32", [2, 3]), b = graph.input("b", "float32", [2]);
  graph.output("y", graph.op.Add(graph.product(x, w, { transB: true }), b));
  return graph;
}

Deno.test("weights stand in the model, or in files beside it by pages and no larger than asked", async () => {
  const directory = Deno.makeTempDirSync();
  using w = tensor("float32", [2, 3], [1, 2, 3, 4, 5, 6]), b = tensor("float32", [2], [10, 20]);
  using x = tensor("float32", [1, 3], [1, 1, 1]);
  const path = join(directory, "m.onnx");
  try {
    assert.equal(writeModel(affine(), { w, b }, path), 0);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["m.onnx"]);
    using session = new Session(Deno.readFileSync(path), { name: "affine" });
    assert.deepEqual(session.inputs, ["x"]);
    const { y } = await session.run({ x }, ["y"]);
    using made = y;
    assert.deepEqual([...made.data], [16, 35]);

    const together = { inside: 0, file: 8192 }, apart = { inside: 31, file: 4096 };
    for (const [limits, files] of [[together, 1], [apart, 2]] as const) {
      assert.equal(writeModel(affine(), { w, b }, path, limits), files);
      const { graph } = fromBinary(ModelProtoSchema, Deno.readFileSync(path));
      const places = graph!.initializer.map(({ name, dataLocation, externalData, rawData }) => {
        assert.equal(dataLocation, TensorProto_DataLocation.EXTERNAL);
        assert.equal(rawData.length, 0);
        const { location, offset, length } = Object.fromEntries(
          externalData.map(({ key, value }) => [key, value]),
        );
        const bytes = Deno.readFileSync(join(directory, location!));
        const part = bytes.slice(Number(offset), Number(offset) + Number(length));
        return [name, location, offset, [...new Float32Array(part.buffer)]];
      });
      assert.deepEqual(places, [
        ["w", "m.onnx_data", "0", [1, 2, 3, 4, 5, 6]],
        files === 1
          ? ["b", "m.onnx_data", "4096", [10, 20]]
          : ["b", "m.onnx_data_1", "0", [10, 20]],
      ]);
    }
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("what ONNX Runtime has of its own is written out, and computes the same", async () => {
  const graph = new Graph("contributed");
  const x = graph.input("x", "float32", ["n", 2, 3, 4]);
  const y = graph.input("y", "float32", ["n", 2, 5, 4]);
  const at = graph.input("at", "int64", ["n", 3]);
  const scale = graph.input("scale", "float32", [4]);
  const [cos, sin] = ["cos", "sin"].map((name) => graph.input(name, "float32", [8, 2]));
  const { op } = graph;
  graph.output("gelu", op.QuickGelu(x, { alpha: 1 }));
  graph.output("gelu2", op.QuickGelu(x, { alpha: 1.7 }));
  graph.output("product", op.FusedMatMul(x, y, { transB: 1, alpha: 0.5 }));
  graph.output("turned", op.FusedMatMul(y, y, { transA: 1 }));
  graph.output("norm", op.SimplifiedLayerNormalization(x, scale, { axis: -1, epsilon: 1e-5 }));
  graph.output("rotated", op.RotaryEmbedding(x, at, cos!, sin!));
  const flat = graph.reshape(x, ["6*n", 4]);
  graph.output("matrix", graph.product(flat, flat, { transB: true, alpha: 2 }));
  const names = [...graph.outputs.keys()];

  const numbers = (count: number) => Array.from({ length: count }, (_, i) => Math.sin(7 * i + 1));
  const feeds = {
    x: tensor("float32", [2, 2, 3, 4], numbers(48)),
    y: tensor("float32", [2, 2, 5, 4], numbers(80)),
    at: tensor("int64", [2, 3], [0, 1, 2, 5, 6, 7]),
    scale: tensor("float32", [4], numbers(4)),
    cos: tensor("float32", [8, 2], numbers(16).map(Math.cos)),
    sin: tensor("float32", [8, 2], numbers(16).map(Math.sin)),
  };
  using sessions = new Sessions();
  const written = portable(graph);
  const standard = fromBinary(ModelProtoSchema, toModel(written));
  assert.deepEqual(standard.opsetImport.map(({ domain }) => domain), [""]);
  assert.deepEqual(written.inputs.map(({ source }) => source.name), Object.keys(feeds));
  const ours = await sessions.get("ours", () => graph).run(feeds, names);
  const theirs = await sessions.get("theirs", () => written).run(feeds, names);
  for (const name of names) {
    assert.deepEqual(theirs[name]!.dims, ours[name]!.dims);
    const expected = ours[name]!.data as Float32Array;
    (theirs[name]!.data as Float32Array).forEach((value, i) =>
      assert.ok(Math.abs(value - expected[i]!) < 1e-5, `${name} ${i}: ${value}, ${expected[i]}`)
    );
  }
  for (const one of [feeds, ours, theirs].flatMap(Object.values)) one.dispose();
});

Deno.test("an operator without a standard form is refused by its name", () => {
  const graph = new Graph("packed");
  const x = graph.input("x", "float32", ["n", 32]);
  const packed = graph.input("w", "uint8", [4, 1, 16]);
  const scales = graph.input("s", "float32", [4, 1]);
  const sizes = { K: 32, N: 4, bits: 4, block_size: 32 };
  graph.output("y", graph.scope("head", () => graph.op.MatMulNBits(x, packed, scales, sizes)));
  assert.throws(() => portable(graph), /Cannot write head\/MatMulNBits in standard operators/);
});
