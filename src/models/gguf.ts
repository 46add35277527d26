/**
 * llama.cpp's GGUF format (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): the header by
 * `@huggingface/gguf`, and how its names and fields become Hugging Face's.
 *
 * @module
 */
import { gguf } from "@huggingface/gguf";
import type { ByteSource } from "./bytes.ts";
import { type LlamaConfig, MODELS, type ModelType } from "./config.ts";
import type { ElementName } from "./elements.ts";
import { scalingOf } from "./rotary.ts";
import { readTensor, storedBytes, type StoredTensor, type TensorFile } from "./tensor_file.ts";
import { elementCount } from "../runtime/mod.ts";

/** The metadata of a GGUF file, by its keys. */
export type GgufMetadata = Readonly<Record<string, unknown>>;

/** An open GGUF file. */
export interface GgufFile extends TensorFile {
  readonly metadata: GgufMetadata;
}

/** Numbers of the element types in ggml's `ggml_type`. */
const TYPE_NUMBERS: Readonly<Record<number, ElementName>> = {
  0: "F32",
  1: "F16",
  2: "Q4_0",
  3: "Q4_1",
  8: "Q8_0",
  12: "Q4_K",
  14: "Q6_K",
  30: "BF16",
};

/** Least bytes that an entry of metadata and one of the tensors' list take. */
const LEAST_ENTRY = 13, LEAST_TENSOR = 24;
/** No file that is read has more dimensions. */
const DIMENSIONS = 4;

/**
 * Reads the header.
 *
 * @throws {SyntaxError} when it is damaged or claims more than the file has, naming the tensor where there is one
 */
export async function readGguf(source: ByteSource): Promise<GgufFile> {
  const fail = (problem: string) => new SyntaxError(`Cannot read ${source.name}: ${problem}`);
  checkCounts(source, fail);
  let header: Awaited<ReturnType<typeof gguf>>;
  try {
    header = await gguf("http://file", { fetch: (_, init) => Promise.resolve(part(source, init)) });
  } catch (error) {
    throw fail(`its header is damaged: ${(error as Error).message}`);
  }
  const start = Number(header.tensorDataOffset);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, shape, dtype, offset } of header.tensorInfos) {
    const type = TYPE_NUMBERS[dtype];
    if (type === undefined) {
      const known = Object.values(TYPE_NUMBERS).join(", ");
      throw fail(`tensor ${name} has ggml type ${dtype}; read are ${known}`);
    }
    // ggml counts dimensions from the innermost.
    const dims = shape.map(Number).reverse();
    const bytes = dims.length <= DIMENSIONS && Number.isSafeInteger(elementCount(dims))
      ? storedBytes(type, dims)
      : undefined;
    const from = start + Number(offset);
    if (bytes === undefined || !Number.isSafeInteger(from + bytes)) {
      throw fail(`tensor ${name} of shape [${dims}] is no whole number of ${type} blocks`);
    }
    if (from + bytes > source.size) {
      throw fail(
        `tensor ${name} ends at byte ${from + bytes} of ${source.size}: the file is truncated`,
      );
    }
    if (tensors.has(name)) throw fail(`tensor ${name} stands twice`);
    tensors.set(name, { type, shape: dims, offset: from });
  }
  return { source, tensors, metadata: header.metadata as unknown as GgufMetadata };
}

/** Refuses counts that the file cannot hold before anything is allocated for them. */
function checkCounts(source: ByteSource, fail: (problem: string) => Error): void {
  if (source.size < 24) throw fail(`it has ${source.size} bytes, too few for GGUF`);
  const bytes = new Uint8Array(24);
  source.read(0, bytes);
  const view = new DataView(bytes.buffer);
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== "GGUF") throw fail("it is no GGUF file");
  const version = view.getUint32(4, true);
  if (version !== 2 && version !== 3) throw fail(`it is GGUF version ${version}; read are 2 and 3`);
  const tensors = view.getBigUint64(8, true), entries = view.getBigUint64(16, true);
  if (Number(tensors) * LEAST_TENSOR + Number(entries) * LEAST_ENTRY > source.size) {
    throw fail(
      `its header claims ${tensors} tensors and ${entries} entries, the file has ${source.size} bytes`,
    );
  }
}

