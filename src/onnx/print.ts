import { type Graph, reachableNodes, type Value, valueName } from "./graph.ts";
import { formatShape } from "./types.ts";

/** The graph as text, a node a line, that reads like the model it came from. */
export function printGraph(graph: Graph): string {
  const lines = [`graph ${graph.name}`];
  for (const value of graph.inputs) lines.push(`  input ${valueName(value)}: ${typeText(value)}`);
  for (const node of reachableNodes(graph.outputs.values())) {
    const attributes = Object.entries(node.attributes).map(([key, value]) =>
      `${key}=${Array.isArray(value) ? `[${value}]` : value}`
    );
    const args = [...node.inputs.map(operandText), ...attributes].join(", ");
    lines.push(`  ${node.name} = ${node.op}(${args})`);
  }
  for (const [name, value] of graph.outputs) {
    lines.push(`  output ${name}: ${typeText(value)} = ${valueName(value)}`);
  }
  return lines.join("\n") + "\n";
}

function operandText(value: Value): string {
  if (value.source.kind !== "constant" || value.source.data.length > 8) return valueName(value);
  return value.shape.length === 0 ? `${value.source.data[0]}` : `[${value.source.data}]`;
}

function typeText(value: Value): string {
  return `${value.dtype}${formatShape(value.shape)}`;
}
