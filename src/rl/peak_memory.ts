/**
 * How much memory work on a policy takes at its peak, told before it is done. Formulas follow from what is allocated;
 * only {@linkcode PROGRAM} and {@linkcode TOKEN} were measured.
 *
 * @module
 */
import { cacheBytes, rowsThatFit } from "../generate/mod.ts";
import {
  adapterShapes,
  headName,
  isQuantized,
  layerWeights,
  type LlamaConfig,
  parameterShapes,
  type Precision,
  type Shapes,
  storedTypes,
} from "../models/mod.ts";
import { DTYPES, elementCount } from "../runtime/mod.ts";
import { ACTIVATION_BUDGET, activationBytes, headBytes } from "../train/mod.ts";
import { ENGINE_DEFAULTS } from "./engine.ts";

/** Deno with ONNX Runtime and this program, without a model (resident, measured on Linux). */
const PROGRAM = 130 * 2 ** 20;
/** A token in the tables of a tokenizer (measured with SmolLM2's). */
const TOKEN = 1024;

/** Sequences that are generated or trained on. */
export interface Load {
  readonly rows: number;
  /** How many of them share a prompt. */
  readonly samples: number;
  /** Tokens of a prompt. */
  readonly promptTokens: number;
  /** Tokens of a completion at most. */
  readonly completionTokens: number;
}

/** Peak of generating with a policy. */
export function generationMemory(config: LlamaConfig, load: Load): number {
  return programBytes(config) + weightBytes(config) + decodingBytes(config, load);
}

/**
 * Peak of training a policy on what it generates.
 *
 * @param reference whether a copy of the policy at the start is kept
 * @param samples whether it generates what it is trained on
 */
export function trainingMemory(
  config: LlamaConfig,
  load: Load,
  { recompute, reference, samples = true }: {
    readonly recompute: boolean;
    readonly reference: boolean;
    readonly samples?: boolean;
  },
): number {
  const trained = bytesOf(
    config.adapter === undefined ? parameterShapes(config) : adapterShapes(config),
  );
  // Gradient and two moments; float32 numbers behind float16 weights; the reference is held as the policy is.
  const master = config.precision === "float16" && config.adapter === undefined ? trained : 0;
  const compared = config.adapter === undefined ? weightBytes(config) : trained;
  const state = weightBytes(config) + 3 * trained + master + (reference ? compared : 0);
  const length = tokens(config, load);
  const one = activationBytes(config, 1, length, recompute);
  const most = Math.min(ENGINE_DEFAULTS.microBatch, Math.floor(ACTIVATION_BUDGET / one));
  const rows = Math.max(1, Math.min(load.rows, most));
  const head = headBytes(config, rows, length, rows * load.completionTokens);
  const training = rows * one + 2 * layerBytes(config, rows, length) + head + widenedBytes(config);
  const decoding = samples ? decodingBytes(config, load) : 0;
  return programBytes(config) + state + Math.max(training, decoding);
}

function programBytes({ vocab_size }: LlamaConfig): number {
  return PROGRAM + vocab_size * TOKEN;
}

function weightBytes(config: LlamaConfig): number {
  return bytesOf(parameterShapes(config), config.precision) + bytesOf(adapterShapes(config));
}

function bytesOf(shapes: Shapes, precision?: Precision): number {
  return [...storedTypes(shapes, precision).values()].reduce(
    (sum, { dtype, shape }) => sum + DTYPES[dtype].bytes * elementCount(shape),
    0,
  );
}

function tokens(config: LlamaConfig, { promptTokens, completionTokens }: Load): number {
  return Math.min(config.max_position_embeddings, promptTokens + completionTokens);
}

/** Caches, the scores of a step, and what a layer needs to read the prompts. */
function decodingBytes(config: LlamaConfig, load: Load): number {
  const capacity = tokens(config, load);
  const rows = rowsThatFit(config, capacity, Math.min(load.rows, ENGINE_DEFAULTS.decodeBatch));
  const scores = 4 * 4 * rows * config.vocab_size;
  const prompts = Math.ceil(rows / load.samples);
  return cacheBytes(config, rows, capacity) + scores +
    layerBytes(config, prompts, load.promptTokens) +
    widenedBytes(config);
}

/** Matrices as float32 while they are used, and integers of four bits as the session has packed them. */
function widenedBytes(config: LlamaConfig): number {
  const { precision = "float32" } = config, shapes = parameterShapes(config);
  if (precision === "float32") return 0;
  const layer = bytesOf(layerWeights(shapes, 0));
  const head = bytesOf(new Map([["head", shapes.get(headName(config))!]]));
  if (precision === "float16") return layer + head;
  return layer + (precision === "int4" ? 2 * bytesOf(projections(shapes), precision) : 0);
}

function projections(shapes: Shapes): Shapes {
  return new Map([...shapes].filter(([name]) => isQuantized(name, "int4")));
}

/** What is alive inside a layer: all of its activations. */
function layerBytes(config: LlamaConfig, rows: number, length: number): number {
  return 2 * activationBytes({ ...config, num_hidden_layers: 1 }, rows, length, false);
}
