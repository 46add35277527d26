import { type LlamaConfig, MODELS, type ModelType, type RopeScaling } from "./config.ts";
import { type Precision, PRECISIONS } from "./precision.ts";

const SIZES = [
  "vocab_size",
  "hidden_size",
  "intermediate_size",
  "num_hidden_layers",
  "num_attention_heads",
  "num_key_value_heads",
  "max_position_embeddings",
] as const;

/**
 * The model that a `config.json` describes.
 *
 * @param file shown in errors
 * @throws {Error} naming the field that is missing or not supported
 */
export function parseConfig(json: Readonly<Record<string, unknown>>, file: string): LlamaConfig {
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
    ...readPrecision(json.precision, fail),
  };
}

/** Fields of which one value is supported. */
const ONLY: Readonly<Record<string, unknown>> = {
  hidden_act: "silu",
  mlp_bias: false,
  use_sliding_window: false,
};

function readPrecision(
  given: unknown,
  fail: (problem: string) => Error,
): { readonly precision?: Precision } {
  if (given === undefined || given === "float32") return {};
  if (PRECISIONS.includes(given as Precision)) return { precision: given as Precision };
  throw fail(`precision is ${JSON.stringify(given)}; supported are ${PRECISIONS.join(", ")}`);
}

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
