/**
 * What is trained and generated to see every graph at sizes at which ONNX Runtime spreads it over threads. A graph that no
 * workload runs fails tests/determinism/threads_test.ts.
 *
 * @module
 */
import { generate } from "../../src/generate/mod.ts";
import {
  initializeAdapters,
  type LlamaConfig,
  makeWeights,
  mergeAdapters,
  type Model,
  parameterShapes,
  type Projection,
  PROJECTIONS,
  type StoredWeights,
  Weights,
} from "../../src/models/mod.ts";
import type { Sessions } from "../../src/onnx/mod.ts";
import type { Loss } from "../../src/losses/loss.ts";
import { Random } from "../../src/random/random.ts";
import type { Truncation } from "../../src/generate/truncation.ts";
import { lossOf } from "../training.ts";
import { ADAMW, type Row, score, Trainer } from "../../src/train/mod.ts";

/** Work on a model; what it runs is watched from outside. */
export interface Workload {
  readonly config: LlamaConfig;
  readonly work: (model: Model, random: Random) => Promise<void>;
}

/** The embedded model's sizes. */
const MINIATURE: LlamaConfig = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 27,
  hidden_size: 64,
  intermediate_size: 176,
  num_hidden_layers: 1,
  num_attention_heads: 4,
  num_key_value_heads: 4,
  head_dim: 16,
  max_position_embeddings: 128,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: true,
};

/** A layer of SmolLM2-135M's sizes, with a vocabulary of some tiles. */
const SMOLLM2: LlamaConfig = {
  ...MINIATURE,
  vocab_size: 6000,
  hidden_size: 576,
  intermediate_size: 1536,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  head_dim: 64,
  max_position_embeddings: 2048,
};

const ADAPTER = { rank: 16, alpha: 32, targets: Object.keys(PROJECTIONS) as Projection[] };
const CROSS_ENTROPY = lossOf("cross_entropy");

/** Rows of lengths around one, of tokens as unequally frequent as text's. */
function rows(config: LlamaConfig, random: Random, count: number, longest: number): Row[] {
  return Array.from({ length: count }, () => {
    const length = Math.ceil(longest * (0.75 + 0.25 * random.next())) + 1;
    const ids = Array.from(
      { length },
      () => Math.floor(config.vocab_size * random.next() ** 3),
    );
    const promptLength = Math.ceil(length / 3);
    return {
      ids,
      promptLength,
      columns: {
        advantages: random.normal(),
        old_logps: ids.slice(promptLength).map(() => -1 - 3 * random.next()),
      },
    };
  });
}

interface Training {
  readonly count: number;
  readonly length: number;
  readonly loss?: Loss;
  readonly microBatch?: number;
  readonly recompute?: boolean;
}

/** Two optimizer steps. */
function train(
  { count, length, loss = lossOf("rloo"), microBatch = 128, recompute = false }: Training,
): Workload["work"] {
  return async (model, random) => {
    const { config, weights } = model;
    using master = weights instanceof Weights ? undefined : fullWeights(config, random);
    const trained = model.adapters !== undefined || master === undefined ? {} : { master };
    using trainer = new Trainer({
      ...model,
      ...trained,
      loss,
      optimizer: { ...ADAMW, weight_decay: 0.01 },
      microBatch,
      recompute,
    });
    for (let step = 0; step < 2; step++) {
      await trainer.step(rows(config, random, count, length), 1e-3);
    }
  };
}

function scored(count: number, length: number): Workload["work"] {
  return async (model, random) => {
    await score({ ...model, microBatch: 128 }, rows(model.config, random, count, length), 0.8);
  };
}

function generated(
  prompts: number,
  samples: number,
  temperature: number,
  truncation: Truncation = {},
): Workload["work"] {
  return async (model, random) => {
    const { vocab_size } = model.config;
    await generate(model, {
      prompts: Array.from(
        { length: prompts },
        (_, i) => Array.from({ length: 20 + i % 7 }, () => random.int(vocab_size)),
      ),
      samples,
      maxNewTokens: 6,
      endIds: new Set(Array.from({ length: Math.ceil(vocab_size / 10) }, (_, id) => id)),
      temperature,
      truncation,
      uniform: (...at) => random.at(...at),
      batch: 512,
    });
  };
}

