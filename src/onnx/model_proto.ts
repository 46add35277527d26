import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as AttributeType,
  type AttributeProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataLocation,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from "onnx-buf";
import { DTYPES } from "../runtime/mod.ts";
import {
  type Constant,
  type Graph,
  type Node,
  reachableNodes,
  type Value,
  valueName,
} from "./graph.ts";
import { type OpDefinition, OPS } from "./ops.ts";
import type { TensorType } from "./types.ts";

/** Versions of the format and of ONNX's operators. */
const VERSIONS = { ir: 10n, operators: 21n } as const;
/** The same, for graphs with operators that came with a later one. */
const LATER = { ir: 11n, operators: 24n } as const;

/** A part of a file beside the model's. */
export interface FilePart {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** Where elements are: the session is given them when it is built, or they are these bytes, or part of a file. */
export type Elements = "memory" | Uint8Array<ArrayBuffer> | FilePart;

/**
 * The graph as a serialized ONNX `ModelProto`, holding only what its outputs need.
 *
 * @param builtIn inputs that become initializers, and where the elements of each are
 */
export function toModel(
  graph: Graph,
  builtIn: ReadonlyMap<string, Elements> = new Map(),
): Uint8Array<ArrayBuffer> {
  const nodes = reachableNodes(graph.outputs.values());
  const constants = new Set<Value>();
  for (const value of [...nodes.flatMap((node) => node.inputs), ...graph.outputs.values()]) {
    if (value.source.kind === "constant") constants.add(value);
  }
  const { names, copies } = nameOutputs(graph);
  const nameOf = (value: Value) => names.get(value) ?? valueName(value);
  const versions = nodes.some(isLater) ? LATER : VERSIONS;
  const model = create(ModelProtoSchema, {
    irVersion: versions.ir,
    producerName: "soar",
    opsetImport: [
      { domain: "", version: versions.operators },
      ...nodes.some(isContributed) ? [{ domain: "com.microsoft", version: 1n }] : [],
    ],
    graph: {
      name: graph.name,
      node: [
        ...nodes.map((node) => nodeProto(node, nameOf, graph)),
        ...copies.map(([name, value]) => ({
          opType: "Identity",
          name: `output/${name}`,
          input: [nameOf(value)],
          output: [name],
        })),
      ],
      initializer: [
        ...[...constants].map((value) => tensorProto(value, (value.source as Constant).data)),
        ...graph.inputs.flatMap((value) => {
          const elements = builtIn.get(value.source.name);
          return elements === undefined ? [] : [builtInProto(value, elements)];
        }),
      ],
      input: graph.inputs.filter(({ source }) => !builtIn.has(source.name))
        .map((value) => valueInfo(value.source.name, value)),
      output: [...graph.outputs].map(([name, value]) => valueInfo(name, value)),
    },
  });
  return toBinary(ModelProtoSchema, model) as Uint8Array<ArrayBuffer>;
}

/**
 * A node's output takes the name of the graph output it is, so that it is written straight into the
 * tensor bound there. What is an input, a constant or an output twice is copied.
 */
function nameOutputs(graph: Graph): { names: Map<Value, string>; copies: [string, Value][] } {
  const names = new Map<Value, string>(), copies: [string, Value][] = [];
  for (const [name, value] of graph.outputs) {
    if (value.source.kind === "op" && !names.has(value)) names.set(value, name);
    else copies.push([name, value]);
  }
  return { names, copies };
}

function isContributed({ op }: Node): boolean {
  const definition: OpDefinition = OPS[op];
  return definition.domain !== undefined;
}

function isLater({ op }: Node): boolean {
  const { since }: OpDefinition = OPS[op];
  return since !== undefined;
}

function nodeProto(
  node: Node,
  nameOf: (value: Value) => string,
  graph: Graph,
): MessageInitShape<typeof NodeProtoSchema> {
  const definition: OpDefinition = OPS[node.op];
  return {
    opType: node.op,
    name: node.name,
    domain: definition.domain ?? "",
    input: withGaps(definition.inputs, node.inputs.map(nameOf)),
    output: graph.valuesOf(node).map(nameOf),
    attribute: Object.entries(node.attributes).map(([name, value]) =>
      attributeProto(name, value, definition)
    ),
  };
}

/** What stands for inputs, such as their names: empty where one is left out. */
export function withGaps(declared: readonly string[], names: readonly string[]): string[] {
  if (!declared.includes("")) return [...names];
  const rest = [...names];
  return declared.map((name) => name === "" ? "" : rest.shift()!);
}

function attributeProto(
  name: string,
  value: unknown,
  definition: OpDefinition,
): MessageInitShape<typeof AttributeProtoSchema> {
  const kind = definition.attributes?.[name];
  switch (kind) {
    case "int":
      return { name, type: AttributeType.INT, i: BigInt(value as number) };
    case "ints":
      return { name, type: AttributeType.INTS, ints: (value as number[]).map(BigInt) };
    case "float":
      return { name, type: AttributeType.FLOAT, f: value as number };
    case "string":
      return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value as string) };
    case "dtype":
      return {
        name,
        type: AttributeType.INT,
        i: BigInt(DTYPES[value as keyof typeof DTYPES].code),
      };
    case undefined:
      throw new TypeError(`Cannot serialize attribute ${name}: the operator has none`);
    default:
      return kind satisfies never;
  }
}

function tensorProto(
  value: Value,
  data: readonly number[],
): MessageInitShape<typeof TensorProtoSchema> {
  const { array, code } = DTYPES[value.dtype];
  const typed = array === BigInt64Array
    ? BigInt64Array.from(data, BigInt)
    : (array as Float32ArrayConstructor).from(data);
  return {
    name: value.source.name,
    dataType: code,
    dims: value.shape.map((dim) => BigInt(dim)),
    rawData: new Uint8Array(typed.buffer),
  };
}

function builtInProto(
  value: Value,
  elements: Elements,
): MessageInitShape<typeof TensorProtoSchema> {
  const type = {
    name: value.source.name,
    dataType: DTYPES[value.dtype].code,
    dims: value.shape.map((dim) => BigInt(dim)),
  };
  if (elements instanceof Uint8Array) return { ...type, rawData: elements };
  // A session that is given the elements looks at no place, which ONNX wants nevertheless.
  const place = elements === "memory" ? { location: "memory" } : {
    location: elements.file,
    offset: String(elements.offset),
    length: String(elements.length),
  };
  return {
    ...type,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries(place).map(([key, value]) => ({ key, value })),
  };
}

function valueInfo(name: string, type: TensorType): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = type.shape.map((size) => ({
    value: typeof size === "number"
      ? { case: "dimValue" as const, value: BigInt(size) }
      : { case: "dimParam" as const, value: size },
  }));
  return {
    name,
    type: {
      value: {
        case: "tensorType",
        value: { elemType: DTYPES[type.dtype].code, shape: { dim } },
      },
    },
  };
}
