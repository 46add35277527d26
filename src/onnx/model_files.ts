/** Models on disk: one file, or one and others with the weights. @module */
import { basename, dirname, join } from "node:path";
import type { Tensor, Tensors } from "../runtime/mod.ts";
import type { Graph } from "./graph.ts";
import { type FilePart, toModel } from "./model_proto.ts";

/** Sizes in bytes that decide where weights go. */
export interface Limits {
  /** As many stand in the model's own file. */
  readonly inside: number;
  /** A file beside it has no more, but for a single tensor that is larger. */
  readonly file: number;
}

/** Browsers hold less than 2 GiB in one piece, and so does a protobuf message. */
const LIMITS: Limits = { inside: 64 * 2 ** 20, file: 2_000_000_000 };

/** Where tensors start in a file: it is mapped by pages. */
const PAGE = 4096;

/**
 * Writes a graph as an ONNX model, with the tensors that are inputs of it built in. Large ones go into files beside it,
 * `NAME.onnx_data`, `NAME.onnx_data_1` and so on.
 *
 * @returns how many files there are beside it
 */
export function writeModel(
  graph: Graph,
  tensors: Tensors,
  path: string,
  limits: Limits = LIMITS,
): number {
  const held = graph.inputs.flatMap(({ source: { name } }) => {
    const tensor = tensors[name];
    return tensor === undefined ? [] : [[name, tensor] as const];
  });
  const total = held.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  if (total <= limits.inside) {
    const inside = new Map(held.map(([name, tensor]) => [name, bytesOf(tensor)]));
    Deno.writeFileSync(path, toModel(graph, inside));
    return 0;
  }
  const parts = placeTensors(held, `${basename(path)}_data`, limits.file);
  const files = Map.groupBy(parts, ([, { file }]) => file);
  for (const [file, inIt] of files) {
    using out = Deno.openSync(join(dirname(path), file), {
      write: true,
      create: true,
      truncate: true,
    });
    for (const [name, { offset }] of inIt) {
      out.seekSync(offset, Deno.SeekMode.Start);
      const bytes = bytesOf(tensors[name]!);
      for (let done = 0; done < bytes.length;) done += out.writeSync(bytes.subarray(done));
    }
  }
  Deno.writeFileSync(path, toModel(graph, new Map(parts)));
  return files.size;
}

/** One after the other, in files of a size. */
function placeTensors(
  tensors: readonly (readonly [string, Tensor])[],
  file: string,
  limit: number,
): (readonly [string, FilePart])[] {
  let number = 0, end = 0;
  return tensors.map(([name, { bytes: length }]) => {
    let offset = Math.ceil(end / PAGE) * PAGE;
    if (offset > 0 && offset + length > limit) [number, offset] = [number + 1, 0];
    end = offset + length;
    return [name, { file: number === 0 ? file : `${file}_${number}`, offset, length }] as const;
  });
}

function bytesOf({ data }: Tensor): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
