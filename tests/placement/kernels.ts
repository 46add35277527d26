/**
 * Which nodes of a graph a device has kernels for, by element types and version, as tables tell that were made from the
 * providers themselves (tools/kernels/).
 *
 * @module
 */
import {
  type Graph,
  type Node,
  type OpDefinition,
  OPS,
  reachableNodes,
  withGaps,
} from "../../src/onnx/mod.ts";
import type { Value } from "../../src/onnx/mod.ts";
import registry from "../golden/kernels.json" with { type: "json" };
import webgpu from "../golden/kernels_webgpu.json" with { type: "json" };

/** Types by letter that a kernel takes. */
type Kernel = Readonly<Record<string, readonly string[]>>;
interface Operator {
  readonly opsets: readonly number[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly kernels: Readonly<Record<"cpu" | "cuda", readonly Kernel[]>>;
}

/** The version of ONNX Runtime whose kernels the tables tell. */
export const KERNELS_OF: readonly string[] = [registry.onnxruntime, webgpu.onnxruntime];
/** Whether WebGPU has a kernel, by signature. */
export const WEBGPU: Readonly<Record<string, boolean>> = webgpu.signatures;

const OPERATORS: Readonly<Record<string, readonly Operator[]>> = registry.operators;

/** A node as tables of kernels see it. */
export interface Typed {
  /** None of a copy that `toModel` adds. */
  readonly node: Node | undefined;
  /** Operator, and element types of its inputs and outputs: `Cast(uint8) -> float32`. */
  readonly signature: string;
  /** `com.microsoft:` before the operators that ONNX Runtime has contributed. */
  readonly operator: string;
  /** Element types, empty where an input is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whether it computes integers from sizes alone: these are few, and ONNX Runtime has them on the CPU by choice. */
  readonly isShapeArithmetic: boolean;
}

/** Every node of a graph, and the copies that `toModel` adds. */
export function nodesOf(graph: Graph): Typed[] {
  const nodes = reachableNodes(graph.outputs.values());
  const ofSizes = new Set<Node>();
  const isSize = ({ source }: Value) =>
    source.kind === "constant" || (source.kind === "op" && ofSizes.has(source));
  const placed = nodes.map((node) => {
    const values = graph.valuesOf(node), definition: OpDefinition = OPS[node.op];
    const whole = values.every(({ dtype }) => dtype === "int64");
    if (whole && (node.op === "Shape" || node.inputs.every(isSize))) ofSizes.add(node);
    const operator = (definition.domain === undefined ? "" : `${definition.domain}:`) + node.op;
    const inputs = withGaps(definition.inputs, typesOf(node.inputs));
    return typed(node, operator, inputs, typesOf(values), ofSizes.has(node));
  });
  const written = new Set<Value>();
  for (const value of graph.outputs.values()) {
    if (value.source.kind === "op" && !written.has(value)) written.add(value);
    else placed.push(typed(undefined, "Identity", [value.dtype], [value.dtype], false));
  }
  return placed;
}

function typesOf(values: readonly Value[]): string[] {
  return values.map(({ dtype }) => dtype);
}

function typed(
  node: Node | undefined,
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  isShapeArithmetic: boolean,
): Typed {
  const signature = `${operator}(${inputs.join(", ")}) -> ${outputs.join(", ")}`;
  return { node, signature, operator, inputs, outputs, isShapeArithmetic };
}

/** @throws {Error} when the tables do not know the operator, or its types */
export function hasKernel(
  { operator, inputs, outputs, signature }: Typed,
  device: "cpu" | "cuda" | "webgpu",
  opset: number,
): boolean {
  if (device === "webgpu") {
    const known = WEBGPU[signature];
    if (known !== undefined) return known;
    throw new Error(`Not asked for yet: ${signature}; run tools/kernels/webgpu.ts`);
  }
  const found = OPERATORS[operator]?.find(({ opsets }) =>
    opsets[0]! <= opset && opset <= opsets[1]!
  );
  if (found === undefined) {
    throw new Error(`No ${operator} of opset ${opset} in the table; see tools/kernels/registry.py`);
  }
  const last = found.inputs.at(-1)!;
  const letters = inputs.map((_, i) => found.inputs[i] ?? last).map((name) =>
    name.replace("...", "")
  );
  const pairs = [
    ...inputs.map((type, i) => [letters[i]!, type] as const),
    ...outputs.map((type, i) => [found.outputs[i]!, type] as const),
  ];
  return found.kernels[device].some((kernel) =>
    pairs.every(([letter, type]) => type === "" || (kernel[letter]?.includes(type) ?? true))
  );
}
