import { type LlamaConfig, MODELS, parameterShapes } from "./config.ts";
import { parseConfig } from "./config_json.ts";
import { type Ignore, isIgnored, shown } from "./declared.ts";
import { checkpointName, type Fail, failing, type GgufFile } from "./gguf_tensors.ts";
import { checkMetadata } from "./gguf_metadata.ts";
import { scalingOf } from "./rotary.ts";
import { readTensor } from "./tensor_file.ts";

/** Tensors that are no weight: the angles of old files, which follow from the metadata, and what config is made of. */
const NO_WEIGHTS = /^(rope_freqs\.weight|blk\.\d+\.attn_rot_embd\.weight)$/;

/**
 * The model that the metadata describe; its weights are all there and of the shapes that it asks for.
 *
 * @param ignore keys and tensors that are not known and that the user vouches for
 * @throws {SyntaxError} naming the key or tensor that is missing, wrong or not supported
 */
export function ggufConfig(file: GgufFile, ignore: Ignore = []): LlamaConfig {
  const { source, tensors, metadata } = file, fail = failing(source);
  const type = metadata["general.architecture"];
  if (typeof type !== "string" || !Object.hasOwn(MODELS, type)) {
    const known = Object.keys(MODELS).join(", ");
    throw fail(`general.architecture is ${shown(type)}; supported are ${known}`);
  }
  checkMetadata(metadata, type, ignore, fail);
  const size = (field: string, fallback?: number) => {
    const value = metadata[`${type}.${field}`] ?? fallback;
    if (Number.isInteger(value) && (value as number) > 0) return value as number;
    throw fail(`${type}.${field} is ${shown(value)}; it has to be a whole number from 1`);
  };
  const number = (field: string, fallback?: number) => {
    const value = metadata[`${type}.${field}`] ?? fallback;
    if (typeof value === "number" && value > 0 && value < Infinity) return value;
    throw fail(`${type}.${field} is ${shown(value)}; it has to be a number above 0`);
  };
  const equal = (field: string, value: number, what: string) => {
    if (size(field, value) !== value) {
      throw fail(`${type}.${field} is ${size(field)}; supported is ${what}, ${value}`);
    }
  };
  const embedding = tensors.get("token_embd.weight");
  if (embedding?.shape.length !== 2) throw fail("tensor token_embd.weight is missing");
  const rows = embedding.shape[0]!;
  equal("vocab_size", rows, "the number of the embedding's rows");
  const layers = size("block_count");
  // Before anything is made for each of them.
  if (layers > tensors.size) {
    throw fail(`${type}.block_count is ${layers}, the file has ${tensors.size} tensors`);
  }
  const width = size("embedding_length"), heads = size("attention.head_count");
  const headSize = size("attention.key_length", width / heads);
  equal("attention.value_length", headSize, "the size of a head");
  equal("rope.dimension_count", headSize, "the size of a head");
  const angles = { head_dim: headSize, rope_theta: number("rope.freq_base", 10000) };
  const scaling = stretching(file, type, angles, number);
  const config = parseConfig({
    model_type: type,
    vocab_size: rows,
    hidden_size: width,
    intermediate_size: size("feed_forward_length"),
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: size("attention.head_count_kv", heads),
    max_position_embeddings: size("context_length"),
    // A float32 in the file: 1e-5 and not 9.999999747378752e-6.
    rms_norm_eps: Number(number("attention.layer_norm_rms_epsilon").toPrecision(7)),
    ...angles,
    ...(scaling === undefined ? {} : { rope_scaling: scaling }),
    // Qwen2's projections have biases as it is.
    ...(type === "llama" && tensors.has("blk.0.attn_q.bias") ? { attention_bias: true } : {}),
    tie_word_embeddings: !tensors.has("output.weight"),
  }, source.name);
  checkTensors(file, config, ignore, fail);
  return config;
}

/**
 * How rotary angles are stretched, in the words of `config.json`, by llama.cpp's rules: a factor without a type is
 * linear, and `rope.scale_linear` is the factor's old name.
 */
function stretching(
  file: GgufFile,
  type: string,
  angles: { readonly head_dim: number; readonly rope_theta: number },
  number: (field: string, fallback?: number) => number,
): Readonly<Record<string, unknown>> | undefined {
  const { tensors, metadata } = file, fail = failing(file.source);
  const given = (field: string) => metadata[`${type}.${field}`];
  const kind = given("rope.scaling.type") ?? "linear";
  const field = given("rope.scaling.factor") === undefined
    ? "rope.scale_linear"
    : "rope.scaling.factor";
  // llama.cpp takes 0 for 1.
  const factor = given(field) === 0 ? 1 : number(field, 1);
  const scaled = kind !== "none" && factor !== 1;
  if (!["none", "linear", "yarn"].includes(kind as string)) {
    throw fail(`${type}.rope.scaling.type is ${shown(kind)}; supported are none, linear, yarn`);
  }
  if (tensors.has("rope_freqs.weight")) {
    if (scaled) {
      throw fail(`it has tensor rope_freqs.weight and ${type}.${field}; one is supported`);
    }
    const stretched = scalingOf([...readTensor(file, "rope_freqs.weight")], angles);
    if (stretched !== undefined) return { ...stretched };
    throw fail("tensor rope_freqs.weight is not Llama 3's scaling of rotary angles");
  }
  if (!scaled) return undefined;
  if (kind === "linear") return { rope_type: "linear", factor };
  const optional = (name: string, field: string) =>
    given(field) === undefined ? {} : { [name]: number(field) };
  return {
    rope_type: "yarn",
    factor,
    original_max_position_embeddings: number(
      "rope.scaling.original_context_length",
      number("context_length"),
    ),
    ...optional("beta_fast", "rope.scaling.yarn_beta_fast"),
    ...optional("beta_slow", "rope.scaling.yarn_beta_slow"),
  };
}

/** Compares the tensors with the config before memory is taken for weights. */
function checkTensors(
  { tensors }: GgufFile,
  config: LlamaConfig,
  ignore: Ignore,
  fail: Fail,
): void {
  const shapes = parameterShapes(config), found = new Set<string>();
  for (const [name, { shape }] of tensors) {
    if (NO_WEIGHTS.test(name) || isIgnored(ignore, name)) continue;
    const target = checkpointName(name), wanted = shapes.get(target ?? "");
    if (target === undefined || wanted === undefined) {
      throw fail(
        `tensor ${name} is none that a ${config.model_type} has here, and might change what the model ` +
          `computes; if it does not, add it to the step's ignore: ${name}`,
      );
    }
    if (shape.join() !== wanted.join()) {
      throw fail(`tensor ${name} is [${shape}], the file's metadata ask for [${wanted}]`);
    }
    found.add(target);
  }
  const missing = [...shapes.keys()].find((name) => !found.has(name));
  if (missing !== undefined) throw fail(`the tensor for ${missing} is missing`);
}
