import { join } from "node:path";
import {
  type LlamaConfig,
  parameterShapes,
  readSafetensors,
  Weights,
  writeSafetensors,
} from "../models/mod.ts";
import { tensor } from "../runtime/mod.ts";
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
  const config = readConfig(join(directory, FILES.config));
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
  const weights = readWeights(join(directory, FILES.weights), config);
  return { config, weights, tokenizer, endIds, [Symbol.dispose]: () => weights[Symbol.dispose]() };
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
  "head_dim",
  "max_position_embeddings",
] as const;

function readConfig(file: string): LlamaConfig {
  const json = readJson(file);
  if (json.model_type !== "llama") {
    throw new Error(
      `Cannot read ${file}: model_type is ${json.model_type}; only llama is supported`,
    );
  }
  for (const name of SIZES) {
    if (!Number.isInteger(json[name]) || (json[name] as number) < 1) {
      throw new Error(`Cannot read ${file}: ${name} is ${JSON.stringify(json[name])}`);
    }
  }
  const sizes = Object.fromEntries(SIZES.map((name) => [name, json[name]]));
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    ...sizes as Record<typeof SIZES[number], number>,
    rms_norm_eps: numberIn(json, "rms_norm_eps", file),
    rope_theta: numberIn(json, "rope_theta", file),
    tie_word_embeddings: json.tie_word_embeddings === true,
  };
}

function numberIn(json: Record<string, unknown>, name: string, file: string): number {
  const value = json[name];
  if (typeof value === "number") return value;
  throw new Error(`Cannot read ${file}: ${name} is ${JSON.stringify(value)}`);
}

function readWeights(file: string, config: LlamaConfig): Weights {
  const stored = readSafetensors(readFile(file), file);
  const shapes = [...parameterShapes(config)];
  for (const [name, shape] of shapes) {
    const found = stored.get(name);
    if (found === undefined) throw new Error(`Cannot read ${file}: tensor ${name} is missing`);
    if (found.shape.join() !== shape.join()) {
      throw new Error(
        `Cannot read ${file}: tensor ${name} is [${found.shape}], config.json asks for [${shape}]`,
      );
    }
    if (!found.data.every(Number.isFinite)) {
      throw new Error(`Cannot read ${file}: tensor ${name} holds values that are not finite`);
    }
  }
  return new Weights(
    new Map(
      shapes.map(([name, shape]) => [name, tensor("float32", shape, stored.get(name)!.data)]),
    ),
  );
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
