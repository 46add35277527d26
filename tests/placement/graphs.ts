/**
 * Every graph that the program builds for a device, found where sessions are built while small models are trained and
 * sampled from. What runs is the CPU; the code chooses as it does for a device.
 *
 * @module
 */
import { generate } from "../../src/generate/mod.ts";
import type { Truncation } from "../../src/generate/truncation.ts";
import {
  type Adapter,
  initializeAdapters,
  type LlamaConfig,
  makeWeights,
  mergeAdapters,
  type Model,
  MODELS,
  type ModelType,
  parameterShapes,
  PRECISIONS,
  type Projection,
  PROJECTIONS,
  Weights,
} from "../../src/models/mod.ts";
import { Graph, Sessions, toModel } from "../../src/onnx/mod.ts";
import { LOSSES } from "../../src/losses/mod.ts";
import { Random } from "../../src/random/random.ts";
import { type DeviceName, type DType, Session, type Tensors } from "../../src/runtime/mod.ts";
import { ADAMW, type Row, score, Trainer } from "../../src/train/mod.ts";
import { lossGraph } from "../../src/train/loss_graph.ts";
import { tinyConfig } from "../models.ts";
import { lossOf } from "../training.ts";

/** A graph, and the inputs that are built into its session. */
export interface Built {
  readonly name: string;
  readonly graph: Graph;
  readonly builtIn: readonly string[];
}

/** Keeps each graph that it is asked for, and runs it on the CPU. */
class Recorder extends Sessions {
  readonly built: Built[] = [];
  prefix = "";

  constructor(device: DeviceName) {
    super({ device });
  }

  keep(graph: Graph, initializers: Tensors = {}): void {
    this.built.push({
      name: `${this.prefix}: ${graph.name}`,
      graph,
      builtIn: Object.keys(initializers),
    });
  }

  override build(graph: Graph, initializers: Tensors = {}): Session {
    this.keep(graph, initializers);
    const given = Object.keys(initializers).map((name) => [name, "memory"] as const);
    return new Session(toModel(graph, new Map(given)), { name: graph.name, initializers });
  }
}

const ADAPTER: Adapter = { rank: 4, alpha: 8, targets: Object.keys(PROJECTIONS) as Projection[] };
/** Types of tensors that stay on a device; see src/runtime/device_memory.ts. */
const MIRRORED: readonly DType[] = ["float32", "float16", "int8", "uint8"];
const LENGTHS = [9, 5, 7];
/** From so many tokens on, queries are taken in blocks. */
const LONG = 400;

/** The models: each family, and each precision with and without adapters. */
function configs(families: readonly ModelType[]): ReadonlyMap<string, LlamaConfig> {
  const sizes = { hidden_size: 32, intermediate_size: 64, max_position_embeddings: 512 };
  const made = new Map<string, LlamaConfig>();
  for (const type of families) {
    for (const precision of PRECISIONS) {
      for (const adapted of [false, true]) {
        made.set(
          `${type} ${precision}${adapted ? " adapters" : ""}`,
          tinyConfig({
            ...sizes,
            model_type: type,
            precision,
            // More than a tile of the head; and heads that the cache widens.
            vocab_size: precision === "float32" && !adapted ? 2400 : 13,
            head_dim: type === "qwen2" ? 8 : 16,
            tie_word_embeddings: type !== "qwen3",
            ...(adapted ? { adapter: ADAPTER } : {}),
          }),
        );
      }
    }
  }
  return made;
}

function rowsOf(config: LlamaConfig, lengths: readonly number[]): Row[] {
  return lengths.map((length, r) => ({
    ids: Array.from({ length }, (_, i) => (r * 7 + i * 3) % config.vocab_size),
    promptLength: 2,
    columns: { advantages: r - 0.5, old_logps: Array<number>(length - 2).fill(-1) },
  }));
}

async function train(model: Model, master: Weights | undefined): Promise<void> {
  for (
    const [lengths, recompute] of [[LENGTHS, false], [[LONG], false], [LENGTHS, true]] as const
  ) {
    using trainer = new Trainer({
      ...model,
      ...(master && { master }),
      loss: lossOf("rloo"),
      optimizer: { ...ADAMW, decay_on: "matrices", weight_decay: recompute ? 0.1 : 0 },
      microBatch: 2,
      recompute,
    });
    const rows = rowsOf(model.config, lengths);
    // Once with a gradient that is clipped, and once with one that is not.
    await trainer.step(
      rows.map((row) => ({ ...row, columns: { ...row.columns, advantages: 1e4 } })),
      1e-4,
    );
    await trainer.step(
      rows.map((row) => ({ ...row, columns: { ...row.columns, advantages: 1e-9 } })),
      1e-4,
    );
  }
}

async function sample(model: Model): Promise<void> {
  const truncations: Truncation[] = [{}, { topK: 3, topP: 0.9, minP: 0.1 }];
  for (
    const [temperature, truncation] of [
      [0, {}],
      ...truncations.map((t) => [1, t] as const),
    ] as const
  ) {
    await generate(model, {
      prompts: [[3, 1, 4], [1, 5]],
      samples: 2,
      maxNewTokens: 3,
      endIds: new Set(),
      temperature,
      truncation,
      uniform: () => 0.5,
      batch: 8,
    });
  }
}

/** Everything that is done with a model. */
async function useModel(config: LlamaConfig, sessions: Sessions): Promise<void> {
  const random = new Random("placement"), { precision = "float32", adapter } = config;
  using full = Weights.initialize({ ...config, precision: "float32" }, random);
  using weights = precision === "float32"
    ? undefined
    : makeWeights(parameterShapes(config), precision);
  if (weights !== undefined) {
    for (const name of weights.shapes.keys()) weights.write(name, full.read(name), 0);
  }
  using adapters = adapter && initializeAdapters(config, random);
  const model = { config, weights: weights ?? full, sessions, ...(adapters && { adapters }) };
  if (adapters !== undefined || precision === "float32" || precision === "float16") {
    await train(model, adapters === undefined && weights !== undefined ? full : undefined);
  }
  await score({ ...model, microBatch: 2 }, rowsOf(config, LENGTHS), 0.8);
  await sample(model);
  if (adapters !== undefined && weights === undefined) {
    await mergeAdapters(config, full, adapters, sessions);
  }
}

/** Every graph for a device, by the model that it was built for. */
export async function builtGraphs(
  device: DeviceName,
  families = Object.keys(MODELS) as readonly ModelType[],
): Promise<Built[]> {
  using sessions = new Recorder(device);
  for (const [name, config] of configs(families)) {
    sessions.prefix = name;
    await useModel(config, sessions);
  }
  for (const name of Object.keys(LOSSES)) {
    sessions.prefix = "losses";
    for (const beta of name === "cross_entropy" || name === "rloo" ? [0] : [0, 0.1]) {
      sessions.keep(lossGraph(lossOf(name, beta === 0 ? {} : { beta })));
    }
  }
  sessions.prefix = "mirrors";
  for (const type of MIRRORED) {
    const copy = new Graph("copy");
    copy.output("y", copy.input("x", type, ["size"]));
    sessions.keep(copy);
  }
  return sessions.built;
}
