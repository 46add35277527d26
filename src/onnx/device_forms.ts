/** Operators that a device has in another form; the graphs are built for all of them alike. @module */
import type { DeviceName } from "../runtime/mod.ts";
import { extract, type Rewrite } from "./extract.ts";
import { type Graph, reachableNodes } from "./graph.ts";
import type { OpName } from "./ops.ts";

const FORMS: Readonly<Record<DeviceName, Partial<Record<OpName, Rewrite>>>> = {
  cpu: {},
  webgpu: {},
  cuda: {
    /** CUDA's own calls cuDNN, which nothing else here needs. On the CPU this form takes the head 7 % longer. */
    ReduceMax({ op }, { attributes: { keepdims = 1 } }, [x, axes]) {
      const { source } = axes!, chosen = source.kind === "constant" ? source.data : [];
      const axis = chosen[0];
      if (axis === undefined || chosen.length > 1 || keepdims !== 1) {
        throw new TypeError("Cannot take a maximum on CUDA but along one axis, which stays");
      }
      return [op.GatherElements(x!, op.ArgMax(x!, { axis, keepdims: 1 }), { axis })];
    },
  },
};

/** The graph in the form that a device is given. */
export function formFor(device: DeviceName, graph: Graph): Graph {
  const forms = FORMS[device];
  if (reachableNodes(graph.outputs.values()).every(({ op }) => forms[op] === undefined)) {
    return graph;
  }
  return extract(
    graph,
    graph.name,
    graph.outputs,
    new Map(),
    (made, node, inputs) => forms[node.op]?.(made, node, inputs),
  );
}
