import { extract, type Graph, type OpName, reachableNodes, type Value } from "../onnx/mod.ts";

/** A forward and a backward graph, which run apart. */
export interface Passes {
  readonly forward: Graph;
  /** Has inputs of the names in {@linkcode Passes.saved}, besides those it shares with the forward graph. */
  readonly backward: Graph;
  /** Outputs of the forward graph that the backward graph wants. */
  readonly saved: ReadonlyMap<string, Value>;
}

/** Operators whose results cost more to compute again than to keep. */
const COSTLY: ReadonlySet<OpName> = new Set<OpName>(["MatMul", "FusedMatMul", "Softmax"]);

/**
 * Splits a graph that holds a forward pass and its gradients in two.
 *
 * @param results what the forward pass is for, by output name
 * @param gradients what the backward pass gives, by output name
 * @param recompute whether the backward pass starts from the inputs again and keeps nothing (activation
 *   recomputation, Chen et al. 2016, arXiv 1604.06174); else it keeps the costly values and recomputes the rest
 */
export function splitPasses(
  graph: Graph,
  results: ReadonlyMap<string, Value>,
  gradients: ReadonlyMap<string, Value>,
  recompute: boolean,
): Passes {
  const forwardNodes = new Set(reachableNodes(results.values()));
  const kept = new Map<Value, string>();
  if (!recompute) {
    const names = new Map([...results].map(([name, value]) => [value, name]));
    const visited = new Set<Value>();
    const visit = (value: Value) => {
      if (visited.has(value) || value.source.kind !== "op") return;
      visited.add(value);
      const { source } = value;
      if (forwardNodes.has(source) && COSTLY.has(source.op)) {
        kept.set(value, names.get(value) ?? source.name);
      } else source.inputs.forEach(visit);
    };
    for (const value of gradients.values()) visit(value);
  }
  const saved = new Map([...kept].map(([value, name]) => [name, value]));
  return {
    forward: extract(graph, `${graph.name}/forward`, new Map([...results, ...saved])),
    backward: extract(graph, `${graph.name}/backward`, gradients, kept),
    saved,
  };
}
