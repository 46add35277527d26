import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type LlamaConfig,
  MODELS,
  type ModelType,
  parameterShapes,
  readSafetensors,
  type RopeScaling,
  type StoredTensor,
  Weights,
  writeSafetensors,
} from "../models/mod.ts";
import { type Tensor, tensor } from "../runtime/mod.ts";
import { END_TOKEN, PAD_TOKEN, Tokenizer } from "../text/tokenizer.ts";
import type { Policy } from "./policy.ts";

const FILES = {
  config: "config.json",
  weights: "model.safetensors",
  tokenizer: "tokenizer.json",
  generation: "generation_config.json",
} as const;

/**
 * Reads a policy in Hugging Face layout.
 *
 * @throws {Error} naming the file, and the tensor or field, that cannot be used
 */
export function loadPolicy(directory: string): Policy {
  const config = loadConfig(directory);
  const tokenizer = new Tokenizer(readJson(join(directory, FILES.tokenizer)));
  if (tokenizer.size > config.vocab_size) {
    throw new Error(
      `Cannot load policy ${directory}: the tokenizer has ${tokenizer.size} tokens, ` +
        `the embedding ${config.vocab_size}`,
    );
  }
  const generation = readJson(join(directory, FILES.generation));
  const endIds = new Set([generation.eos_token_id].flat().filter((id) => typeof id === "number"));
  if (endIds.size === 0) {
    throw new Error(`Cannot load policy ${directory}: ${FILES.generation} has no eos_token_id`);
  }
  const weights = readWeights(directory, config);
  return { config, weights, tokenizer, endIds, [Symbol.dispose]: () => weights[Symbol.dispose]() };
}

/** Reads the `config.json` of a model. @throws {Error} naming the field that is not supported */
export function loadConfig(directory: string): LlamaConfig {
  return readConfig(join(directory, FILES.config));
}

/** Writes a policy in Hugging Face layout, which transformers opens. */
export function savePolicy(policy: Policy, directory: string): void {
  const { config, weights, tokenizer, endIds } = policy;
  const stored = new Map(
    [...weights.tensors].map(([name, t]) => [name, { shape: t.dims, data: t.data.slice() }]),
  );
  const fixed = { torch_dtype: "float32", hidden_act: "silu" };
  // Sorted, so that equal policies have equal bytes.
  const fields = Object.entries({ ...config, ...fixed }).toSorted(([a], [b]) => a < b ? -1 : 1);
  writeJson(join(directory, FILES.config), Object.fromEntries(fields));
  writeJson(join(directory, FILES.tokenizer), tokenizer.definition);
  writeJson(join(directory, FILES.generation), { eos_token_id: [...endIds] });
  writeJson(join(directory, "tokenizer_config.json"), {
    tokenizer_class: "PreTrainedTokenizerFast",
    pad_token: PAD_TOKEN,
    eos_token: END_TOKEN,
  });
  Deno.writeFileSync(join(directory, FILES.weights), writeSafetensors(stored));
}

const SIZES = [
  "vocab_size",
  "hidden_size",
  "intermediate_size",
  "num_hidden_layers",
  "num_attention_heads",
  "num_key_value_heads",
  "max_position_embeddings",
] as const;

function readConfig(file: string): LlamaConfig {
  const json = readJson(file);
  const fail = (problem: string) => new Error(`Cannot read ${file}: ${problem}`);
  const type = json.model_type;
  if (typeof type !== "string" || !Object.hasOwn(MODELS, type)) {
    throw fail(`model_type is ${type}; supported are ${Object.keys(MODELS).join(", ")}`);
  }
  for (const [field, usual] of Object.entries(ONLY)) {
    if (json[field] !== undefined && json[field] !== usual) {
      throw fail(`${field} is ${json[field]}; only ${usual} is supported`);
    }
  }
  const size = (name: string, fallback?: number) => {
    const value = json[name] ?? fallback;
    if (Number.isInteger(value) && (value as number) >= 1) return value as number;
    throw fail(`${name} is ${JSON.stringify(value)}`);
  };
  const number = (name: string, fallback: number) => {
    const value = json[name] ?? fallback;
    if (typeof value === "number") return value;
    throw fail(`${name} is ${JSON.stringify(value)}`);
  };
  const heads = size("num_attention_heads");
  const sizes = Object.fromEntries(
    SIZES.map((name) => [name, size(name, name === "num_key_value_heads" ? heads : undefined)]),
  );
  const scaling = readScaling(json.rope_scaling, fail);
  return {
    architectures: [MODELS[type as ModelType].architecture],
    model_type: type as ModelType,
    ...sizes as Record<typeof SIZES[number], number>,
    head_dim: size("head_dim", size("hidden_size") / heads),
    rms_norm_eps: number("rms_norm_eps", 1e-6),
    rope_theta: number("rope_theta", 10000),
    ...(scaling === undefined ? {} : { rope_scaling: scaling }),
    ...(json.attention_bias === true ? { attention_bias: true } : {}),
    tie_word_embeddings: json.tie_word_embeddings === true,
  };
}

