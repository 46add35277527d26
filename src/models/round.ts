import { Graph, type Sessions, unknownShape } from "../onnx/mod.ts";
import type { DType } from "../runtime/mod.ts";
import type { StoredWeights, Weights } from "./weights.ts";

/** Rounds float32 weights into those of float16 that stand for them, where they lie. */
export async function roundWeights(
  from: Weights,
  into: StoredWeights,
  sessions: Sessions,
): Promise<void> {
  for (const [name, y] of into.tensors) {
    const rank = y.dims.length;
    const session = sessions.get(["round", y.type, rank], () => castGraph(y.type, rank));
    await session.runInto({ x: from.tensors.get(name)! }, { y });
  }
}

function castGraph(to: DType, rank: number): Graph {
  const graph = new Graph(`round/${to}`);
  const x = graph.input("x", "float32", unknownShape(rank));
  graph.output("y", graph.op.Cast(x, { to }));
  return graph;
}
