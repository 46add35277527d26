import assert from "node:assert/strict";
import fc from "fast-check";
import { readTensors, writeTensors } from "../models.ts";
import { elementCount } from "../../src/runtime/mod.ts";

/** Reads bytes; anything but a result or a SyntaxError fails the test. */
function readOrRefuse(bytes: Uint8Array): void {
  try {
    readTensors(new Uint8Array(bytes), "fuzz");
  } catch (error) {
    assert.ok(error instanceof SyntaxError, String(error));
    assert.match(error.message, /^Cannot read fuzz: /);
  }
}

function file(header: string, body: number): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + body);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = fc.record({
  dtype: fc.constantFrom("F32", "F16", "BF16", "I64", 7, null),
  shape: fc.oneof(fc.array(fc.oneof(fc.nat(5), fc.integer(), fc.double())), fc.anything()),
  data_offsets: fc.oneof(
    fc.array(fc.oneof(fc.nat(64), fc.maxSafeInteger()), { maxLength: 3 }),
    fc.anything(),
  ),
}, { requiredKeys: [] });

Deno.test("readSafetensors() refuses or reads ten thousand damaged files, and never crashes", () => {
  const good = writeTensors(
    new Map([
      ["a", { shape: [2, 3], data: new Float32Array(6) }],
      ["b", { shape: [4], data: new Float32Array(4) }],
    ]),
  );
  const mutated = fc.tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length)).map(
    ([at, byte, end]) => {
      const bytes = good.slice(0, end);
      if (at < bytes.length) bytes[at] = byte;
      return bytes;
    },
  );
  const headers = fc.tuple(fc.dictionary(fc.string(), fc.oneof(entry, fc.anything())), fc.nat(64))
    .map(([header, body]) => file(JSON.stringify(header) ?? "", body));
  const any = fc.oneof(fc.uint8Array({ maxLength: 64 }), mutated, headers);
  fc.assert(fc.property(any, readOrRefuse), { numRuns: 10_000, seed: 1 });
});

Deno.test("readSafetensors() refuses tensors that overlap", () => {
  const header = JSON.stringify({
    a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
    b: { dtype: "F32", shape: [2], data_offsets: [4, 12] },
  });
  assert.throws(() => readTensors(file(header, 12), "f"), {
    message: "Cannot read f: tensors a and b overlap",
  });
});

Deno.test("readSafetensors() widens float16 and bfloat16 exactly", () => {
  const bits = [0x3C00, 0xC000, 0x0001, 0x7BFF, 0x8000];
  const read = (dtype: string) => {
    const bytes = file(JSON.stringify({ w: { dtype, shape: [5], data_offsets: [0, 10] } }), 10);
    bytes.set(new Uint8Array(Uint16Array.from(bits).buffer), bytes.length - 10);
    return [...readTensors(bytes, "f").get("w")!.data];
  };
  assert.deepEqual(read("F16"), [1, -2, 2 ** -24, 65504, -0]);
  assert.deepEqual(read("BF16").slice(0, 2), [0.0078125, -2]);
});

Deno.test("what is written is read back", () => {
  const tensor = fc.record({
    shape: fc.array(fc.nat(3), { maxLength: 3 }),
    seed: fc.integer(),
  }).map(({ shape, seed }) => {
    const size = elementCount(shape);
    return {
      shape,
      data: Float32Array.from({ length: size }, (_, i) => Math.fround(seed / (i + 1))),
    };
  });
  const name = fc.string().filter((text) => !["__metadata__", "__proto__"].includes(text));
  fc.assert(fc.property(fc.dictionary(name, tensor), (tensors) => {
    const map = new Map(Object.entries(tensors));
    assert.deepEqual(readTensors(writeTensors(map), "f"), map);
  }));
});
