import {
  interleave,
  type Model,
  projectIntegers,
  projectLate,
  scalesName,
  type StoredWeights,
} from "../models/mod.ts";
import { allocate, type Session, type Tensors } from "../runtime/mod.ts";
import { decodeGraph, layoutOf } from "./decoding_graphs.ts";
import type { Choice } from "./truncation.ts";

/**
 * The session that decodes so many rows. Integers of four bits are built into it: ONNX Runtime packs them once, and
 * multiplies with them as they are.
 */
export function decodeSession(model: Model, choice: Choice, rows: number): Session {
  const { config, weights, sessions } = model, built = config.precision === "int4";
  // One row is laid out as two where weights are built in, which a session of its own would hold once more.
  const layout = layoutOf(model, built ? Math.max(2, rows) : rows);
  const key = ["decode", config, choice, layout];
  if (!built) {
    return sessions.get(
      key,
      () => decodeGraph(config, choice, projectLate, sessions.device, layout),
    );
  }
  const graph = () => decodeGraph(config, choice, projectIntegers, sessions.device, layout);
  return weights.derived(
    key,
    (owned) => owned.use(sessions.build(graph(), interleavedIntegers(weights))),
  );
}

/** Integers of four bits in the order of MatMulNBits, with their scales. */
function interleavedIntegers(weights: StoredWeights): Tensors {
  return weights.derived("interleaved", (owned) => {
    const { tensors } = weights;
    const integers = [...tensors].filter(([, { type }]) => type === "uint8");
    return Object.fromEntries(integers.flatMap(([name, held]) => {
      const memory = owned.use(allocate("uint8", held.dims));
      interleave(held.data as Uint8Array, memory.data);
      // A view: ONNX Runtime wants memory that is not its own.
      const view = owned.use(memory.view(held.dims));
      return [[name, view], [scalesName(name), tensors.get(scalesName(name))!]];
    }));
  });
}
