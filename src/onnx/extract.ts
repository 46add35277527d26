import { Graph, reachableNodes, type Value } from "./graph.ts";

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
    const originals = graph.valuesOf(node);
    const values = made.apply(
      node.op,
      node.inputs.map(copy),
      node.attributes,
      originals,
      node.name,
    );
    originals.forEach((value, i) => cut.has(value) || copies.set(value, values[i]!));
  }
  for (const [output, value] of results) made.output(output, copy(value));
  return made;
}
