/** Event files byte for byte. @module */
import assert from "node:assert/strict";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { fileHeader, scalarRecord } from "../../src/records/event_file.ts";

Deno.test("event files are byte for byte as tensorboard 2.21 writes them", () => {
  // RecordWriter on Event(wall_time=1, file_version="brain.Event:2") and Event(wall_time=1.5, step=300, summary=…).
  assert.equal(
    fileHeader(1).toHex(),
    "1800000000000000a37f4b2209000000000000f03f1a0d627261696e2e4576656e743a3286bf577a",
  );
  assert.equal(
    scalarRecord({ tag: "a/b", step: 300, value: -2, time: 1.5 }).toHex(),
    "1a00000000000000129bd82d09000000000000f83f10ac022a0c0a0a0a03612f6215000000c06395b6c0",
  );
});

Deno.test("a point is an event with one value, whatever its numbers", () => {
  for (const [step, value] of [[0, 0.5], [300, -2], [2 ** 40, 1e-3], [1, NaN]] as const) {
    const record = scalarRecord({ tag: "meta.s/größe", step, value, time: 1.5 });
    const length = Number(new DataView(record.buffer).getBigUint64(0, true));
    assert.equal(record.length, length + 16);
    const reader = new BinaryReader(record.subarray(12, 12 + length));
    assert.deepEqual([reader.tag()[0], reader.double()], [1, 1.5]);
    assert.deepEqual([reader.tag()[0], Number(reader.int64())], [2, step]);
    assert.equal(reader.tag()[0], 5);
    const summary = new BinaryReader(reader.bytes());
    assert.equal(summary.tag()[0], 1);
    const point = new BinaryReader(summary.bytes());
    assert.deepEqual([point.tag()[0], point.string()], [1, "meta.s/größe"]);
    assert.deepEqual([point.tag()[0], point.float()], [2, Math.fround(value)]);
  }
});