async function merged(model: Model): Promise<void> {
  const { config, weights, adapters, sessions } = model;
  await mergeAdapters(config, weights as Weights, adapters!, sessions);
}

/** Every kind of work on every kind of model. */
export const WORKLOADS: Readonly<Record<string, Workload>> = {
  "miniature/rl": { config: MINIATURE, work: train({ count: 256, length: 44 }) },
  "miniature/pretrain": {
    config: { ...MINIATURE, tie_word_embeddings: false },
    work: train({ count: 64, length: 44, loss: CROSS_ENTROPY, microBatch: 24 }),
  },
  "miniature/adapters": {
    config: { ...MINIATURE, adapter: ADAPTER },
    work: train({ count: 256, length: 44 }),
  },
  "miniature/score": { config: MINIATURE, work: scored(256, 44) },
  "miniature/sample": { config: MINIATURE, work: generated(16, 16, 1) },
  "miniature/truncated": {
    config: MINIATURE,
    work: generated(16, 4, 1, { topK: 9, topP: 0.9, minP: 0.01 }),
  },
  "miniature/greedy": { config: MINIATURE, work: generated(16, 1, 0) },
  "smollm2/rl": {
    config: SMOLLM2,
    work: train({ count: 4, length: 128, loss: lossOf("dapo") }),
  },
  "smollm2/long": {
    config: { ...SMOLLM2, tie_word_embeddings: false },
    work: train({ count: 1, length: 500, loss: CROSS_ENTROPY, recompute: true }),
  },
  "smollm2/micro-batches": {
    config: { ...SMOLLM2, model_type: "qwen3" },
    work: train({ count: 5, length: 60, microBatch: 2 }),
  },
  "smollm2/float16": {
    config: { ...SMOLLM2, precision: "float16" },
    work: train({ count: 2, length: 64 }),
  },
  "smollm2/int8 adapters": {
    config: { ...SMOLLM2, model_type: "qwen2", precision: "int8", adapter: ADAPTER },
    work: train({ count: 4, length: 64 }),
  },
  "smollm2/merge": { config: { ...SMOLLM2, adapter: ADAPTER }, work: merged },
  "smollm2/score": { config: SMOLLM2, work: scored(4, 128) },
  "smollm2/sample 1": { config: SMOLLM2, work: generated(1, 1, 1) },
  "smollm2/sample 8": { config: SMOLLM2, work: generated(2, 4, 1) },
  "smollm2/sample 32": { config: SMOLLM2, work: generated(4, 8, 1) },
  "smollm2/greedy": { config: SMOLLM2, work: generated(6, 1, 0) },
  "smollm2/sample int4": {
    config: { ...SMOLLM2, precision: "int4", adapter: ADAPTER },
    work: generated(2, 4, 1),
  },
};

function fullWeights(config: LlamaConfig, random: Random): Weights {
  return Weights.initialize({ ...config, precision: "float32" }, random.derive("weights"));
}

/** Runs a workload on random weights. */
export async function runWorkload({ config, work }: Workload, sessions: Sessions): Promise<void> {
  const random = new Random("determinism");
  using full = fullWeights(config, random);
  // Larger weights than training starts from, so that distributions are far from uniform.
  for (const t of full.tensors.values()) {
    if (t.dims.length === 2) { for (let i = 0, x = t.data; i < x.length; i++) x[i]! *= 4; }
  }
  using weights: StoredWeights = makeWeights(
    parameterShapes(config),
    config.precision ?? "float32",
  );
  for (const name of weights.shapes.keys()) weights.write(name, full.read(name), 0);
  using adapters = config.adapter && initializeAdapters(config, random.derive("adapters"));
  if (adapters !== undefined) {
    const source = random.derive("B"); // not the zeros that training starts from
    for (const [name, { data }] of adapters.tensors) {
      if (name.includes("lora_B")) {
        for (let i = 0; i < data.length; i++) data[i] = 0.01 * source.normal();
      }
    }
  }
  await work({ config, weights, sessions, ...(adapters && { adapters }) }, random.derive("work"));
}
