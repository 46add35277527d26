import { type LlamaConfig, MODELS, type ModelType } from "./config.ts";
import { configKeys } from "./config_keys.ts";
import { type Ignore, isNothing, type Json, shown, undeclared } from "./declared.ts";
import { type Precision, PRECISIONS } from "./precision.ts";
import { readRope } from "./rope_json.ts";

const SIZES = [
  "vocab_size",
  "hidden_size",
  "intermediate_size",
  "num_hidden_layers",
  "num_attention_heads",
  "num_key_value_heads",
  "max_position_embeddings",
] as const;

/** No size of a tensor is larger, and no id of a token. */
const LARGEST = 2 ** 31 - 1;
/** Several times the deepest model there is: names of weights are listed before any file is looked into. */
const MOST_LAYERS = 1024;

/**
 * The model that a `config.json` describes.
 *
 * @param file shown in errors
 * @param ignore keys that are not known and that the user vouches for
 * @throws {Error} naming the file and the key that is missing, not supported or not known
 */
export function parseConfig(json: Json, file: string, ignore: Ignore = []): LlamaConfig {
  const fail = (problem: string) => new Error(`Cannot read ${file}: ${problem}`);
  const type = json.model_type;
  if (typeof type !== "string" || !Object.hasOwn(MODELS, type)) {
    throw fail(`model_type is ${shown(type)}; supported are ${Object.keys(MODELS).join(", ")}`);
  }
  const isOff = (value: unknown, key: string) => key.startsWith("_") || isNothing(value);
  const problem = undeclared(json, configKeys(type as ModelType), { isOff, ignore });
  if (problem !== undefined) throw fail(problem);
  const model = MODELS[type as ModelType];
  const sizes = readSizes(json, model.defaults, fail);
  const truth = (name: string) => {
    const value = json[name] ?? false;
    if (typeof value === "boolean") return value;
    throw fail(`${name} is ${shown(value)}; it is true or false`);
  };
  return {
    architectures: [model.architecture],
    model_type: type as ModelType,
    ...sizes,
    rms_norm_eps: readEpsilon(json.rms_norm_eps, fail),
    ...readRope(json, sizes.max_position_embeddings, fail),
    ...(!model.projectionBias && truth("attention_bias") ? { attention_bias: true } : {}),
    tie_word_embeddings: truth("tie_word_embeddings"),
    ...readPrecision(json.precision, fail),
  };
}

type Sizes = Record<typeof SIZES[number] | "head_dim", number>;

function readSizes(
  json: Json,
  defaults: { readonly head_dim?: number; readonly num_key_value_heads?: number },
  fail: (problem: string) => Error,
): Sizes {
  const size = (name: string, fallback?: number) => {
    const value = json[name] ?? fallback;
    if (!Number.isSafeInteger(value) || (value as number) < 1) {
      throw fail(`${name} is ${shown(value)}; it is a whole number above 0`);
    }
    if ((value as number) > LARGEST) {
      throw fail(`${name} is ${value}; at most ${LARGEST} is read`);
    }
    return value as number;
  };
  const heads = size("num_attention_heads"), width = size("hidden_size");
  // A null means as many as there are heads, and nothing at all what the type has by default.
  const groups = json.num_key_value_heads === null ? heads : defaults.num_key_value_heads ?? heads;
  const sizes = Object.fromEntries(
    SIZES.map((name) => [name, size(name, name === "num_key_value_heads" ? groups : undefined)]),
  ) as Record<typeof SIZES[number], number>;
  if (isNothing(json.head_dim) && defaults.head_dim === undefined && width % heads !== 0) {
    throw fail(`head_dim is missing, and hidden_size ${width} is no multiple of ${heads} heads`);
  }
  const head_dim = size("head_dim", defaults.head_dim ?? width / heads);
  if (head_dim % 2 !== 0) {
    throw fail(`head_dim is ${head_dim}; it is even, because its halves turn together`);
  }
  if (heads % sizes.num_key_value_heads !== 0) {
    throw fail(
      `num_attention_heads is ${heads}, no multiple of num_key_value_heads, ` +
        `${sizes.num_key_value_heads}`,
    );
  }
  if (sizes.num_hidden_layers > MOST_LAYERS) {
    throw fail(`num_hidden_layers is ${sizes.num_hidden_layers}; at most ${MOST_LAYERS} are read`);
  }
  return { ...sizes, head_dim };
}

function readEpsilon(given: unknown, fail: (problem: string) => Error): number {
  const value = given ?? 1e-6;
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw fail(`rms_norm_eps is ${shown(value)}; it is a number, at least 0`);
}

function readPrecision(
  given: unknown,
  fail: (problem: string) => Error,
): { readonly precision?: Precision } {
  if (given === undefined || given === null || given === "float32") return {};
  if (PRECISIONS.includes(given as Precision)) return { precision: given as Precision };
  throw fail(
    `precision is ${JSON.stringify(shown(given))}; supported are ${PRECISIONS.join(", ")}`,
  );
}
