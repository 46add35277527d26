/** What a device does in how long: a product of matrices, a training step, and a token. Loaded with the engine. @module */
import type { LlamaConfig } from "../models/mod.ts";
import { Graph, Sessions } from "../onnx/mod.ts";
import { DeviceTrial } from "../rl/mod.ts";
import { type DeviceName, zeros } from "../runtime/mod.ts";

/** What was found out about a device. */
export interface Measured {
  /** 10⁹ floating-point operations a second, of a product of two matrices of {@linkcode SIDE}. */
  readonly gemm_gflops: number;
  /** Milliseconds of an optimizer step of {@linkcode MODEL}. */
  readonly step_ms: number;
  /** Milliseconds of a token of all rows. */
  readonly token_ms: number;
  /** Largest difference of its log-probabilities to the processor's. */
  readonly difference: number;
  /** Operators that run on the host though the graph is the device's. */
  readonly on_host: readonly string[];
}

/** Rows and columns of the matrices that are multiplied. */
export const SIDE = 1024;

/** The model that is trained and sampled from. */
export const MODEL: LlamaConfig = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 2048,
  hidden_size: 128,
  intermediate_size: 256,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 32,
  max_position_embeddings: 128,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: true,
};
/** Rows and their tokens. */
export const SIZES = { rows: 4, length: 64 } as const;

const REPEATS = 5;
const TOKENS = 16;

/** Milliseconds of the fastest of some runs, after one that is not counted. */
async function fastest(work: () => Promise<void>): Promise<number> {
  await work();
  let least = Infinity;
  for (let i = 0; i < REPEATS; i++) {
    const started = performance.now();
    await work();
    least = Math.min(least, performance.now() - started);
  }
  return least;
}

async function multiply(device: DeviceName): Promise<number> {
  using sessions = new Sessions({ device });
  const graph = new Graph("product");
  const [a, b] = ["a", "b"].map((name) => graph.input(name, "float32", [SIDE, SIDE]));
  // Fetched by the host, so that it is not queued alone.
  const { op } = graph, product = op.MatMul(a!, b!);
  graph.output("y", op.ReduceSum(product, graph.ints([0, 1]), { keepdims: 0 }));
  const session = sessions.get("product", () => graph);
  using x = zeros("float32", [SIDE, SIDE]);
  return await fastest(async () => {
    const { y } = await session.run({ a: x, b: x }, ["y"]);
    y.dispose();
  });
}

/** Measures a device. @throws {Error} when it cannot be used */
export async function measureDevice(device: DeviceName): Promise<Measured> {
  using trial = new DeviceTrial(device, MODEL, SIZES), cpu = new DeviceTrial("cpu", MODEL, SIZES);
  const [own, expected] = [await trial.scores(), await cpu.scores()];
  const difference = Math.max(...own.map((logp, i) => Math.abs(logp - expected[i]!)));
  const step = await fastest(() => trial.step());
  const [one, many] = [
    await fastest(() => trial.sample(1)),
    await fastest(() => trial.sample(1 + TOKENS)),
  ];
  const product = await multiply(device);
  return {
    gemm_gflops: 2 * SIDE ** 3 / product / 1e6,
    step_ms: step,
    token_ms: Math.max(0, many - one) / TOKENS,
    difference,
    on_host: trial.operatorsOnHost(),
  };
}
