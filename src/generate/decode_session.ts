import {
  interleave,
  type Model,
  projectIntegers,
  projectLate,
  rowsFirst,
  scalesName,
  type StoredWeights,
  weightFirst,
} from "../models/mod.ts";
import { allocate, type Session, type Tensors } from "../runtime/mod.ts";
import { decodeGraph } from "./graphs.ts";

/**
 * The session that decodes so many rows. Integers of four bits are built into it: ONNX Runtime packs them once, and
 * multiplies with them as they are.
 */
export function decodeSession(
  { config, weights, sessions }: Model,
  greedy: boolean,
  rows: number,
): Session {
  const few = fewRows(rows, config.hidden_size);
  const project = projectLate(few ? weightFirst : rowsFirst);
  const key = ["decode", config, greedy, few];
  if (config.precision !== "int4") {
    return sessions.get(key, () => decodeGraph(config, greedy, project));
  }
  const graph = () => decodeGraph(config, greedy, projectIntegers(project));
  return weights.derived(
    key,
    (owned) => owned.use(sessions.build(graph(), interleavedIntegers(weights))),
  );
}

/**
 * Whether the weight is better the left matrix of a product: measured at 1 to 64 rows of width 576, where the two ways
 * cross before 4 and at 64.
 */
function fewRows(rows: number, width: number): boolean {
  return rows >= 4 && rows <= width / 8;
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
