/**
 * Has ONNX Runtime's CUDA provider place every graph of the program; prints what it does not run on the GPU as JSON. Run by
 * cuda_test.ts.
 *
 * @module
 */
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { formFor, toModel } from "../../src/onnx/mod.ts";
import { allocate, type DType, Session } from "../../src/runtime/mod.ts";
import { type Built, builtGraphs } from "../placement/graphs.ts";

/** What was found of all graphs. */
export interface Placement {
  readonly graphs: number;
  readonly nodes: number;
  /** Operators on the CPU, with the names of graphs. */
  readonly onHost: Readonly<Record<string, readonly string[]>>;
  /** Copies between devices that ONNX Runtime has put into graphs, of what, with the names of graphs. */
  readonly copies: Readonly<Record<string, readonly string[]>>;
}

const nodes = { all: 0 };
const onHost = new Map<string, Set<string>>(), copies = new Map<string, Set<string>>();
const file = await Deno.makeTempFile({ suffix: ".onnx" });

function note(into: Map<string, Set<string>>, what: string, graph: string): void {
  into.set(what, (into.get(what) ?? new Set()).add(graph));
}

function place({ name, graph, builtIn }: Built): void {
  using owned = new DisposableStack();
  const given = graph.inputs.filter(({ source }) => builtIn.includes(source.name));
  const initializers = Object.fromEntries(given.map(({ source, dtype, shape }) => {
    const memory = owned.use(allocate(dtype as DType, shape as number[]));
    return [source.name, owned.use(memory.view(memory.dims))];
  }));
  const model = toModel(
    formFor("cuda", graph),
    new Map(builtIn.map((name) => [name, "memory"] as const)),
  );
  using session = new Session(model, {
    name,
    device: "cuda",
    initializers,
    tellPlacement: true,
    writeTo: file,
  });
  for (const { provider, operator } of session.placement()) {
    nodes.all++;
    if (provider !== "CUDAExecutionProvider") note(onHost, operator, name);
  }
  const written = fromBinary(ModelProtoSchema, Deno.readFileSync(file));
  const { node } = written.graph!;
  for (const { opType, input } of node) {
    if (!opType.startsWith("Memcpy")) continue;
    const from = node.find(({ output }) => output.includes(input[0]!))?.opType ?? "an input";
    note(copies, `${opType} of ${from}`, name);
  }
}

const built = await builtGraphs("cuda");
for (const graph of built) place(graph);
Deno.removeSync(file);
const listed = (found: ReadonlyMap<string, ReadonlySet<string>>) =>
  Object.fromEntries([...found].map(([what, names]) => [what, [...names]]));
console.log(JSON.stringify(
  {
    graphs: built.length,
    nodes: nodes.all,
    onHost: listed(onHost),
    copies: listed(copies),
  } satisfies Placement,
));
