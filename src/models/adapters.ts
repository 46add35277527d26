/** Low-rank adapters: LoRA (Hu et al. 2021, arXiv 2106.09685). @module */
import type { Random } from "../random/random.ts";
import { Graph, type Sessions } from "../onnx/mod.ts";
import { adapterShapes, type LlamaConfig, lowRank, type Projection } from "./config.ts";
import { Weights } from "./weights.ts";

/** Adapters that change nothing yet: A uniform in ±1/√in as in PEFT, B zero. */
export function initializeAdapters(config: LlamaConfig, random: Random): Weights {
  const adapters = new Weights(adapterShapes(config));
  for (const [name, { data, dims }] of adapters.tensors) {
    if (name.endsWith(".lora_B.weight")) continue;
    const source = random.derive(name), bound = 1 / Math.sqrt(dims[1]!);
    for (let i = 0; i < data.length; i++) data[i] = bound * (2 * source.next() - 1);
  }
  return adapters;
}

/** Adds adapters to weights, in place: W + α/r · B A, with the α and r of each. */
export async function mergeAdapters(
  config: LlamaConfig,
  weights: Weights,
  adapters: Weights,
  sessions: Sessions,
): Promise<void> {
  for (const [name, b] of adapters.tensors) {
    if (!name.endsWith(".lora_B.weight")) continue;
    const path = name.slice(0, -".lora_B.weight".length), parts = path.split(".");
    const w = weights.tensors.get(`${path}.weight`)!;
    const a = adapters.tensors.get(`${path}.lora_A.weight`)!;
    const { rank, alpha } = lowRank(config, Number(parts[2]), parts.at(-1) as Projection)!;
    const session = sessions.get(["merge", alpha / rank], () => mergeGraph(alpha / rank));
    await session.run({ w, a, b }, ["w.new"], { "w.new": w });
  }
}

function mergeGraph(scale: number): Graph {
  const graph = new Graph("merge");
  const w = graph.input("w", "float32", ["out", "in"]);
  const a = graph.input("a", "float32", ["rank", "in"]);
  const b = graph.input("b", "float32", ["out", "rank"]);
  graph.output("w.new", graph.op.Gemm(b, a, w, { alpha: scale, beta: 1 }));
  return graph;
}
