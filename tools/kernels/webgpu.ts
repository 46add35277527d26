/**
 * Asks the WebGPU provider of the pinned ONNX Runtime which nodes of the program's graphs it has kernels for, each in a
 * graph of its own: tests/golden/kernels_webgpu.json. It wants an adapter; a software one will do (packages chromium and
 * libvulkan1 of Debian).
 *
 *     VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json deno run -A tools/kernels/webgpu.ts [--check]
 *
 * @module
 */
import { formFor, Graph, toModel } from "../../src/onnx/mod.ts";
import { type DType, ORT_VERSION, Session } from "../../src/runtime/mod.ts";
import { builtGraphs } from "../../tests/placement/graphs.ts";
import { nodesOf, type Typed } from "../../tests/placement/kernels.ts";

const FILE = new URL("../../tests/golden/kernels_webgpu.json", import.meta.url);

/** A graph of one node as it stands in another: what it is given are inputs, but for constants. */
function alone(graph: Graph, { node, inputs }: Typed): Graph {
  const made = new Graph("node");
  if (node === undefined) {
    made.output("y", made.input("x", inputs[0] as DType, ["n"]));
    return made;
  }
  const values = graph.valuesOf(node);
  const given = node.inputs.map((value, i) =>
    value.source.kind === "constant"
      ? made.constant(value.dtype, value.shape as readonly number[], value.source.data)
      : made.input(`x${i}`, value.dtype, value.shape)
  );
  made.apply(node.op, given, node.attributes, values)
    .forEach((value, i) => made.output(`y${i}`, value));
  return made;
}

/** Whether the provider takes it. */
function runsOnWebGpu(graph: Graph): boolean {
  using session = new Session(toModel(graph), {
    name: "node",
    device: "webgpu",
    optimization: "none",
    tellPlacement: true,
  });
  return session.placement().every(({ provider }) => provider === "WebGpuExecutionProvider");
}

/** Sorted by signature; where one is taken in some graphs alone, it counts as not taken. */
export async function askWebGpu(): Promise<Record<string, boolean>> {
  const asked = new Map<string, boolean>(), seen = new Set<string>();
  for (const { graph } of await builtGraphs("webgpu")) {
    for (const typed of nodesOf(formFor("webgpu", graph))) {
      const { node, signature } = typed;
      const once = JSON.stringify([
        signature,
        node?.attributes,
        node?.inputs.map(({ shape }) => shape),
      ]);
      if (seen.has(once)) continue;
      seen.add(once);
      const taken = runsOnWebGpu(alone(graph, typed));
      asked.set(signature, (asked.get(signature) ?? true) && taken);
    }
  }
  return Object.fromEntries([...asked].sort(([a], [b]) => a < b ? -1 : 1));
}

if (import.meta.main) {
  const table = { onnxruntime: ORT_VERSION, signatures: await askWebGpu() };
  const text = JSON.stringify(table, null, 2) + "\n";
  if (!Deno.args.includes("--check")) Deno.writeTextFileSync(FILE, text);
  else if (Deno.readTextFileSync(FILE) !== text) {
    console.error(`${FILE.pathname} is not what the provider takes: make it anew`);
    Deno.exit(1);
  }
}
