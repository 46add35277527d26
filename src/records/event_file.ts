/**
 * Event files as TensorBoard reads them: TFRecords of `Event` messages (tensorboard/compat/proto/event.proto) with scalars.
 *
 * @module
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** A point of a curve. */
export interface Scalar {
  /** Curves of one tag share a chart. */
  readonly tag: string;
  /** Its x. */
  readonly step: number;
  readonly value: number;
  /** Seconds since 1970. */
  readonly time: number;
}

/** What an event file begins with. @param time seconds since 1970 */
export function fileHeader(time: number): Uint8Array {
  const event = new BinaryWriter();
  event.tag(1, WireType.Bit64).double(time);
  event.tag(3, WireType.LengthDelimited).string("brain.Event:2");
  return tfRecord(event.finish());
}

/** A point as a record. */
export function scalarRecord({ tag, step, value, time }: Scalar): Uint8Array {
  const event = new BinaryWriter();
  event.tag(1, WireType.Bit64).double(time);
  event.tag(2, WireType.Varint).int64(step);
  event.tag(5, WireType.LengthDelimited).fork(); // summary
  event.tag(1, WireType.LengthDelimited).fork(); // value
  event.tag(1, WireType.LengthDelimited).string(tag);
  event.tag(2, WireType.Bit32).float(value);
  event.join().join();
  return tfRecord(event.finish());
}

/** Length, its checksum, the data, its checksum (tensorflow/core/lib/io/record_writer.h). */
function tfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16), view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return record;
}

/** CRC-32C (Castagnoli), by byte. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  return crc;
});

/** The checksum turned and shifted, so that one of data with checksums in it is a good one. */
function maskedCrc(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
