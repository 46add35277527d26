/** Policies in Hugging Face layout, as they are read and written. @module */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  fillWeights,
  type LlamaConfig,
  openFile,
  parameterShapes,
  parseConfig,
  readSafetensors,
  safetensorsParts,
  Weights,
} from "../models/mod.ts";
import { ChatTemplate } from "../text/chat.ts";
import { Tokenizer } from "../text/tokenizer.ts";
import type { Policy } from "./policy.ts";

const FILES = {
  config: "config.json",
  weights: "model.safetensors",
  index: "model.safetensors.index.json",
  tokenizer: "tokenizer.json",
  tokenizerConfig: "tokenizer_config.json",
  generation: "generation_config.json",
  chat: "chat_template.jinja",
} as const;

/**
 * Reads a policy in Hugging Face layout.
 *
 * @throws {Error} naming the file, and the tensor or field, that cannot be used
 */
export function loadPolicy(directory: string): Policy {
  const config = loadConfig(directory);
  const tokenizer = new Tokenizer(
    readJson(join(directory, FILES.tokenizer)),
    readTokenizerConfig(directory),
  );
  const generation = readOptional(join(directory, FILES.generation));
  const ends = generation.eos_token_id ?? readJson(join(directory, FILES.config)).eos_token_id;
  const endIds = new Set([ends].flat().filter((id) => typeof id === "number"));
  if (endIds.size === 0) {
    throw new Error(`Cannot load policy ${directory}: ${FILES.generation} has no eos_token_id`);
  }
  const parts = { config, tokenizer, endIds };
  return makePolicy(directory, parts, () => readWeights(directory, config));
}

/**
 * Puts a policy together.
 *
 * @param source shown in errors
 * @throws {Error} when the tokenizer does not fit the model; weights are not read then
 */
export function makePolicy(
  source: string,
  { config, tokenizer, endIds }: Pick<Policy, "config" | "tokenizer" | "endIds">,
  read: () => Weights,
): Policy {
  if (tokenizer.size > config.vocab_size) {
    throw new Error(
      `Cannot load policy ${source}: the tokenizer has ${tokenizer.size} tokens, ` +
        `the embedding ${config.vocab_size}`,
    );
  }
  const chat = ChatTemplate.of(tokenizer.config);
  const weights = read();
  return {
    config,
    weights,
    tokenizer,
    endIds,
    ...(chat === undefined ? {} : { chat }),
    [Symbol.dispose]: () => weights[Symbol.dispose](),
  };
}

/** Reads the `config.json` of a model. @throws {Error} naming the field that is not supported */
export function loadConfig(directory: string): LlamaConfig {
  const file = join(directory, FILES.config);
  return parseConfig(readJson(file), file);
}

/** Writes a policy in Hugging Face layout, which transformers opens. */
export function savePolicy(policy: Policy, directory: string): void {
  const { config: { adapter: _, ...config }, weights, tokenizer, endIds } = policy;
  const fixed = { torch_dtype: "float32", hidden_act: "silu" };
  // Sorted, so that equal policies have equal bytes.
  const fields = Object.entries({ ...config, ...fixed }).toSorted(([a], [b]) => a < b ? -1 : 1);
  writeJson(join(directory, FILES.config), Object.fromEntries(fields));
  writeJson(join(directory, FILES.tokenizer), tokenizer.definition);
  writeJson(join(directory, FILES.tokenizerConfig), tokenizer.config);
  writeJson(join(directory, FILES.generation), { eos_token_id: [...endIds] });
  writeWeights(weights, join(directory, FILES.weights));
}

/** Writes weights as safetensors. */
export function writeWeights(weights: Weights, file: string): void {
  using handle = Deno.openSync(file, { write: true, create: true, truncate: true });
  for (const part of safetensorsParts(weights.tensors)) {
    for (let done = 0; done < part.length;) done += handle.writeSync(part.subarray(done));
  }
}

/** Weights of one file, or of the shards that an index names. */
export function readWeights(directory: string, config: LlamaConfig): Weights {
  const index = join(directory, FILES.index);
  const names = existsSync(index)
    ? [...new Set(Object.values(readJson(index).weight_map as Record<string, string>))]
    : [FILES.weights];
  using opened = new DisposableStack();
  const files = names.map((name) => readSafetensors(opened.use(openFile(join(directory, name)))));
  return Weights.filled(parameterShapes(config), (weights) => fillWeights(weights, files));
}

/** `tokenizer_config.json`, with the chat template that newer checkpoints keep in a file of its own. */
function readTokenizerConfig(directory: string): Record<string, unknown> {
  const config = readOptional(join(directory, FILES.tokenizerConfig));
  const file = join(directory, FILES.chat);
  return existsSync(file) ? { ...config, chat_template: Deno.readTextFileSync(file) } : config;
}

function readOptional(file: string): Record<string, unknown> {
  return existsSync(file) ? readJson(file) : {};
}

/** Reads a JSON object. @throws {Error} naming the file */
export function readJson(file: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(Deno.readTextFileSync(file));
    if (typeof json === "object" && json !== null) return json as Record<string, unknown>;
  } catch (error) {
    throw new Error(`Cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
  throw new Error(`Cannot read ${file}: it is not a JSON object`);
}

/** Writes a JSON object. */
export function writeJson(file: string, value: unknown): void {
  Deno.writeTextFileSync(file, JSON.stringify(value, null, 2) + "\n");
}