/** Fields of which one value is supported. */
const ONLY: Readonly<Record<string, unknown>> = {
  hidden_act: "silu",
  mlp_bias: false,
  use_sliding_window: false,
};

function readScaling(given: unknown, fail: (problem: string) => Error): RopeScaling | undefined {
  if (given === undefined || given === null) return undefined;
  const scaling = given as Record<string, unknown>;
  if (scaling.rope_type === "default") return undefined;
  if (scaling.rope_type !== "llama3") {
    throw fail(
      `rope_scaling.rope_type is ${scaling.rope_type ?? scaling.type}; supported is llama3`,
    );
  }
  const number = (name: string) => {
    if (typeof scaling[name] === "number") return scaling[name];
    throw fail(`rope_scaling.${name} is ${JSON.stringify(scaling[name])}`);
  };
  return {
    rope_type: "llama3",
    factor: number("factor"),
    low_freq_factor: number("low_freq_factor"),
    high_freq_factor: number("high_freq_factor"),
    original_max_position_embeddings: number("original_max_position_embeddings"),
  };
}

/** Weights of one file, or of the shards that an index names. */
export function readWeights(directory: string, config: LlamaConfig): Weights {
  const index = join(directory, "model.safetensors.index.json");
  const files = existsSync(index)
    ? [...new Set(Object.values(readJson(index).weight_map as Record<string, string>))]
    : [FILES.weights];
  const wanted = parameterShapes(config);
  const made = new Map<string, Tensor<"float32">>();
  try {
    for (const name of files) {
      const file = join(directory, name);
      for (const [tensorName, stored] of readSafetensors(readFile(file), file)) {
        const shape = wanted.get(tensorName);
        if (shape === undefined) continue; // such as a tied head that is stored all the same
        const problem = checkTensor(stored, shape);
        if (problem !== undefined) {
          throw new Error(`Cannot read ${file}: tensor ${tensorName} ${problem}`);
        }
        made.set(tensorName, tensor("float32", shape, stored.data));
      }
    }
    const missing = [...wanted.keys()].find((name) => !made.has(name));
    if (missing !== undefined) {
      throw new Error(`Cannot read ${join(directory, files[0]!)}: tensor ${missing} is missing`);
    }
  } catch (error) {
    for (const t of made.values()) t.dispose();
    throw error;
  }
  const weights = new Weights(wanted);
  for (const [name, t] of weights.tensors) t.data.set(made.get(name)!.data);
  return weights;
}

function checkTensor(stored: StoredTensor, shape: readonly number[]): string | undefined {
  if (stored.shape.join() !== shape.join()) {
    return `is [${stored.shape}], config.json asks for [${shape}]`;
  }
  return stored.data.every(Number.isFinite) ? undefined : "holds values that are not finite";
}

function readFile(file: string): Uint8Array<ArrayBuffer> {
  try {
    return Deno.readFileSync(file);
  } catch (error) {
    throw new Error(`Cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function readJson(file: string): Record<string, unknown> {
  const text = new TextDecoder().decode(readFile(file));
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null) return json as Record<string, unknown>;
  } catch (error) {
    throw new Error(`Cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
  throw new Error(`Cannot read ${file}: it is not a JSON object`);
}

function writeJson(file: string, value: unknown): void {
  Deno.writeTextFileSync(file, JSON.stringify(value, null, 2) + "\n");
}