/** Answers a request for a range of bytes from the source. */
function part(source: ByteSource, init: RequestInit | undefined): Response {
  const range = new Headers(init?.headers).get("range") ?? "";
  const [from, to] = (/bytes=(\d+)-(\d+)/.exec(range) ?? []).slice(1).map(Number);
  if (from === undefined || to === undefined || from >= source.size) {
    throw new SyntaxError("it reaches past the end of the file");
  }
  const bytes = new Uint8Array(Math.min(to + 1, source.size) - from);
  source.read(from, bytes);
  return new Response(bytes, { headers: { "content-range": `bytes */${source.size}` } });
}

/** What stands for each part of a name. */
const LAYER_NAMES: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  attn_q_norm: "self_attn.q_norm",
  attn_k_norm: "self_attn.k_norm",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};
const NAMES: Readonly<Record<string, string>> = {
  token_embd: "model.embed_tokens",
  output_norm: "model.norm",
  output: "lm_head",
};

/** Hugging Face's name of a GGUF tensor; undefined where there is none. */
export function checkpointName(name: string): string | undefined {
  const [, layer, part, kind] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  const base = layer === undefined ? NAMES[part ?? ""] : LAYER_NAMES[part ?? ""];
  if (base === undefined) return undefined;
  return `${layer === undefined ? "" : `model.layers.${layer}.`}${base}.${kind}`;
}

/**
 * The model that the metadata describe.
 *
 * @throws {SyntaxError} naming the field that is missing or not supported
 */
export function ggufConfig(file: GgufFile): LlamaConfig {
  const { source, tensors, metadata } = file;
  const fail = (problem: string) => new SyntaxError(`Cannot read ${source.name}: ${problem}`);
  const type = String(metadata["general.architecture"]);
  if (!Object.hasOwn(MODELS, type)) {
    const known = Object.keys(MODELS).join(", ");
    throw fail(`general.architecture is ${type}; supported are ${known}`);
  }
  const number = (field: string, fallback?: number) => {
    const value = metadata[`${type}.${field}`] ?? fallback;
    if (typeof value === "number" && value > 0) return value;
    throw fail(`${type}.${field} is ${value}`);
  };
  const scaling = metadata[`${type}.rope.scaling.type`];
  if (scaling !== undefined && scaling !== "none") {
    throw fail(`${type}.rope.scaling.type is ${scaling}; only none is supported`);
  }
  const embedding = tensors.get("token_embd.weight");
  if (embedding?.shape.length !== 2) throw fail("tensor token_embd.weight is missing");
  const width = number("embedding_length"), heads = number("attention.head_count");
  const angles = {
    head_dim: number("attention.key_length", width / heads),
    rope_theta: number("rope.freq_base", 10000),
  };
  const factors = tensors.has("rope_freqs.weight") && readTensor(file, "rope_freqs.weight");
  const stretched = factors === false ? undefined : scalingOf([...factors], angles);
  if (factors !== false && stretched === undefined) {
    throw fail("tensor rope_freqs.weight is not Llama 3's scaling of rotary angles");
  }
  return {
    architectures: [MODELS[type as ModelType].architecture],
    model_type: type as ModelType,
    vocab_size: embedding.shape[0]!,
    hidden_size: width,
    intermediate_size: number("feed_forward_length"),
    num_hidden_layers: number("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: number("attention.head_count_kv", heads),
    max_position_embeddings: number("context_length"),
    // A float32 in the file: 1e-5 and not 9.999999747378752e-6.
    rms_norm_eps: Number(number("attention.layer_norm_rms_epsilon").toPrecision(7)),
    ...angles,
    ...(stretched === undefined ? {} : { rope_scaling: stretched }),
    // Qwen2's projections have biases as it is.
    ...(type === "llama" && tensors.has("blk.0.attn_q.bias") ? { attention_bias: true } : {}),
    tie_word_embeddings: !tensors.has("output.weight"),
  };
}

/** Whether a tensor's rows are in another order than Hugging Face's; see {@linkcode unpermute}. */
export function isPermuted({ model_type }: LlamaConfig, name: string): boolean {
  return model_type === "llama" && /\.attn_[qk]\.(weight|bias)$/.test(name);
}

/**
 * Puts the rows of a query or key projection into Hugging Face's order: for Llama, GGUF stores the two numbers that
 * turn together side by side, Hugging Face half a head apart.
 *
 * @param width elements of a row
 */
export function unpermute(
  stored: Float32Array,
  into: Float32Array,
  headSize: number,
  width: number,
): void {
  const half = headSize / 2;
  for (let row = 0; row * width < into.length; row++) {
    const inHead = row % headSize;
    const from = row - inHead + 2 * (inHead % half) + Math.floor(inHead / half);
    into.set(stored.subarray(from * width, (from + 1) * width), row * width);
  }
}
