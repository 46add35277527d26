/**
 * GFLOP/s of products x · wᵀ, float32, as SmolLM2 and the embedded model have them: both sides fed, and w built in, which
 * ONNX Runtime then packs once; PyTorch's beside them where SOAR_PEER_PYTHON is set.
 *
 *     deno run -A bench/gemm.ts
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { Graph, Sessions } from "../src/onnx/mod.ts";
import { allocate, type Tensor } from "../src/runtime/mod.ts";
import { describeMachine } from "./machine.ts";
import { type Steady, steady, unsteady } from "./steady.ts";

/** Rows of x, and w's rows and columns: [m, k] · [n, k]ᵀ. */
const PRODUCTS: readonly (readonly [what: string, m: number, n: number, k: number])[] = [
  ["query and output, 512 tokens", 512, 576, 576],
  ["gate and up, 512 tokens", 512, 1536, 576],
  ["down, 512 tokens", 512, 576, 1536],
  ["a tile of the head, 512 tokens", 512, 4096, 576],
  ["gate and up, 1 token", 1, 1536, 576],
  ["gate and up, 32 tokens", 32, 1536, 576],
  ["the embedded model's MLP, 10,240 tokens", 10240, 256, 64],
  ["square", 2048, 2048, 2048],
];

/** Products in a measurement: short ones are timed together. */
const timesOf = (m: number, n: number, k: number) => Math.ceil(2e8 / (m * n * k));

function filled(dims: readonly number[]): Tensor<"float32"> {
  const made = allocate("float32", dims);
  for (let i = 0; i < made.data.length; i++) made.data[i] = (i % 13) / 13 - 0.5;
  return made;
}

/** Seconds of one product. @param builtIn whether w is */
async function ours(m: number, n: number, k: number, builtIn: boolean): Promise<Steady> {
  const graph = new Graph("product");
  const x = graph.input("x", "float32", [m, k]), w = graph.input("w", "float32", [n, k]);
  // Weights that are built in are turned while packing; fed ones are read as they lie.
  graph.output("y", graph.op.FusedMatMul(x, w, { transB: 1 }));
  using sessions = new Sessions();
  using a = filled([m, k]);
  using b = filled([n, k]);
  using y = allocate("float32", [m, n]);
  using view = b.view([n, k]); // ONNX Runtime wants memory that is not its own
  using session = sessions.build(graph, builtIn ? { w: view } : {});
  const feeds = builtIn ? { x: a } : { x: a, w: b }, times = timesOf(m, n, k);
  const { best, ...rest } = await steady(async () => {
    for (let i = 0; i < times; i++) await session.runInto(feeds, { y });
  }, { repeats: 40, seconds: 6 });
  return { best: best / times, ...rest };
}

/** PyTorch's GFLOP/s by product, in their order. */
async function theirs(python: string): Promise<number[]> {
  const script = fileURLToPath(new URL("./peers/gemm.py", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(python, {
    args: [script, JSON.stringify(PRODUCTS.map(([, ...sizes]) => sizes))],
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout)) as number[];
}

console.log(`${describeMachine()}\n`);
const python = Deno.env.get("SOAR_PEER_PYTHON");
const peer = python === undefined ? undefined : await theirs(python);
console.log("| product | m × n × k | both fed | w built in | PyTorch |");
console.log("| --- | --- | --- | --- | --- |");
for (const [i, [what, m, n, k]] of PRODUCTS.entries()) {
  const rate = (one: Steady) => `${(2e-9 * m * n * k / one.best).toFixed(0)}${unsteady(one)}`;
  const cells = [
    ...[what, `${m} × ${n} × ${k}`],
    ...[rate(await ours(m, n, k, false)), rate(await ours(m, n, k, true))],
    peer === undefined ? "" : peer[i]!.toFixed(0),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
