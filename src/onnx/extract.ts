import { Graph, type Node, reachableNodes, type Value } from "./graph.ts";

/** Makes something else of a node in a graph, or nothing of those that stay as they are. */
export type Rewrite = (
  graph: Graph,
  node: Node,
  inputs: readonly Value[],
) => readonly Value[] | undefined;

/**
 * A graph of its own for some results of another.
 *
 * @param results what it computes, by output name
 * @param cut values that become inputs of these names instead of being computed
 */
export function extract(
  graph: Graph,
  name: string,
  results: ReadonlyMap<string, Value>,
  cut: ReadonlyMap<Value, string> = new Map(),
  rewrite: Rewrite = () => undefined,
): Graph {
  const made = new Graph(name, graph.sizes);
  const copies = new Map<Value, Value>();
  const copy = (value: Value): Value => {
    let found = copies.get(value);
    if (found !== undefined) return found;
    const { source, dtype, shape } = value;
    const input = cut.get(value);
    if (input !== undefined) found = made.input(input, dtype, shape);
    else if (source.kind === "input") found = made.input(source.name, dtype, shape);
    else if (source.kind === "constant") {
      found = made.constant(dtype, shape as readonly number[], source.data);
    } else throw new TypeError(`Cannot extract ${source.name}: it was not reached`);
    copies.set(value, found);
    return found;
  };
  for (const node of reachableNodes(results.values(), new Set(cut.keys()))) {
    const originals = graph.valuesOf(node), inputs = node.inputs.map(copy);
    const values = rewrite(made, node, inputs) ??
      made.apply(node.op, inputs, node.attributes, originals, node.name);
    originals.forEach((value, i) => cut.has(value) || copies.set(value, values[i]!));
  }
  for (const [output, value] of results) made.output(output, copy(value));
  return made;
}
