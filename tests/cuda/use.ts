/**
 * Trains and samples on CUDA over stand-ins, and prints what was copied as JSON. Run by cuda_test.ts.
 *
 *     deno run -A tests/cuda/use.ts libcudart.so.13
 *
 * @module
 */
import { generate } from "../../src/generate/mod.ts";
import {
  initializeAdapters,
  type LlamaConfig,
  makeWeights,
  parameterShapes,
  PRECISIONS,
  type Projection,
  PROJECTIONS,
  Weights,
} from "../../src/models/mod.ts";
import { Graph, Sessions, toModel } from "../../src/onnx/mod.ts";
import { Random } from "../../src/random/random.ts";
import { Session, TRANSFERS, zeros } from "../../src/runtime/mod.ts";
import { ADAMW, type Row, Trainer } from "../../src/train/mod.ts";
import { tinyConfig } from "../models.ts";
import { lossOf } from "../training.ts";

/** What a device was asked for since a moment. */
export interface Counted {
  readonly launches: number;
  readonly toDevice: number;
  readonly toHost: number;
  readonly allocated: number;
}

/** What was counted, by what was done. */
export interface Use {
  /** Bytes of a tensor that a run reads, and what the run asked for. */
  readonly mirror: Counted & { readonly bytes: number };
  /** A step of training after the first, by model; and bytes of what is trained. */
  readonly steps: Readonly<Record<string, Counted & { readonly trained: number }>>;
  /** A token of all rows, by model; and bytes that their cache has at least. */
  readonly sampled: Readonly<Record<string, Counted & { readonly cache: number }>>;
  /** Kernels that were launched while a copy to the device could be under way. */
  readonly early: number;
}

const library = Deno.dlopen(Deno.args[0]!, {
  stand_in_counters: { parameters: ["buffer"], result: "void" },
});

function counters(): number[] {
  const read = new BigUint64Array(9);
  library.symbols.stand_in_counters(read);
  return Array.from(read, Number);
}

function difference(after: readonly number[], before: readonly number[]): Counted {
  const [launches, , toDevice, , toHost, , , allocated] = after.map((x, i) => x - before[i]!);
  return { launches: launches!, toDevice: toDevice!, toHost: toHost!, allocated: allocated! };
}

async function counted(work: () => Promise<unknown>): Promise<Counted> {
  const before = counters();
  await work();
  return difference(counters(), before);
}

async function uploadOne(): Promise<Use["mirror"]> {
  const graph = new Graph("product");
  const x = graph.input("x", "float32", ["rows", 1024]),
    w = graph.input("w", "float32", [1024, 64]);
  graph.output("y", graph.op.MatMul(x, w));
  using session = new Session(toModel(graph), { name: "product", device: "cuda" });
  using x1 = zeros("float32", [1, 1024]), w1 = zeros("float32", [1024, 64]);
  await session.run({ x: x1, w: w1 }, ["y"]); // what a session takes for itself
  using large = zeros("float32", [2 ** 14, 1024]);
  const before = TRANSFERS.toDevice;
  const made = await counted(async () => {
    const { y } = await session.run({ x: large, w: w1 }, ["y"]);
    y.dispose();
  });
  if (TRANSFERS.toDevice - before !== large.bytes) throw new Error("it was not uploaded once");
  return { ...made, bytes: large.bytes };
}

function rowsOf({ vocab_size }: LlamaConfig): Row[] {
  return Array.from({ length: 4 }, (_, r) => ({
    ids: Array.from({ length: 12 }, (_, i) => (7 * r + 3 * i) % vocab_size),
    promptLength: 3,
    columns: { advantages: r - 1.5, old_logps: Array<number>(9).fill(-1) },
  }));
}

const result = {
  steps: {} as Record<string, Use["steps"][string]>,
  sampled: {} as Record<string, Use["sampled"][string]>,
};
const TOKENS = 8;
const ADAPTER = { rank: 4, alpha: 8, targets: Object.keys(PROJECTIONS) as Projection[] };
for (const precision of PRECISIONS) {
  for (const adapted of [false, true]) {
    const name = `${precision}${adapted ? " adapters" : ""}`;
    const config = tinyConfig({
      hidden_size: 128,
      intermediate_size: 256,
      vocab_size: 512,
      precision,
      ...(adapted ? { adapter: ADAPTER } : {}),
    });
    using sessions = new Sessions({ device: "cuda" });
    const random = new Random("use");
    using master = Weights.initialize({ ...config, precision: "float32" }, random);
    using weights = makeWeights(parameterShapes(config), precision);
    for (const weight of weights.shapes.keys()) weights.write(weight, master.read(weight), 0);
    using adapters = adapted ? initializeAdapters(config, random) : undefined;
    const model = { config, weights, sessions, ...(adapters && { adapters }) };
    if (adapted || precision === "float32" || precision === "float16") {
      using trainer = new Trainer({
        ...model,
        ...(!adapted && precision === "float16" ? { master } : {}),
        loss: lossOf("rloo"),
        optimizer: ADAMW,
        microBatch: 2,
      });
      await trainer.step(rowsOf(config), 1e-3);
      const trained = adapters ?? (precision === "float16" ? master : weights as Weights);
      result.steps[name] = {
        ...await counted(() => trainer.step(rowsOf(config), 1e-3)),
        trained: trained.flat.bytes,
      };
    }
    const marks: number[][] = [];
    await generate(model, {
      prompts: [[3, 1, 4, 1, 5], [9, 2]],
      samples: 2,
      maxNewTokens: 2 * TOKENS,
      endIds: new Set(),
      temperature: 1,
      uniform(prompt, sample) {
        if (prompt === 0 && sample === 0) marks.push(counters());
        return 0.5;
      },
      batch: 8,
    });
    const between = difference(marks[TOKENS]!, marks[1]!);
    const perToken = (bytes: number) => bytes / (TOKENS - 1);
    result.sampled[name] = {
      launches: perToken(between.launches),
      toDevice: perToken(between.toDevice),
      toHost: perToken(between.toHost),
      allocated: perToken(between.allocated),
      // Of four rows: keys and values of two layers.
      cache: 4 * 2 * 2 * config.num_key_value_heads * (2 * TOKENS) * config.head_dim * 4,
    };
  }
}
const mirror = await uploadOne();
console.log(JSON.stringify({ mirror, ...result, early: counters()[8]! } satisfies Use));
